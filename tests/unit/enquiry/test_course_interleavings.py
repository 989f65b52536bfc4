"""Whenever the conversion of an enquiry comes among the records of its course, the same stands in the end."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.enquiry.cases import Case, Enquiry
from services.enquiry.service import service
from shared.kernel.event import Event
from tests.support.builders import told
from tests.support.course_builders import (
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
    an_answer,
    an_assignment,
    days,
)
from tests.support.enquiry_builders import ENQUIRY, LATER, a_closure_approval, a_conversion, a_proposal, an_asking
from tests.support.interleave import Story, Told, story

CONVERSION = told(a_conversion(), "conversion", LATER)
NEXT = a_proposal("B", supersedes="A", proposed_at=days(50))
NEXT_APPROVED = a_closure_approval("B", approved_at=days(51))

EVERYTHING: tuple[Event, ...] = (
    an_assignment(),
    an_assignment(officer="worker-2", assigned_at=days(4)),
    a_cause(),
    a_cause(under_suspicion="yes"),
    a_chase(),
    an_answer(satisfactory=False, returned_at=days(9)),
    an_answer(),
    a_suspension(),
    a_suspension("B", suspended_at=days(6)),
    a_resumption(),
    a_resumption("B", resumed_at=days(7)),
    a_referral(),
    a_referral_answer(),
    a_referral_answer("declined"),
    a_referral_answer("ended"),
    a_death(),
    a_death(died_on=days(5).date()),
    an_asking("safer"),
    a_proposal(),
    a_return(),
    a_closure_approval(),
    a_reopening(),
    NEXT,
    NEXT_APPROVED,
    a_reopening("B", "B", decided_at=days(60)),
)


def recorded(*events: Event) -> list[Told]:
    return [told(event, f"record-{place}", LATER) for place, event in enumerate(events)]


def outcome(of: Story[Case]) -> tuple[object, ...]:
    return (of.cases.get(ENQUIRY), sorted(of.stated), of.refused, sorted(held.meta.id for held in of.held))


@given(st.lists(st.sampled_from(EVERYTHING), max_size=12), st.integers(0, 12))
def test_wherever_the_conversion_comes_the_same_facts_and_state_follow(events: list[Event], place: int) -> None:
    records = recorded(*events)
    at_once = outcome(story(service, [CONVERSION, *records]))
    late = outcome(story(service, [*records[:place], CONVERSION, *records[place:]]))
    assert late == at_once


def test_a_whole_course_ends_the_same_wherever_its_conversion_comes() -> None:
    course = recorded(
        an_assignment(), a_cause(), a_suspension(), a_resumption(), a_referral(), a_referral_answer(), a_chase(),
        an_answer(), a_death(), a_referral_answer("ended"), a_proposal(), a_return(), NEXT, NEXT_APPROVED,
        a_reopening("B", decided_at=days(60)), a_proposal("C", supersedes="B", proposed_at=days(70)),
        a_closure_approval("C", approved_at=days(71)),
    )  # fmt: skip
    ends = [story(service, [*course[:place], CONVERSION, *course[place:]]) for place in range(len(course) + 1)]
    assert all(outcome(one) == outcome(ends[0]) for one in ends)
    assert ends[0].refused == {}
    assert len(ends[0].facts) == len(course) + 1


def test_what_two_senders_record_ends_the_same_in_every_order() -> None:
    """None of these contradicts another: what needs another waits for it."""
    records = [CONVERSION, *recorded(a_cause(), an_answer(), a_suspension(), a_resumption(), a_referral_answer())]
    later = told(a_referral(), "referral", LATER)
    ends = {str(outcome(story(service, [*order, later]))) for order in permutations(records)}
    assert len(ends) == 1


@given(st.lists(st.sampled_from(EVERYTHING), max_size=10), st.integers(0, 10), st.integers(0, 10))
def test_nothing_is_lost_when_a_conversion_is_taken_back_and_stands_again(
    events: list[Event], back: int, again: int
) -> None:
    """Every record is stated, answered, held for what has not come, or says again what was said."""
    records: list[Told] = [CONVERSION, *recorded(*events)]
    back, again = sorted((min(back, len(events)), min(again, len(events))))
    restored = told(a_conversion(decided_at=days(4)), "restored", LATER)
    records.insert(again + 1, restored)
    records.insert(back + 1, told(a_taking_back(), "back", LATER))
    told_so = story(service, records)
    answered = {fact.cause for fact in told_so.stated} | set(told_so.refused)
    held = {one.meta.id for one in told_so.held}
    assert not answered & held
    said_before: list[Event] = []
    for one in records:
        assert one.meta.id in answered | held or one.event in said_before
        said_before.append(one.event)
    enquiry = told_so.cases[ENQUIRY]
    assert isinstance(enquiry, Enquiry)
    assert (enquiry.withdrawn_at, enquiry.started_at) == (None, days(4))
