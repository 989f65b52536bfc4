"""Whatever order starts, ends and looks come in, and whenever the timer worker runs, drift ends the same.

A flag and its withdrawal cancel: where the end of a thing came late, an eager worker raised what a late one
never did (delivery rule 10).
"""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.cases import Case
from services.audit.service import service
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged, DriftLookedAt, OpenKind
from shared.kernel.civil import over_after_months, start_of_day
from tests.support.builders import ADA, told
from tests.support.enquiry_builders import (
    ENQUIRY,
    a_conclusion,
    a_drift_review,
    a_receipt,
    a_triage,
    an_opening,
    concern_id,
    london,
)
from tests.support.interleave import TimedStory, Told

DAY = timedelta(days=1)
END = london(2040, 1, 1)
"""Later than anything any story can reach: all are compared as they stand then."""
STARTS = st.sampled_from(
    [london(2024, 1, 15), london(2024, 1, 15, 23, 30), london(2023, 8, 31), london(2024, 4, 27, 0)]
)
AROUND = st.sampled_from([timedelta(seconds=-1), timedelta(), DAY, -30 * DAY, 45 * DAY, 200 * DAY])


class Thing(NamedTuple):
    """Something open: how its start, its looks and its end were recorded. What has looks is told in order."""

    open_id: UUID
    kind: OpenKind
    start: Told
    looks: tuple[Told, ...]
    end: Told | None

    def orders(self, order: Random) -> list[Told]:
        events = [self.start, *self.looks, *([self.end] if self.end else [])]
        if not self.looks:
            order.shuffle(events)
        return events


@st.composite
def things(draw: st.DrawFn) -> list[Thing]:
    return [draw(thing(name)) for name in "abe"[: draw(st.integers(1, 3))]]


@st.composite
def thing(draw: st.DrawFn, name: str) -> Thing:
    """A concern, or the enquiry, with ends and looks around the instants at which it comes up."""
    started = draw(STARTS)
    up = over_after_months(started, 6)
    kind = OpenKind.ENQUIRY if name == "e" else OpenKind.CONCERN
    open_id = ENQUIRY if name == "e" else concern_id(name)
    looks = []
    for place in range(draw(st.integers(0, 3))):
        at = up + draw(AROUND)
        next_look = at + draw(st.sampled_from([2, 30, 180])) * DAY
        looks.append(told(a_drift_review(open_id, at, next_look), f"{name}-look-{place}", at))
        up = start_of_day(next_look.date())
    looks.sort(key=lambda look: look.meta.recorded)
    ended = draw(st.none() | AROUND.map(lambda around: up + around))
    if ended is not None and looks:
        ended = max(ended, looks[-1].meta.recorded)
    learned = started + draw(st.sampled_from([0, 1, 250])) * DAY
    opening = an_opening(started) if name == "e" else a_receipt(name, started)
    ending = None if ended is None else a_conclusion(started, ended) if name == "e" else a_triage(name)
    return Thing(
        open_id,
        kind,
        told(opening, f"{name}-start", learned),
        tuple(looks),
        told(ending, f"{name}-end", ended) if ending is not None and ended is not None else None,
    )


def interleaved(all_of: list[Thing], order: Random) -> list[Told]:
    queues = [thing.orders(order) for thing in all_of]
    events = []
    while left := [queue for queue in queues if queue]:
        events.append(order.choice(left).pop(0))
    return events


def tell(events: list[Told], order: Random, worker: str) -> TimedStory[Case]:
    """The story with a worker that runs whenever it can, at random, or not before the end."""
    timed = TimedStory(service)
    now = london(2023, 1, 1)
    for event in events:
        now = max(now, event.meta.recorded) + order.choice([timedelta(), DAY, 100 * DAY])
        assert now < END
        timed.tell(event)
        if worker == "eager":
            timed.work(END)
        elif worker == "at random" and order.random() < 0.5:
            timed.work(now)
    timed.work(END)
    return timed


def what_stands(of: TimedStory[Case]) -> dict[UUID, tuple[object, ...]]:
    """For each thing, its flags that were not withdrawn, its looks, and whether what was flagged has ended."""
    flags: dict[UUID, list[tuple[int, datetime]]] = {}
    looks: dict[UUID, list[datetime]] = {}
    ended: set[UUID] = set()
    for fact in of.facts:
        if isinstance(fact, DriftFlagged):
            assert fact.open_id not in ended
            flags.setdefault(fact.open_id, []).append((fact.look, fact.due_at))
            assert [look for look, _ in flags[fact.open_id]] == list(range(1, fact.look + 1))
        elif isinstance(fact, DriftLookedAt):
            looks.setdefault(fact.open_id, []).append(fact.reviewed_at)
            assert len(looks[fact.open_id]) == len(flags[fact.open_id])
        elif isinstance(fact, DriftEnded):
            assert fact.open_id not in ended
            ended.add(fact.open_id)
            if fact.ending is DriftEnding.WITHDRAWN:
                flags[fact.open_id].pop()
    return {one: (raised, looks.get(one, []), one in ended) for one, raised in flags.items() if raised}


@settings(max_examples=400, deadline=None)
@given(things(), st.integers(0, 2**32))
def test_every_order_of_events_and_timers_ends_the_same(all_of: list[Thing], seed: int) -> None:
    order = Random(seed)
    stories = [
        tell(interleaved(all_of, order), order, worker)
        for worker in ("eager", "at random", "at random", "not before the end")
    ]
    assert all(what_stands(one) == what_stands(stories[0]) for one in stories)
    assert all(one.refused == stories[0].refused for one in stories)
    assert len({msgspec.json.encode(one.cases[ADA]) for one in stories}) == 1


@settings(max_examples=200, deadline=None)
@given(things(), st.integers(0, 2**32))
def test_what_was_open_after_six_months_is_flagged_and_nothing_else_is(all_of: list[Thing], seed: int) -> None:
    order = Random(seed)
    stands = what_stands(tell(interleaved(all_of, order), order, "at random"))
    over = {
        thing.open_id
        for thing in all_of
        if thing.end is None or thing.end.meta.recorded >= over_after_months(_started(thing), 6)
    }
    assert set(stands) == over


def _started(thing: Thing) -> datetime:
    start = thing.start.event
    started: datetime = getattr(start, "started_at", None) or getattr(start, "received_at")  # noqa: B009
    return started
