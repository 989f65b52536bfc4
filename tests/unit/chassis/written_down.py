"""A service whose batches are decided one after the other, with everything written down and read again in between."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, cast
from uuid import UUID

import msgspec

from shared.chassis.delivery.applying.held import new_rows, unpack
from shared.chassis.delivery.applying.seen import Looking
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Fact
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.postgres.database import Connection
from tests.support.diary import Diary, service
from tests.unit.chassis.records import NOON, read, wire

_CASE, _WAITING = 1, 2


@dataclass
class WrittenDown:
    """The rows of its tables: cases with when they were recorded and what is due, and what waits."""

    clamp: bool = False
    cases: dict[UUID, tuple[datetime | None, datetime | None, str]] = field(default_factory=dict)
    held: dict[int, tuple[UUID, str, datetime, bytes]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def batch(self, *records: KeptRecord) -> Casework[Diary]:
        """Decide on these, having seen only the cases that they and what waits there are about."""
        found = [read(record) for record in records]
        work = self._seen({key for one in found if isinstance(one, Arrival) for key in one.keys})
        for one in found:
            work.take(one)
        self._write(work)
        return work

    def until(self, now: datetime) -> None:
        """Fire what is due by now, the earliest first, a case at a time."""
        while due := [(at, key) for key, (_, at, _) in self.cases.items() if at is not None and at <= now]:
            at, key = min(due)
            work = self._seen({key})
            work.fire(key, at)
            self._write(work)

    def diary(self, adult: UUID) -> list[str]:
        """What the diary of an adult says."""
        return list(msgspec.json.decode(self.cases[adult][2], type=Diary).entries) if adult in self.cases else []

    def recorded(self, adult: UUID) -> datetime | None:
        """When the last of it was recorded."""
        return self.cases[adult][0] if adult in self.cases else None

    @property
    def waiting(self) -> list[KeptRecord]:
        """The records of what waits."""
        return [unpack(packed) for *_, packed in self.held.values()]

    async def fetch(self, _: str, identities: Any, keys: Collection[UUID], *__: Any) -> list[tuple[Any, ...]]:
        """What the database says to a look at some cases; nothing that waits comes in any order."""
        del identities
        waiting = [(held_id, *row) for held_id, row in reversed(self.held.items()) if row[0] in keys]
        return [
            *((_CASE, key, *self.cases[key], 1, None) for key in keys if key in self.cases),
            *((_WAITING, case, at, None, why, held_id, packed) for held_id, case, why, at, packed in waiting),
        ]

    def _seen(self, keys: set[UUID]) -> Casework[Diary]:
        looking = Looking(service, wire()).look(cast("Connection", self), keys)
        try:
            looking.send(None)
        except StopIteration as looked:
            work: Casework[Diary] = looked.value.casework(service, Writer(service.name), 10**6, clamp=self.clamp)
            return work
        raise AssertionError("it waited for something that is here")

    def _write(self, work: Casework[Diary]) -> None:
        for key, recorded, due, state in work.cases.rows(()):
            self.cases[key] = (recorded, due, msgspec.json.encode(state).decode())
        for released in work.held.released:
            del self.held[released]
        for moved in work.held.moved:
            assert moved.id is not None
            assert moved.case is not None
            self.held[moved.id] = (moved.case, moved.reason, *self.held[moved.id][2:])
        for case, parked, _, reason, *_, recorded, packed in new_rows(work.held.unwritten, NOON):
            if not parked:
                self.held[next(self._ids)] = (case, reason, recorded, packed)
        self.facts += work.facts.told
