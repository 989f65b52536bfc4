"""Records made by hand, for tests that apply batches in their own process."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.chassis.delivery.applying.effects import Decided
from shared.chassis.delivery.applying.steps import Step
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.postgres.database import Connection
from shared.contracts import CATALOGUE, DOORS
from tests.integration.delivery.harness import received


class Meeting(Transactions[Any]):
    """Transactions that stop once they have decided, the first time, until they are let go on."""

    gate: Callable[[], Awaitable[object]] | None = None

    async def decided(self, connection: Connection, step: Step) -> Decided[Any]:
        decided = await super().decided(connection, step)
        if (gate := self.gate) is not None:
            self.gate = None
            await gate()
        return decided


def lose_one_reply(instance: Transactions[Any]) -> None:
    """The next call that applies a decision takes place, and its reply never comes."""
    connected = instance.session.connection
    left = [1]

    class Deaf:
        def __init__(self, connection: Connection) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        async def fetchrow(self, query: str, *arguments: Any) -> Any:
            row = await self._connection.fetchrow(query, *arguments)
            if left and "apply_effects" in query:
                left.pop()
                raise ConnectionResetError
            return row

    async def deaf() -> Any:
        return Deaf(await connected())

    instance.session.connection = deaf  # type: ignore[method-assign]


_CREATE_TIME, _LOG_APPEND_TIME = 0, 1


def record_of(
    event: Mapping[str, Any], *, prefix: str = "", offset: int = 0, partition: int = 0, **changes: Any
) -> KeptRecord:
    """A CloudEvent as the record it is on the wire, taken when it says it was sent."""
    declared = CATALOGUE[event["type"]]
    data = event["data"]
    key = f"{data['sender']}/{data['reference']}" if declared.key_field == "door_key" else data[declared.key_field]
    door = declared.topic in DOORS
    taken_ms = int(datetime.fromisoformat(event["time"]).timestamp() * 1000)
    record = KeptRecord(
        prefix + declared.topic, partition, offset, taken_ms + offset,
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
