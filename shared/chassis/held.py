"""Held events: waiting for their case, or parked because something is wrong with them (delivery rule 9)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.casework import Casework, Held
from shared.chassis.cloudevents import open_envelope
from shared.chassis.database import Connection, columns
from shared.chassis.wire import Arrival, Unread, Wire

S = TypeVar("S", bound=msgspec.Struct)

_WAITING = "SELECT id, case_key, reason, recorded, record FROM held WHERE case_key = ANY($1::uuid[]) ORDER BY id"
_BLOCKING = "SELECT DISTINCT topic, record_key FROM held WHERE parked AND record_key IS NOT NULL"
# Locked, so that whoever discards one of them either waits for what parks behind it now, or was first.
_STILL_BLOCKING = """
SELECT topic, record_key FROM held
WHERE parked AND (topic, record_key) IN (SELECT * FROM unnest($1::text[], $2::bytea[])) ORDER BY id FOR SHARE
"""
_INSERT = """
INSERT INTO held
  (case_key, parked, claimed, reason, since, topic, partition, record_offset, record_key, recorded, record)
SELECT case_key, parked, claimed, reason, greatest($11, recorded),
       topic, partition, record_offset, record_key, recorded, record
FROM unnest($1::uuid[], $2::bool[], $3::bool[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::bytea[],
            $9::timestamptz[], $10::bytea[])
  AS new (case_key, parked, claimed, reason, topic, partition, record_offset, record_key, recorded, record)
"""
_MOVE = """
UPDATE held SET case_key = u.k, reason = u.r FROM unnest($1::bigint[], $2::uuid[], $3::text[]) u(i, k, r)
WHERE id = u.i
"""
_DELETE = "DELETE FROM held WHERE id = ANY($1::bigint[])"
_RETRIES = """
SELECT id, claimed, recorded, record FROM held
WHERE parked AND (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
  AND (retry OR (topic, record_key) IN (SELECT topic, record_key FROM held WHERE parked AND retry))
ORDER BY id FOR UPDATE
"""


class KeptRecord(NamedTuple):
    """A record as it was kept: all of Kafka's fields, so that it can be read again as it came."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(KeptRecord).decode


async def look(connection: Connection, work: Casework[S], wire: Wire, keys: Collection[UUID]) -> set[UUID]:
    """Read what waits for these cases into the work, under their lock; the further keys it is about."""
    further: set[UUID] = set()
    for held_id, case, reason, recorded, record in await connection.fetch(_WAITING, list(keys)):
        found = _read(wire, _unpack(record), recorded)
        if isinstance(found, Arrival):
            work.waiting.setdefault(case, []).append(Held(found, case, reason, held_id))
            further.update(found.keys)
    return further


async def blocked(connection: Connection) -> set[tuple[str, bytes]]:
    """The topics and keys of parked records: what comes behind them must queue."""
    return {(topic, key) for topic, key in await connection.fetch(_BLOCKING)}


async def still_blocked(connection: Connection, asked: Collection[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """Those of these topics and keys that still have a parked record, which stays parked until we have committed."""
    return {(topic, key) for topic, key in await connection.fetch(_STILL_BLOCKING, *columns(list(asked), 2))}


async def save(connection: Connection, work: Casework[S], now: Any) -> None:
    """Keep what waits or is parked from now on, and let go of what was decided.

    Nothing waits since before it was recorded: a driven clock that has just been started stands at the beginning of
    time, and moves on only after what was posted in a step.
    """
    new = work.unwritten
    if new:
        await connection.execute(_INSERT, *columns([_row(held, now) for held in new], 10), now)
    if work.moved:
        moved = [(held.id, held.case, held.reason) for held in work.moved]
        await connection.execute(_MOVE, *columns(moved, 3))
    if work.released:
        await connection.execute(_DELETE, work.released)


async def take_retries(
    connection: Connection, partitions: Collection[tuple[str, int]], wire: Wire
) -> list[tuple[Arrival | Unread, bool]]:
    """Take out, in order, the parked records that are to be tried again with all that queued behind them.

    Beside each, whether the inbox has it already.
    """
    rows = await connection.fetch(_RETRIES, *columns(list(partitions), 2))
    await connection.execute(_DELETE, [row["id"] for row in rows])
    found: list[tuple[Arrival | Unread, bool]] = []
    for _, claimed, recorded, record in rows:
        read = _read(wire, _unpack(record), recorded if claimed else None)
        if read is not None:
            found.append((read, claimed))
    return found


def _read(wire: Wire, kept: KeptRecord, recorded: datetime | None) -> Arrival | Unread | None:
    """Read a kept record as it came, recorded when it was first recorded."""
    found = wire.read(kept)
    if recorded is not None and isinstance(found, Arrival):
        return found._replace(meta=wire.stamp(kept, found.topic, open_envelope(kept), recorded))
    return found


def _row(held: Held, now: Any) -> tuple[Any, ...]:
    record = held.found.record
    kept = KeptRecord(
        record.topic, record.partition, record.offset, record.timestamp, record.timestamp_type, record.key,
        record.value, [(name, value) for name, value in record.headers],
    )  # fmt: skip
    recorded = held.found.meta.recorded if held.found.meta is not None else now
    return (
        held.case, held.case is None, isinstance(held.found, Arrival), held.reason, held.found.topic,
        record.partition, record.offset, record.key, recorded, _pack(kept),
    )  # fmt: skip
