"""Others are caused to make enquiries; the council keeps the responsibility (section 42(2); domain 1.8)."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enquiry.policy import POLICY
from shared.contracts.enquiry import CausedOverdue
from shared.kernel.civil import start_of_day
from shared.kernel.event import Event
from tests.support.course_builders import (
    a_cause,
    a_chase,
    after,
    an_answer,
    cause_id,
    days,
    enquiry_of,
    timed,
    types,
)
from tests.support.enquiry_builders import ENQUIRY, LATER, a_closure_approval, a_conversion, a_proposal
from tests.support.interleave import TimedStory

DUE = days(11).date()
OVERDUE = start_of_day(DUE + timedelta(days=1))


def told_of(one: TimedStory[Any]) -> list[tuple[object, object]]:
    return [(fact.cause_id, fact.due_at) for fact in one.facts if isinstance(fact, CausedOverdue)]


def test_it_is_overdue_at_the_start_of_the_day_after_and_told_once() -> None:
    late = timed((0, a_conversion()), (1, a_cause()))
    late.work(OVERDUE - timedelta(seconds=1))
    assert told_of(late) == []
    late.work(OVERDUE)
    late.work(LATER)
    assert told_of(late) == [(cause_id("A"), OVERDUE)]


def test_in_summer_the_day_ends_by_the_clocks_of_london() -> None:
    late = timed((0, a_conversion()), (1, a_cause(due_on=date(2024, 6, 30))))
    late.work(LATER)
    assert [str(at) for _, at in told_of(late)] == ["2024-06-30 23:00:00+00:00"]


def test_two_that_are_overdue_at_once_are_both_told() -> None:
    late = timed((0, a_conversion()), (1, a_cause("A")), (1, a_cause("B")), (1, a_cause("C", due_on=days(20).date())))
    late.work(days(13))
    assert sorted(told_of(late), key=str) == sorted([(cause_id("A"), OVERDUE), (cause_id("B"), OVERDUE)], key=str)


def test_an_answer_that_satisfies_ends_the_waiting() -> None:
    answered = timed((0, a_conversion()), (1, a_cause()), (10, an_answer()))
    answered.work(LATER)
    assert told_of(answered) == []
    assert enquiry_of(answered).course.caused[0].answered


def test_an_answer_that_does_not_satisfy_is_due_again_by_the_policy_or_by_the_day_that_is_set() -> None:
    again = timed((0, a_conversion()), (1, a_cause()), (10, an_answer(satisfactory=False)))
    assert enquiry_of(again).course.caused[0].due_on == days(10 + POLICY.due_again_in_days).date()
    again.work(LATER)
    assert told_of(again) == [(cause_id("A"), start_of_day(days(18).date()))]
    sooner = after(a_cause(), an_answer(satisfactory=False, due_on=days(12).date()))
    assert enquiry_of(sooner).course.caused[0].due_on == days(12).date()


def test_what_is_chased_may_be_due_another_day_and_is_told_again() -> None:
    chased = timed(
        (0, a_conversion()), (1, a_cause()), (12, a_chase()), (13, a_chase(chased_at=days(13), due_on=days(20).date()))
    )
    chased.work(LATER)
    assert [at for _, at in told_of(chased)] == [OVERDUE, start_of_day(days(21).date())]
    assert types(chased).count("caused-chase-noted") == 2


STEPS = (
    a_cause(),
    a_chase(chased_at=days(5), due_on=days(9).date()),
    an_answer(satisfactory=False, returned_at=days(8)),
    an_answer(returned_at=days(12)),
    a_chase(chased_at=days(8)),
)


def test_what_stands_of_a_cause_does_not_depend_on_what_was_recorded_first() -> None:
    ends = {(enquiry_of(one), tuple(sorted(types(one))), bool(one.held)) for one in map(play, permutations(STEPS))}
    assert len(ends) == 1
    ((end, _, held),) = ends
    assert not held
    assert end.course.caused[0].answered


def play(order: tuple[Event, ...]) -> Any:
    return after(*order)


def test_a_later_answer_stands_before_an_earlier_one() -> None:
    undecided = after(a_cause(), an_answer(returned_at=days(12), satisfactory=False), an_answer(returned_at=days(8)))
    assert not enquiry_of(undecided).course.caused[0].answered


def test_what_follows_on_a_cause_waits_for_it() -> None:
    early = after(a_chase(), an_answer())
    assert len(early.held) == 2
    assert after(a_chase(), an_answer(), a_cause()).held == []


def test_the_same_again_changes_nothing() -> None:
    events = a_cause(), a_chase(), an_answer()
    assert types(after(*events, *events)) == types(after(*events))
    closed = after(*events, a_proposal(), a_closure_approval(), *events)
    assert closed.refused == {}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (a_cause(under_suspicion="yes"), "conflict_decision_missing"),
        (a_cause(due_on=days(0).date()), "due_on_too_early"),
        (a_cause(caused_at=LATER + timedelta(minutes=6), due_on=date(2030, 1, 1)), "caused_at_in_the_future"),
        (a_cause(caused_at=days(-1)), "caused_at_too_early"),
        (a_chase(due_on=days(11).date()), "due_on_too_early"),
        (a_chase(chased_at=LATER + timedelta(minutes=6)), "chased_at_in_the_future"),
        (an_answer(satisfactory=False, reason=None), "reason_missing"),
        (an_answer(due_on=days(20).date()), "due_on_contradicts"),
        (an_answer(satisfactory=False, due_on=days(9).date()), "due_on_too_early"),
        (an_answer(returned_at=LATER + timedelta(minutes=6)), "returned_at_in_the_future"),
    ],
)
def test_what_cannot_be_is_refused(record: Event, code: str) -> None:
    assert after(record).refused_codes == (code,)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (a_cause(body="police"), "cause_id_used"),
        (a_chase(chased_at=days(0.9)), "chased_at_too_early"),
        (an_answer(returned_at=days(0.9)), "returned_at_too_early"),
    ],
)
def test_what_contradicts_the_cause_is_refused(record: Event, code: str) -> None:
    assert after(a_cause(), record).refused_codes == (code,)


def test_a_body_under_suspicion_enquires_into_itself_where_somebody_decided_so() -> None:
    assert after(a_cause(under_suspicion="yes", conflict_decided_by="manager-1")).refused == {}
    assert after(a_cause(under_suspicion="not_known")).refused == {}


def test_a_concluded_enquiry_takes_no_new_cause_and_keeps_nothing_waiting() -> None:
    closed = after(a_chase("X"), an_answer("Y"), a_proposal(), a_closure_approval(), a_cause("B"))
    assert closed.held == []
    assert closed.refused_codes == ("enquiry_concluded",) * 3


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["chase", "send back", "satisfy"])), max_size=8))
def test_every_day_that_passes_without_an_answer_is_told_and_no_other(steps: list[tuple[int, str]]) -> None:
    """The oracle walks the days: at each midnight it looks whether the day that was set last has just passed."""
    steps = sorted({at: what for at, what in steps if at}.items())
    events: list[tuple[float, Event]] = [(0, a_conversion()), (0, a_cause(caused_at=days(0), due_on=days(5).date()))]
    for at, what in steps:
        due = days(at + 3).date()
        match what:
            case "chase":
                events.append((at, a_chase(chased_at=days(at), due_on=due)))
            case "send back":
                events.append((at, an_answer(returned_at=days(at), satisfactory=False, due_on=due)))
            case _:
                events.append((at, an_answer(returned_at=days(at))))
    late = timed(*events)
    late.work(days(100))

    due_day, answered, expected = 5, False, []
    said = dict(steps)
    for day in range(61):
        if not answered and due_day == day - 1:
            expected.append(start_of_day(days(day).date()))
        match said.get(day):
            case "satisfy":
                answered = True
            case "send back":
                due_day, answered = day + 3, False
            case "chase":
                due_day = day + 3
            case _:
                pass
    assert [at for _, at in told_of(late)] == expected
    assert enquiry_of(late).enquiry_id == ENQUIRY
