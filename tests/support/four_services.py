"""The services together in memory: what one states the others read, over the same bytes, with no server.

Every record is read and written as on the wire; each event is decided as soon as it is there. No timer fires, and none
bears on a figure.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from services import SERVICES
from services.audit.cases import Adult
from services.audit.year import figures, financial_year
from services.command.registry import load
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Wire
from shared.chassis.service import Service, no_timers
from shared.contracts import CATALOGUE
from tests.support.casework import begun, drained

S = TypeVar("S", bound=msgspec.Struct)


class _Running(Generic[S]):
    """One service, with what it has read, in a batch that does not end."""

    def __init__(self, service: Service[S]) -> None:
        """Nothing read yet."""
        self.service = replace(service, timers=no_timers)
        self._wire = Wire(self.service, "", driven=True, test_numbers=True)
        self.work: Casework[S] = begun(self.service, clamp=False, states={})
        self._read: set[str] = set()

    def take(self, record: KeptRecord) -> list[KeptRecord]:
        """What it states about a record: nothing where it cannot be read, or was before."""
        arrival = self._wire.read(record)
        if not isinstance(arrival, Arrival) or arrival.meta.identity in self._read:
            return []
        self._read.add(arrival.meta.identity)
        self.work.take(arrival)
        facts = drained(self.work)
        return [KeptRecord(fact.topic, 0, 0, 0, 0, fact.key, fact.value, fact.headers) for fact in facts]


class FourServices:
    """An installation in memory. `refused` are its answers to what it refused."""

    def __init__(self) -> None:
        """Nothing posted yet."""
        self.running: dict[str, _Running[Any]] = {name: _Running(load(name)) for name in SERVICES}
        self.refused: list[dict[str, Any]] = []
        self._readers: dict[str, list[_Running[Any]]] = {}
        for running in self.running.values():
            for topic in running.service.topics:
                self._readers.setdefault(topic, []).append(running)

    def post(self, event: Mapping[str, Any]) -> None:
        """An event at its door, and everything that follows from it."""
        declared = CATALOGUE.get(event["type"])
        if declared is None:
            return
        record = KeptRecord(declared.topic, 0, 0, 0, 1, b"", json.dumps(event).encode(), [])
        ahead = deque([record])
        while ahead:
            record = ahead.popleft()
            for running in self._readers.get(record.topic, ()):
                facts = running.take(record)
                self.refused += [json.loads(value) for fact in facts if b'"refused_id"' in (value := fact.value or b"")]
                ahead.extend(facts)

    def cases(self, service: str) -> Mapping[UUID, Any]:
        """What a service remembers."""
        return self.running[service].work.cases.states

    def figures(self, year: str) -> list[dict[str, Any]]:
        """The rows of a year, as far as a second count can say them."""
        adults = [case for case in self.cases("audit").values() if isinstance(case, Adult)]
        rows = figures(adults, financial_year(year)).rows
        return [{"measure": row.measure, "count": row.count, "base": row.base} for row in rows]
