"""Records made by hand, for tests that apply batches in their own process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.chassis.held import KeptRecord
from shared.chassis.transaction import Transactions
from shared.contracts import CATALOGUE, DOORS
from tests.integration.delivery.harness import received

_CREATE_TIME, _LOG_APPEND_TIME = 0, 1


def record_of(
    event: Mapping[str, Any], *, prefix: str = "", offset: int = 0, partition: int = 0, **changes: Any
) -> KeptRecord:
    """A CloudEvent as the record it is on the wire."""
    declared = CATALOGUE[event["type"]]
    data = event["data"]
    key = f"{data['sender']}/{data['reference']}" if declared.key_field == "door_key" else data[declared.key_field]
    door = declared.topic in DOORS
    record = KeptRecord(
        prefix + declared.topic, partition, offset, 1_709_726_400_000 + offset,
        _LOG_APPEND_TIME if door else _CREATE_TIME,
        str(key).encode(), json.dumps(data).encode(),
        [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"],
    )  # fmt: skip
    return record._replace(**changes)


def concern_record(adult: UUID, name: str, **changes: Any) -> KeptRecord:
    """A concern about an adult, as intake publishes it."""
    return record_of(received(name, adult), **changes)


def found_in(instance: Transactions[Any], *records: KeptRecord) -> list[Any]:
    """What an instance finds in records, whatever its installation's prefix is."""
    prefix = instance.session._settings.topic_prefix
    return [instance.wire.read(record._replace(topic=prefix + record.topic)) for record in records]
