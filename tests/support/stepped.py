"""The services in memory under a clock that goes in steps: each reads its topics, and fires, in an order of chance.

Every record is read and written as on the wire, with no server; how far one topic is ahead of another, and one service
of another, is drawn for each run.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from services import SERVICES
from services.command.registry import load
from services.command.timeline import Step, events_of
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Fact, Wire
from tests.support.casework import begun, drained

_PARTITIONS = 6
_SLOWEST = -4.0
"""By how many powers of ten one log may be read more seldom than another."""

Log = tuple[str, int]


class Outcome(NamedTuple):
    """Every fact that was stated, by its id, and each service's cases as they are written down."""

    facts: dict[str, tuple[str, bytes, bytes]]
    cases: dict[str, dict[UUID, Any]]


class _Service:
    """One service, in a batch that does not end, and what it has not read yet."""

    def __init__(self, name: str) -> None:
        self.service = load(name)
        self.waiting: dict[Log, deque[KeptRecord]] = {}
        self.work = begun(self.service, clamp=False, states={})
        self._wire = Wire(self.service, "", driven=True, test_numbers=True)
        self._read: set[str] = set()

    def take(self, log: Log) -> list[Fact]:
        found = self._wire.read(self.waiting[log].popleft())
        assert isinstance(found, Arrival | None), "what is told here can be read"
        if found is not None and found.meta.identity not in self._read:
            self._read.add(found.meta.identity)
            self.work.take(found)
        return drained(self.work)

    def fire(self, key: UUID, until: datetime) -> list[Fact]:
        self.work.fire(key, until)
        return drained(self.work)

    @property
    def due(self) -> Mapping[UUID, datetime]:
        return {key: due for key, _, due, _ in self.work.cases.rows(()) if due is not None}


class Stepped:
    """One run."""

    def __init__(self, order: Random) -> None:
        """Nothing has happened."""
        self._services = {name: _Service(name) for name in SERVICES}
        self._order = order
        self._paces: dict[tuple[str, Log | None], float] = {}
        self._facts: dict[str, tuple[str, bytes, bytes]] = {}

    def run(self, events: Iterable[Mapping[str, Any]], step: Step, until: datetime) -> Outcome:
        """What comes of events in such steps."""
        inputs, problems = events_of([json.dumps(event) for event in events])
        assert not problems
        left = deque(inputs)
        while coming := [*([left[0].at] if left else ()), *self._due(until)]:
            end = min(until, step.end_of(min(coming)))
            while left and left[0].at <= end:
                posted = left.popleft().record
                key = str(posted.key).encode()
                self._put(KeptRecord(posted.topic, 0, 0, 0, 1, key, posted.value, list(posted.headers)))
            self._rest(None)
            self._rest(end)
        return Outcome(self._facts, {name: dict(one.work.cases.states) for name, one in self._services.items()})

    def _due(self, until: datetime) -> Iterator[datetime]:
        return (due for one in self._services.values() for due in one.due.values() if due <= until)

    def _rest(self, until: datetime | None) -> None:
        """Have everybody read until nothing is left, and fire what falls due by then, in an order of chance."""
        while todo := list(self._todo(until)):
            paces = [self._pace(name, log if isinstance(log, tuple) else None) for name, log in todo]
            ((name, what),) = self._order.choices(todo, paces)
            one = self._services[name]
            if isinstance(what, tuple):
                self._tell(one.take(what))
            else:
                assert until is not None
                self._tell(one.fire(what, until))

    def _todo(self, until: datetime | None) -> Iterator[tuple[str, Log | UUID]]:
        for name, one in self._services.items():
            yield from ((name, log) for log, records in one.waiting.items() if records)
            if until is not None:
                yield from ((name, key) for key, due in one.due.items() if due <= until)

    def _pace(self, name: str, log: Log | None) -> float:
        return self._paces.setdefault((name, log), 10 ** self._order.uniform(_SLOWEST, 0))

    def _tell(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            told = dict(fact.headers)
            self._facts[told["ce_id"].decode()] = told["ce_type"].decode(), fact.key, fact.value
            self._put(KeptRecord(fact.topic, 0, 0, 0, 0, fact.key, fact.value, fact.headers))

    def _put(self, record: KeptRecord) -> None:
        log = record.topic, crc32(record.key or b"") % _PARTITIONS
        for one in self._services.values():
            if record.topic in one.service.topics:
                one.waiting.setdefault(log, deque()).append(record)
