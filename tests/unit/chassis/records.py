"""Records and casework without a server."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread, Wire
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS
from shared.kernel.identity import derived
from tests.support.casework import begun
from tests.support.diary import Diary, service
from tests.support.installation import source_for

NOON = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
ADA, BEN = derived("adult", "ada"), derived("adult", "ben")
RECEIVED, REVIEWED = "safeguarding.concern.received.v1", "safeguarding.audit.repeat-reviewed.v1"


def record(type_: str, name: str, data: Mapping[str, Any], at: datetime = NOON, **changes: Any) -> KeptRecord:
    """An event as the record it is on the wire, in binary mode."""
    declared = CATALOGUE[type_]
    headers: list[tuple[str, bytes | None]] = [
        ("ce_specversion", b"1.0"), ("ce_id", name.encode()), ("ce_source", source_for(type_).encode()),
        ("ce_type", type_.encode()), ("ce_time", at.isoformat().encode()),
    ]  # fmt: skip
    stamp = 1 if declared.topic in DOORS else 0
    millis = int(at.timestamp() * 1000)
    made = KeptRecord(declared.topic, 0, 0, millis, stamp, b"key", json.dumps(data).encode(), headers)
    return made._replace(**changes)


def concern(name: str, adult: UUID = ADA, at: datetime = NOON, **changes: Any) -> KeptRecord:
    """A concern, from a topic of ours."""
    data = {
        "concern_id": str(derived("concern", name)), "adult_id": str(adult), "received_at": at.isoformat(),
        "report": {"sender": "wmas", "reference": name},
    }  # fmt: skip
    return record(RECEIVED, name, data, at, **{"key": str(adult).encode(), **changes})


def review(name: str, adult: UUID = ADA, at: datetime = NOON, **changes: Any) -> KeptRecord:
    """A review, through a door."""
    data = {
        "adult_id": str(adult), "review_id": str(derived("review", name)), "safety_planning": name,
        "reviewed_by": "worker", "reviewed_at": at.isoformat(),
    }  # fmt: skip
    return record(REVIEWED, name, data, at, **{"key": str(adult).encode(), **changes})


def wire(of: Service[Any] = service) -> Wire:
    """The wire of a service whose clock is driven."""
    return Wire(of, "", driven=True, test_numbers=True)


def read(made: KeptRecord, of: Service[Any] = service) -> Arrival | Unread:
    """What is found in a record that is for us."""
    found = wire(of).read(made)
    assert found is not None
    return found


def work(*records: KeptRecord, clamp: bool = False) -> Casework[Diary]:
    """The casework of these records, decided in this order."""
    casework = begun(service, clamp=clamp)
    for one in records:
        casework.take(read(one))
    return casework


def entries(casework: Casework[Diary], adult: UUID = ADA) -> list[str]:
    """What the diary of an adult says."""
    diary = casework.cases.states.get(adult)
    return list(diary.entries) if diary else []


def header(fact: Fact, name: str) -> str:
    """A header of a fact as text."""
    return dict(fact.headers)[name].decode()


def later(**by: float) -> datetime:
    """An instant after noon."""
    return NOON + timedelta(**by)
