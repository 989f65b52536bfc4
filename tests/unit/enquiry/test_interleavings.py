"""The conversion of an enquiry and the records about it travel on different topics: any may overtake."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.enquiry.cases import Case, RepeatReviews
from services.enquiry.service import service
from shared.contracts.doors import MspAnswer
from shared.kernel.event import Event
from tests.support.builders import (
    ADA,
    NOON,
    a_review_done,
    a_review_opened,
    a_review_withdrawn,
    review_id,
    told,
)
from tests.support.enquiry_builders import (
    LATER,
    a_closure_approval,
    a_conversion,
    a_proposal,
    an_asking,
    an_assessment,
)
from tests.support.interleave import Story, Told, story

CONVERSION = told(a_conversion(), "conversion", LATER)


def outcome(of: Story[Case]) -> tuple[object, ...]:
    return (of.cases, sorted(of.stated), of.refused, [held.meta.id for held in of.held])


def recorded(*events: Event) -> list[Told]:
    return [told(event, f"record-{place}", LATER) for place, event in enumerate(events)]


def test_a_record_of_an_unknown_enquiry_waits() -> None:
    records = recorded(an_asking("safer"), an_assessment(safer="fully"), a_proposal(), a_closure_approval())
    assert len(story(service, records).held) == len(records)


def test_a_record_that_contradicts_itself_is_answered_at_once() -> None:
    assert story(service, recorded(an_asking(asked_of=None))).refused_codes == ("asked_of_missing",)


def test_wherever_the_conversion_comes_the_same_facts_follow() -> None:
    records = recorded(
        an_asking("safer", "money"),
        an_assessment(safer="fully", money="partially"),
        a_proposal("A"),
        a_closure_approval("A", approved_by="worker-1"),
        a_proposal("B", supersedes="A"),
        a_closure_approval("A"),
        a_closure_approval("B"),
        an_asking(),
    )
    stories = [story(service, [*records[:place], CONVERSION, *records[place:]]) for place in range(len(records) + 1)]
    assert len(stories[0].facts) == 6
    assert all(outcome(one) == outcome(stories[0]) for one in stories)


def test_a_lawful_history_ends_the_same_in_every_order_in_which_its_records_can_come() -> None:
    """Two senders write to one door: a record that needs another waits for it."""
    asked, assessed, proposed, superseding = recorded(
        an_asking("safer"), an_assessment(safer="fully"), a_proposal("A"), a_proposal("B", supersedes="A")
    )
    approved = told(a_closure_approval("B"), "approval", LATER)
    ends = {
        str(outcome(story(service, (*order, approved))))
        for order in permutations((CONVERSION, asked, assessed, proposed, superseding))
    }
    assert len(ends) == 1


ANSWERS = st.sampled_from(
    [
        an_asking("safer"),
        an_asking("safer", "money", asked_at=NOON),
        an_asking(),
        an_asking(answer=MspAnswer.NOT_ASKED, asked_of=None, reason_not_asked="too-unwell"),
        an_assessment(safer="fully"),
        an_assessment(safer="not", money="fully"),
        a_proposal("A"),
        a_proposal("B", supersedes="A"),
        a_closure_approval("A"),
        a_closure_approval("B"),
        a_closure_approval("B", approved_by="worker-1"),
    ]
)


@given(st.lists(ANSWERS, max_size=7), st.integers(0, 7))
def test_nothing_is_lost_whatever_the_order(events: list[Event], place: int) -> None:
    """Every record is stated, answered, held for something that has not come, or changes no answer."""
    records = recorded(*events)
    records.insert(min(place, len(records)), CONVERSION)
    told_so = story(service, records)
    answered = {fact.cause for fact in told_so.stated} | set(told_so.refused)
    held = {one.meta.id for one in told_so.held}
    assert not answered & held
    for one in records:
        quiet = one.event.type.split(".")[2] in {"closure-proposed", "closure-approved"}  # when said again
        assert one.meta.id in answered | held or quiet
    assert sum(fact.type == "safeguarding.enquiry.concluded.v1" for fact in told_so.stated) <= 1


def reviews(*events: Event) -> RepeatReviews:
    case = story(service, [told(event, str(place)) for place, event in enumerate(events)]).cases[ADA]
    assert isinstance(case, RepeatReviews)
    return case


def test_a_practitioner_sees_the_open_review_and_the_last_safety_planning() -> None:
    seen = reviews(a_review_opened("R1"), a_review_done("R1"), a_review_opened("R2"))
    assert seen.open == (review_id("R2"),)
    assert seen.safety_planning == "plan-changed"


def test_a_withdrawn_review_is_no_longer_seen_and_may_be_opened_again() -> None:
    assert reviews(a_review_opened(), a_review_withdrawn()).open == ()
    assert reviews(a_review_opened(), a_review_withdrawn(), a_review_opened()).open == (review_id("R1"),)


def test_safety_planning_is_that_of_the_latest_review() -> None:
    late = a_review_done("R2", reviewed_at=LATER, safety_planning="new")
    assert reviews(late, a_review_done("R1", safety_planning="old")).safety_planning == "new"
