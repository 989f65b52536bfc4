"""A concern past the local target for a decision is told of, until it is decided (design section 4, rule 12)."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.cases import Case
from services.audit.policy import POLICY
from services.audit.service import service
from shared.contracts.audit import DecisionOverdue, DecisionOverdueEnded, Ending
from shared.contracts.doors import TriageDecision
from shared.kernel.event import Due, Event
from tests.support.audit_builders import (
    adult_of,
    decided,
    happened,
    interleaved,
    opened,
    received,
    reinstated,
    stated,
    withdrawn,
)
from tests.support.builders import ADA, told
from tests.support.enquiry_builders import concern_id, london
from tests.support.interleave import TimedStory, Told

START = london(2024, 1, 15)
TARGET = START + timedelta(hours=48)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
END = london(2025, 1, 1)


def test_48_hours_after_receipt_an_undecided_concern_is_overdue() -> None:
    waiting = happened((START, received("a", START)))
    waiting.work(TARGET - SECOND)
    assert waiting.facts == []
    waiting.work(TARGET)
    assert waiting.facts == [
        DecisionOverdue(
            concern_id=concern_id("a"), adult_id=ADA, received_at=START, due_at=TARGET, policy=POLICY.version
        )
    ]
    assert waiting.fired == [Due("decision-target", ADA, TARGET.astimezone(UTC))]


@pytest.mark.parametrize(
    "start",
    [london(2024, 3, 30), london(2024, 10, 26), london(2024, 2, 28), london(2023, 12, 31, 23, 30)],
)
def test_the_hours_elapse_whatever_the_clocks_do(start: datetime) -> None:
    """The clocks of London go forward and back on the days after the first two."""
    due = [timer.at for timer in service.timers(happened((start, received("a", start))).cases[ADA])]
    assert min(due) == start.astimezone(UTC) + timedelta(hours=48)


def test_an_enquiry_has_no_target_for_a_decision() -> None:
    timers = service.timers(happened((START, opened("a", START))).cases[ADA])
    assert {timer.name for timer in timers} == {"drift"}


@pytest.mark.parametrize("decision", list(TriageDecision))
def test_any_decision_in_time_ends_the_wait_and_a_late_one_what_was_told(decision: TriageDecision) -> None:
    event = decided("a", decision=decision)
    in_time = happened((START, received("a", START)), (TARGET - SECOND, event))
    in_time.work(TARGET)
    assert in_time.facts == []
    late = happened((START, received("a", START)), (TARGET, event))
    assert [type(fact) for fact in late.facts] == [DecisionOverdue, DecisionOverdueEnded]
    assert late.facts[1] == DecisionOverdueEnded(concern_id=concern_id("a"), adult_id=ADA, ending=Ending.ENDED)


def test_what_was_decided_in_time_and_heard_of_late_was_never_overdue() -> None:
    late = happened((START, received("a", START)))
    late.work(TARGET)
    late.tell(told(decided("a"), "late", TARGET - SECOND))
    assert late.facts[1] == DecisionOverdueEnded(concern_id=concern_id("a"), adult_id=ADA, ending=Ending.WITHDRAWN)


@pytest.mark.parametrize("recorded", [TARGET - SECOND, TARGET, TARGET + 300 * DAY])
def test_a_decision_that_overtook_its_concern_is_kept_with_it(recorded: datetime) -> None:
    event = decided("a", team="hospital-team", decided_at=START + DAY)
    in_order = happened((START, received("a", START)), (recorded, event))
    early = happened((recorded, event), (START, received("a", START)))
    for one in (in_order, early):
        one.work(END)
    assert early.cases == in_order.cases
    assert sorted(early.stated) == sorted(in_order.stated), "they say the same, and follow from the same"
    (concern,) = adult_of(early).concerns
    assert (concern.decision, concern.decided_at, concern.team) == ("not_met", START + DAY, "hospital-team")
    assert adult_of(early).ended == ()


def test_of_two_decisions_that_overtook_their_concern_the_later_stands_and_the_first_ended_it() -> None:
    first, second = decided("a"), decided("a", decision=TriageDecision.DUPLICATE, duplicate_of=concern_id("b"))
    events = [(TARGET - SECOND, first), (TARGET + DAY, second)]
    early = happened(*events, (START, received("a", START)))
    early.work(END)
    assert early.facts == []
    assert adult_of(early).concerns[0].decision == "duplicate"
    assert early.cases == happened((START, received("a", START)), *events).cases


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[Told], list[Told]]:
    """What the two topics say of three concerns, each in its order: received, withdrawn, back; and decided."""
    concerns: list[tuple[datetime, Event]] = []
    decisions: list[tuple[datetime, Event]] = []
    for name in "abc":
        start = draw(st.sampled_from([START, START + DAY, london(2024, 3, 30)]))
        hours = st.integers(0, 120).map(lambda number: timedelta(hours=number))
        concerns.append((start, received(name, start)))
        if draw(st.booleans()):
            gone = start + draw(hours)
            concerns.append((gone, withdrawn(name)))
            if draw(st.booleans()):
                concerns.append((gone + draw(hours), reinstated(name)))
        if draw(st.booleans()):
            decisions.append((start + draw(hours), decided(name)))
    return tuple(  # type: ignore[return-value]
        [
            told(event, f"{event.topic}-{place}", at.astimezone(UTC))
            for place, (at, event) in enumerate(sorted(said, key=lambda one: one[0]))
        ]
        for said in (concerns, decisions)
    )


def tell(events: list[Told], order: Random, worker: str) -> TimedStory[Case]:
    timed = TimedStory(service)
    for event in events:
        timed.tell(event)
        if worker == "eager":
            timed.work(london(2024, 6, 1))
        elif worker == "at random" and order.random() < 0.5:
            timed.work(event.meta.recorded + order.choice([timedelta(), 3 * DAY]))
    timed.work(END)
    return timed


def overdue(of: TimedStory[Case]) -> set[str]:
    """The concerns a reader of the topic believes to be overdue, at any time."""
    found: set[str] = set()
    for fact in stated(of, DecisionOverdue, DecisionOverdueEnded):
        if isinstance(fact, DecisionOverdue):
            assert fact.subject not in found
            found.add(fact.subject)
        else:
            found.remove(fact.subject)
    return found


@settings(max_examples=300, deadline=None)
@given(courses(), st.integers(0, 2**32))
def test_whatever_overtakes_what_the_same_concerns_are_open_and_overdue(
    said: tuple[list[Told], list[Told]], seed: int
) -> None:
    order = Random(seed)
    ends = [tell(interleaved(said, order), order, worker) for worker in ("eager", "at random", "not before the end")]
    received_at = {concern.concern_id for concern in adult_of(ends[0]).concerns}
    gone = {one.concern_id for one in adult_of(ends[0]).concerns if one.withdrawn}
    done = {one.event.model_dump()["concern_id"] for one in said[1]}
    for one in ends:
        assert {item.open_id for item in adult_of(one).open} == received_at - gone - done
        assert overdue(one) == {str(concern) for concern in received_at - gone - done}
        assert adult_of(one).ended == ()
    assert len({msgspec.json.encode(adult_of(one).concerns) for one in ends}) == 1
