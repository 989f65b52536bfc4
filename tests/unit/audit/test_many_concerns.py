"""An adult with very many concerns: each costs what the one before did, and the short ways say what the long one does.

What is compared is decided by the chassis itself from the very states that were decided before, as within a batch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from services.audit import lookup, one_more
from services.audit.cases import CONCERNS, Adult, Case, adult_in
from services.audit.repeat import standing
from services.audit.service import service
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.deciding.known_cases import States
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Fact
from shared.kernel.event import Event
from tests.support.audit_builders import decided, linked, received, reinstated, unlinked, withdrawn
from tests.support.builders import ADA, NOON, told
from tests.support.casework import begun, drained
from tests.support.enquiry_builders import a_drift_review, a_repeat_review, concern_id, london

HOUR = timedelta(hours=1)


class Told:
    """Audit, told of events one after the other, as if they were one batch."""

    def __init__(self) -> None:
        self.work: Casework[Case] = begun(service, clamp=False, states=States({}, [ADA]))
        self._told = 0

    def tell(self, event: Event, at: datetime) -> None:
        """One more, recorded then."""
        self._told += 1
        meta = told(event, str(self._told), at).meta
        record = KeptRecord(event.topic, 0, 0, 0, 0, event.key.encode(), b"", ())
        self.work.take(Arrival(record, event.topic, event, meta, b"", service.keys(event)), claimed=True)
        assert not self.work.held.parked

    @property
    def adult(self) -> Adult:
        return adult_in(self.work.cases.states, ADA)


def calls_of(act: Callable[[], object]) -> int:
    """How many functions are called, Python's own and ours: what it costs, on any machine."""
    calls = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


def test_what_a_concern_costs_does_not_grow_with_those_before_it() -> None:
    audit = Told()
    at = [NOON]

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            at[0] += timedelta(seconds=1)
            audit.tell(received(f"c{number}", at[0]), at[0])
            if number % 4 == 0:
                audit.tell(decided(f"c{number - 2}"), at[0])

    more(2, 100)
    early = calls_of(lambda: more(100, 140))
    more(140, 1200)
    late = calls_of(lambda: more(1200, 1240))

    assert len(audit.adult.concerns) == 1238
    assert len(audit.adult.review_ends) == 1238
    assert late < early * 1.3, f"forty concerns took {early} calls, and {late} among a thousand more"


def test_what_a_timer_costs_does_not_grow_with_what_else_is_open() -> None:
    fired = []
    for many in (100, 1200):
        audit = Told()
        for number in range(many):
            at = NOON + timedelta(seconds=number)
            audit.tell(received(f"c{number}", at), at)
        audit.work.fire(ADA, NOON + 48 * HOUR + timedelta(seconds=39))
        fired.append(calls_of(lambda audit=audit: audit.work.fire(ADA, NOON + 48 * HOUR + timedelta(seconds=79))))  # type: ignore[misc]
        assert audit.work.counts.outcomes["timer", "fired"] == 80
    assert fired[1] < fired[0] * 1.3, f"forty timers took {fired[0]} calls, and {fired[1]} among many"


@contextmanager
def the_long_way() -> Iterator[None]:
    """Everything looked through, and every review worked out anew."""
    few, opens = lookup._FEW, one_more._opens_a_day
    lookup._FEW, one_more._opens_a_day = 1_000_000, lambda *_: True
    try:
        yield
    finally:
        lookup._FEW, one_more._opens_a_day = few, opens


@pytest.mark.parametrize("seed", range(16))
def test_the_short_ways_say_what_the_long_way_says(seed: int) -> None:
    days, same_day = (900, False) if seed % 2 else (30, True)
    random = Random(seed)
    names = [f"n{number}" for number in range(90)]
    starts = [london(2023, 1, 1) + timedelta(days=random.randrange(days), hours=0 if same_day else random.randrange(9))
              for _ in names]  # fmt: skip
    if random.random() < 0.5:
        starts.sort()
    events = list(_story(random, names, starts))

    short = list(_outcomes(events, random=Random(seed)))
    with the_long_way():
        long = list(_outcomes(events, random=Random(seed)))

    assert len(short) == len(long)
    for number, (one, other) in enumerate(zip(short, long, strict=True)):
        assert one == other, f"event {number}, {events[number]!r}"


def _story(random: Random, names: list[str], starts: list[datetime]) -> Iterator[Event]:
    for place, (name, start) in enumerate(zip(names, starts, strict=True)):
        yield received(name, start)
        known = names[: place + 1]
        for _ in range(random.randrange(3)):
            one, other = random.choice(known), random.choice(names)
            yield random.choice([
                decided(one), decided(one), withdrawn(one), reinstated(one),
                *([linked(one, other), unlinked(one, other)] if one != other and random.random() < 0.2 else []),
            ])  # fmt: skip


def _outcomes(events: Iterable[Event], random: Random) -> Iterator[tuple[bytes, list[Fact]]]:
    audit, at = Told(), london(2023, 1, 1)
    for event in events:
        at += timedelta(hours=random.randrange(40))
        audit.tell(event, at)
        if random.random() < 0.1:
            audit.work.fire(ADA, at)
        if random.random() < 0.05 and (review := standing({ADA: audit.adult})) is not None:
            audit.tell(a_repeat_review(review.review_id, reviewed_at=at), at)
        flagged = [one.open_id for one in audit.adult.open if one.flagged_at is not None and one.next_flag is None]
        if flagged and random.random() < 0.2:
            audit.tell(a_drift_review(flagged[0], at, at + timedelta(days=50)), at)
        facts = drained(audit.work)
        yield msgspec.json.encode(audit.adult), facts


def test_what_was_interrupted_is_worked_out_anew() -> None:
    """An interruption may come in the middle of bringing an index up to date: what is half done is not remembered."""
    audit = Told()
    for number in range(50):
        audit.tell(received(f"c{number}", NOON + timedelta(seconds=number)), NOON)
    members = audit.adult.concerns
    CONCERNS._indexes.taken(members).by_id.clear()

    assert CONCERNS.find(members, concern_id("c7")) is not None
