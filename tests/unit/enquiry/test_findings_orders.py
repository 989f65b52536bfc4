"""Every order of what was found ends in the same facts and the same state; what is closed takes nothing more."""

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enquiry.cases import Enquiry
from services.enquiry.rules import RULES
from services.enquiry.service import service
from shared.contracts.doors import (
    Capacity,
    EnquiryRecord,
    Moment,
    OutcomesAssessed,
    RiskAssessment,
    RiskOutcome,
    Support,
    enquiry_findings,
    personal_outcomes,
)
from shared.contracts.enquiry import MspAsked
from shared.kernel.decision import Decision, Refused, Wait
from tests.support.builders import NOON, told
from tests.support.enquiry_builders import ENQUIRY, LATER, a_conversion, an_asking
from tests.support.findings_builders import (
    DAY,
    ONE_OF_EACH,
    a_capacity,
    a_plan,
    a_plan_approval,
    a_report_of_the_officer,
    a_risk_assessment,
    a_risk_outcome,
    after,
    an_action,
    an_action_ended,
    an_advocacy,
    enquiry_of,
    some_planning,
)
from tests.support.interleave import Told, story

EACH = pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda record: record.type)
WITH_ASKING: tuple[EnquiryRecord, ...] = (*ONE_OF_EACH, an_asking("safer"))
LAWFUL = [
    told(a_conversion(), "conversion", LATER),
    *(told(record, record.type, LATER) for record in ONE_OF_EACH),
    told(some_planning("B", held_at=NOON - DAY, meeting=False), "planning B", LATER),
    told(a_capacity("B", Capacity.HAS, assessed_at=NOON + 6 * DAY), "capacity B", LATER),
    told(a_capacity("C", Capacity.NOT_KNOWN, "money"), "capacity C", LATER),
    told(an_advocacy(Support.FRIEND), "advocacy at the same instant", LATER),
    told(a_risk_assessment(RiskAssessment.IDENTIFIED_NO_ACTION), "risk at the same instant", LATER),
    told(a_risk_outcome(RiskOutcome.REMAINED, adults_choice=True), "outcome at the same instant", LATER),
    told(a_plan("B", supersedes="A", made_at=NOON + 5 * DAY, actions=(an_action("a1"), an_action("a2"))), "B", LATER),
    told(a_plan_approval("B", approved_at=NOON + 6 * DAY), "B approved", LATER),
    told(an_action_ended("B", "a2", done=False, reason="adult-moved"), "B ended", LATER),
    told(a_report_of_the_officer("B"), "report B", LATER),
]
UNLAWFUL = [
    told(a_plan_approval("A", approved_by="Worker-1", approved_at=NOON + 5 * DAY), "by the author", LATER),
    told(an_action_ended("B", "a7"), "no such action", LATER),
    told(an_action_ended("A", ended_at=NOON), "ended too early", LATER),
    told(a_plan_approval("B", role="social_worker"), "no manager", LATER),
    told(a_risk_outcome(RiskOutcome.REMOVED, adults_choice=True), "removed by choice", LATER),
]
EXPECTED = story(service, [*LAWFUL, *UNLAWFUL])


def test_the_story_is_the_one_that_is_meant() -> None:
    assert len(EXPECTED.facts) == len(LAWFUL)
    assert EXPECTED.refused == {
        "by the author": ("same_person",),
        "no such action": ("action_unknown",),
        "ended too early": ("ended_at_too_early",),
        "no manager": ("role_may_not_approve",),
        "removed by choice": ("choice_contradicts",),
    }


@settings(deadline=None, max_examples=300)
@given(st.permutations([*LAWFUL, *UNLAWFUL]))
def test_every_order_ends_in_the_same_facts_and_the_same_state(order: list[Told]) -> None:
    end = story(service, order)

    assert sorted(end.stated) == sorted(EXPECTED.stated)
    assert end.cases == EXPECTED.cases
    assert end.refused == EXPECTED.refused
    assert end.held == []


@settings(deadline=None, max_examples=200)
@given(st.permutations(LAWFUL), st.lists(st.sampled_from(LAWFUL), max_size=10))
def test_what_is_sent_again_under_new_ids_changes_nothing(order: list[Told], again: list[Told]) -> None:
    anew = [told(event, f"{meta.id} again {n}", LATER) for n, (event, meta) in enumerate(again)]
    end, once = story(service, [*order, *anew]), story(service, LAWFUL)

    assert sorted(end.stated) == sorted(once.stated)
    assert end.cases == once.cases


def test_every_record_of_what_was_found_has_a_rule() -> None:
    found = {record for record in RULES if record.__module__ in (enquiry_findings.__name__, personal_outcomes.__name__)}

    assert found == {OutcomesAssessed, *map(type, WITH_ASKING)}


@EACH
def test_a_record_of_an_unopened_enquiry_waits(record: EnquiryRecord) -> None:
    answer = RULES[type(record)](None, record, told(record, at=LATER).meta)
    assert isinstance(answer, Wait)


def decided(enquiry: Enquiry, record: EnquiryRecord, name: str = "new") -> Decision[Any] | Wait | Refused:
    return RULES[type(record)](enquiry, record, told(record, name, LATER).meta)


def codes(answer: Decision[Any] | Wait | Refused) -> list[str]:
    assert isinstance(answer, Refused)
    return [reason.code for reason in answer.reasons]


OPEN = enquiry_of(after())
CONCLUDED = msgspec.structs.replace(OPEN, concluded=object())
WITHDRAWN = msgspec.structs.replace(OPEN, withdrawn_at=NOON + DAY)


@pytest.mark.parametrize("record", WITH_ASKING, ids=lambda record: record.type)
def test_a_concluded_enquiry_and_a_withdrawn_one_take_nothing_more(record: EnquiryRecord) -> None:
    assert codes(decided(CONCLUDED, record)) == ["enquiry_concluded"]
    assert codes(decided(WITHDRAWN, record)) == ["enquiry_withdrawn"]


@EACH
def test_what_was_noted_may_be_sent_again_after_the_enquiry_was_concluded(record: EnquiryRecord) -> None:
    whole = msgspec.structs.replace(enquiry_of(after(*ONE_OF_EACH)), concluded=object())
    assert decided(whole, record) == Decision({})


@EACH
def test_a_fact_holds_only_what_its_contract_declares(record: EnquiryRecord) -> None:
    """What a newer sender adds could be anybody's words, and `enquiries` carries identifiers and codes."""
    newer = type(record).model_validate(record.model_dump() | {"remarks": "CANARY"})
    facts = after(*(newer if one is record else one for one in ONE_OF_EACH)).facts
    assert len(facts) == len(ONE_OF_EACH) + 1
    assert not any("CANARY" in fact.model_dump_json() for fact in facts)


def test_nor_what_was_added_to_a_part_of_it() -> None:
    action = an_action().model_dump() | {"remarks": "CANARY"}
    (*_, noted) = after(a_plan(actions=(action,))).facts
    assert "CANARY" not in noted.model_dump_json()


@pytest.mark.parametrize(
    ("record", "when"),
    [
        (some_planning(), "held_at"),
        (a_plan(), "made_at"),
        (a_capacity(), "assessed_at"),
        (an_advocacy(), "recorded_at"),
    ],
)
def test_times_are_kept_in_utc_and_the_same_instant_elsewhere_is_the_same_record(
    record: EnquiryRecord, when: str
) -> None:
    at = getattr(record, when)
    elsewhere = record.model_copy(update={when: at.astimezone(timezone(timedelta(hours=1)))})
    assert str(getattr(elsewhere, when)) != str(at)
    once, twice = after(elsewhere), after(elsewhere, record)
    assert once.facts == twice.facts
    assert once.cases == after(record).cases
    assert once.facts[-1].model_dump_json() == after(record).facts[-1].model_dump_json()


def test_nothing_kept_of_an_enquiry_is_anybodys_words() -> None:
    kept = msgspec.json.encode(enquiry_of(after(*WITH_ASKING)))
    assert b"CANARY" not in kept


@pytest.mark.parametrize("moment", [None, *Moment])
def test_the_moment_of_asking_is_passed_on_and_never_settles_which_answer_stands(moment: Moment | None) -> None:
    early, late = an_asking("safer", moment=moment), an_asking(moment=Moment.START, asked_at=NOON + 9 * DAY)
    for order in ((early, late), (late, early)):
        asked = after(*order)
        stated = {fact.asked_at: fact.moment for fact in asked.facts if isinstance(fact, MspAsked)}
        assert stated == {early.asked_at: moment, late.asked_at: Moment.START}
        standing = enquiry_of(asked).asked
        assert standing is not None
        assert standing.at == late.asked_at


def test_the_enquiry_is_the_only_case_that_changes() -> None:
    assert after(*ONE_OF_EACH).cases.keys() == {ENQUIRY}
