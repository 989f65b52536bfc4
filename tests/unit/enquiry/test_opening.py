"""A decision opens an enquiry; a corrected one withdraws it, and another restores it (design section 4, rule 4)."""

from datetime import timedelta

import pytest

from services.enquiry.records import WITHDRAWN
from services.enquiry.rules import RULES
from services.enquiry.service import service
from shared.contracts.enquiry import EnquiryKind, EnquiryOpened, EnquiryWithdrawn
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import ADA, NOON, decision_id, told
from tests.support.course_builders import (
    OTHER_ENQUIRY,
    a_cause,
    a_chase,
    a_death,
    a_referral,
    a_referral_answer,
    a_reopening,
    a_resumption,
    a_return,
    a_suspension,
    a_taking_back,
    after,
    an_answer,
    an_assignment,
    an_other_start,
    days,
    enquiry_of,
    timed,
    types,
)
from tests.support.enquiry_builders import (
    CONCERN,
    ENQUIRY,
    LATER,
    a_closure_approval,
    a_conversion,
    a_proposal,
    an_asking,
    an_assessment,
)
from tests.support.interleave import story

SCALE = derived("large-scale", "home")


def test_an_other_safeguarding_enquiry_is_opened_apart_from_one_of_section_42() -> None:
    both = after(an_other_start())
    opened = [fact for fact in both.facts if isinstance(fact, EnquiryOpened)]
    assert [(fact.enquiry_id, fact.kind) for fact in opened] == [
        (ENQUIRY, EnquiryKind.SECTION_42),
        (OTHER_ENQUIRY, EnquiryKind.OTHER),
    ]
    assert enquiry_of(both, OTHER_ENQUIRY).kind is EnquiryKind.OTHER


def test_an_enquiry_keeps_its_decision_and_the_large_scale_one_it_is_part_of() -> None:
    opened = story(service, [told(a_conversion(decision_id=decision_id("A"), large_scale=SCALE))])
    assert opened.facts == [
        EnquiryOpened(enquiry_id=ENQUIRY, concern_id=CONCERN, adult_id=ADA, started_at=NOON, large_scale=SCALE)
    ]
    assert enquiry_of(opened).decision_id == decision_id("A")


def test_a_conversion_that_was_taken_back_withdraws_its_enquiry_which_stays_on_record() -> None:
    withdrawn = after(an_assignment(), a_taking_back(), a_taking_back())
    assert withdrawn.facts[-1] == EnquiryWithdrawn(
        enquiry_id=ENQUIRY,
        concern_id=CONCERN,
        adult_id=ADA,
        started_at=NOON,
        kind=EnquiryKind.SECTION_42,
        decision_id=decision_id("B"),
    )
    assert types(withdrawn) == ["opened", "assigned", "withdrawn"]
    assert enquiry_of(withdrawn).withdrawn_at == days(3)
    assert len(enquiry_of(withdrawn).course.assignments) == 1


def test_a_conversion_after_that_restores_the_enquiry_with_its_new_start() -> None:
    restored = after(an_assignment(), a_taking_back(), a_conversion(decided_at=days(4)), a_suspension(
        suspended_at=days(4)
    ))  # fmt: skip
    assert types(restored) == ["opened", "assigned", "withdrawn", "opened", "suspension-noted"]
    assert enquiry_of(restored).started_at == days(4)
    assert enquiry_of(restored).withdrawn_at is None
    assert len(enquiry_of(restored).course.assignments) == 1


def test_a_taking_back_that_came_before_its_conversion_waits_for_it() -> None:
    early = story(service, [told(a_taking_back(), "back"), told(a_conversion(), "conversion")])
    assert early.held == []
    assert types(early) == ["opened", "withdrawn"]


CLOSED = (a_proposal(), a_closure_approval())


def test_a_restored_enquiry_is_open_and_is_closed_anew() -> None:
    again = a_conversion(decided_at=days(40))
    restored = after(*CLOSED, a_taking_back(), again)
    assert enquiry_of(restored).concluded is None
    assert enquiry_of(restored).set_aside == (enquiry_of(after(*CLOSED)).concluded,)
    late = {"proposed_at": days(41)}
    old = after(*CLOSED, a_taking_back(), again, a_closure_approval(approved_by="manager-3", approved_at=days(42)))
    assert old.refused_codes == ("closure_undone",)
    closed = after(
        *CLOSED, a_taking_back(), again, a_proposal("B", supersedes="A", **late), a_closure_approval("A"),
        a_closure_approval("B", approved_at=days(42)),
    )  # fmt: skip
    assert closed.refused == {}
    assert types(closed)[-1] == "concluded"


def test_an_enquiry_is_not_closed_before_it_started_again() -> None:
    early = after(a_proposal(), a_taking_back(), a_conversion(decided_at=days(40)), a_closure_approval())
    assert early.refused_codes == ("approved_at_too_early",)


EVERY_RECORD = (
    an_asking("safer"), an_assessment(safer="fully"), an_assignment(), a_cause(), a_chase(), an_answer(),
    a_suspension(), a_resumption(), a_referral(), a_referral_answer(), a_death(), a_proposal(), a_closure_approval(),
    a_return(), a_reopening(),
)  # fmt: skip


@pytest.mark.parametrize("record", EVERY_RECORD, ids=lambda one: type(one).__name__)
def test_records_about_a_withdrawn_enquiry_are_refused_and_say_so(record: Event) -> None:
    refused = after(a_taking_back(), record)
    assert refused.refused_codes == ("enquiry_withdrawn",)
    assert "enquiry_withdrawn" in {reason.code for reason in WITHDRAWN.reasons}


def test_what_waited_for_something_is_answered_when_its_enquiry_is_withdrawn() -> None:
    answered = after(a_chase(), a_closure_approval(), a_taking_back())
    assert answered.held == []
    assert answered.refused_codes == ("enquiry_withdrawn", "enquiry_withdrawn")


def test_what_is_wrong_by_itself_is_said_of_a_withdrawn_enquiry_too() -> None:
    assert after(a_taking_back(), a_referral(to="risk_enablement_panel")).refused_codes == (
        "goes_first_without_police",
    )


def test_a_withdrawn_enquiry_tells_of_nothing_that_is_overdue() -> None:
    withdrawn = timed((0, a_conversion()), (1, a_cause()), (3, a_taking_back()))
    withdrawn.work(LATER)
    assert "caused-overdue" not in types(withdrawn)


def test_every_record_of_the_door_has_a_rule_and_is_read() -> None:
    assert {type(record) for record in EVERY_RECORD} <= set(RULES)
    assert set(RULES) <= set(service.reads)
    assert set(service.refusals) == set(RULES)


@pytest.mark.parametrize("concern", [derived("concern", "another"), ENQUIRY])
def test_a_record_that_names_another_concern_is_refused_at_once(concern: object) -> None:
    unknown = story(service, [told(an_assignment(concern_id=concern), "1", LATER)])
    assert unknown.refused_codes == ("concern_of_another_enquiry",)
    known = after(an_assignment(concern_id=concern))
    assert known.refused_codes == ("concern_of_another_enquiry",)


def test_what_else_is_wrong_is_said_with_it() -> None:
    both = an_assignment(concern_id=ENQUIRY, assigned_at=LATER + timedelta(days=1))
    codes = ("concern_of_another_enquiry", "assigned_at_in_the_future")
    assert after(both).refused_codes == codes
    assert story(service, [told(both, "1", LATER)]).refused_codes == codes


def test_a_record_may_name_the_concern_its_enquiry_comes_from() -> None:
    assert after(an_assignment(concern_id=CONCERN)).refused == {}
    other = an_assignment(enquiry_id=OTHER_ENQUIRY, concern_id=CONCERN)
    assert after(an_other_start(), other).refused == {}
