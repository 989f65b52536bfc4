"""A service whose batches are decided one after the other, with everything written down and read again in between."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

import msgspec

from shared.chassis.casework import Casework, Held
from shared.chassis.held import KeptRecord
from shared.chassis.wire import Arrival, Fact, Writer
from tests.support.diary import Diary, service
from tests.unit.chassis.records import read


@dataclass
class WrittenDown:
    """The rows of its tables: cases with when they were recorded and what is due, and what waits, by age."""

    clamp: bool = False
    cases: dict[UUID, tuple[bytes, datetime, datetime | None]] = field(default_factory=dict)
    held: dict[int, tuple[UUID, str, KeptRecord]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    _ids: Iterable[int] = field(default_factory=lambda: count(1))

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
        while due := [(at, key) for key, (_, _, at) in self.cases.items() if at is not None and at <= now]:
            at, key = min(due)
            work = self._seen({key})
            work.fire(key, at)
            self._write(work)

    def diary(self, adult: UUID) -> list[str]:
        """What the diary of an adult says."""
        row = self.cases.get(adult)
        return [] if row is None else list(msgspec.json.decode(row[0], type=Diary).entries)

    def _seen(self, keys: set[UUID]) -> Casework[Diary]:
        work = Casework(service=service, writer=Writer(service.name), clamp=self.clamp)
        ahead = set(keys)
        while ahead:
            work.look_for(ahead)
            further: set[UUID] = set()
            for key in ahead & self.cases.keys():
                body, recorded, due = self.cases[key]
                work.states[key], work.recorded[key] = msgspec.json.decode(body, type=Diary), recorded
                work.due[key] = due
            for held_id, (case, reason, record) in sorted(self.held.items()):
                if case in ahead:
                    found = read(record)
                    assert isinstance(found, Arrival)
                    work.waiting.setdefault(case, []).append(Held(found, case, reason, held_id))
                    further.update(found.keys)
            keys |= ahead
            ahead = further - keys
        return work

    def _write(self, work: Casework[Diary]) -> None:
        for key in work.changed:
            self.cases[key] = (msgspec.json.encode(work.states[key]), work.recorded[key], work.due.get(key))
        for released in work.released:
            del self.held[released]
        for moved in work.moved:
            assert moved.id is not None
            assert moved.case is not None
            self.held[moved.id] = (moved.case, moved.reason, self.held[moved.id][2])
        for new in work.unwritten:
            if new.case is not None:
                assert isinstance(new.found.record, KeptRecord)
                self.held[next(iter(self._ids))] = (new.case, new.reason, new.found.record)
        self.facts += work.facts
