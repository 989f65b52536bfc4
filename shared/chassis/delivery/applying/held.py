"""Held events: waiting for their case, or parked because something is wrong with them (delivery rule 9)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from shared.chassis.delivery.deciding.budget import TooMuchError, within
from shared.chassis.delivery.deciding.holding import Held
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Unread, Wire
from shared.chassis.postgres.database import Connection, columns

_RETRIES = """
WITH wanted AS (
  SELECT topic, record_key, min(id) AS first, count(*) AS rows FROM held
  WHERE parked AND (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
  GROUP BY topic, record_key HAVING bool_or(retry)
), chosen AS (
  SELECT topic, record_key FROM (
    SELECT topic, record_key, sum(rows) OVER (ORDER BY first) - rows AS before FROM wanted
  ) AS counted WHERE before < $3
)
SELECT id, claimed, recorded, record FROM held JOIN chosen
  ON held.topic = chosen.topic AND held.record_key IS NOT DISTINCT FROM chosen.record_key
WHERE parked AND (held.topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[])) ORDER BY id
"""
_RETRIES_MAX = 1000
_LEAVE = """
UPDATE held SET retry = false FROM held AS left_alone
WHERE left_alone.id = $1 AND held.parked AND held.topic = left_alone.topic
  AND held.record_key IS NOT DISTINCT FROM left_alone.record_key
"""
_AT = """
SELECT id, claimed, recorded, record FROM held
JOIN unnest($1::text[], $2::int[], $3::bigint[]) WITH ORDINALITY AS wanted (topic, partition, record_offset, place)
  USING (topic, partition, record_offset)
WHERE parked ORDER BY place
"""

Place = tuple[str, int, int]
"""Where a record lies: its topic, without the prefix, its partition and its offset."""

_pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(KeptRecord).decode


class Parked(NamedTuple):
    """A parked record that is to be tried again, and whether the inbox has it already."""

    id: int
    found: Arrival | Unread
    claimed: bool

    @property
    def place(self) -> Place:
        """Where its record lies."""
        return self.found.topic, self.found.record.partition, self.found.record.offset


async def to_retry(
    connection: Connection, partitions: Collection[tuple[str, int]], wire: Wire, seconds: float | None = None
) -> list[Parked]:
    """The parked records that somebody wants tried again, with all that queued behind them, in order.

    Whole keys, the oldest first, until they are many, or have taken so long to read: the rest has its turn next. One
    that takes too long by itself stays where it is.
    """
    rows = await connection.fetch(_RETRIES, *columns(list(partitions), 2), _RETRIES_MAX)
    found: list[Parked] = []
    try:
        with within(seconds) as meter:
            for row in rows:
                found += _parked(wire, [row])
                meter.record()
    except TooMuchError:
        if not found:
            await leave(connection, rows[0][0])
    return found


async def leave(connection: Connection, held_id: int) -> None:
    """Ask no longer for this parked record, and what queues behind it, to be tried again."""
    await connection.execute(_LEAVE, held_id)


async def parked_at(connection: Connection, places: Collection[Place], wire: Wire) -> list[Parked]:
    """The parked records of these places, in their order."""
    return _parked(wire, await connection.fetch(_AT, *columns(list(places), 3)))


def _parked(wire: Wire, rows: Iterable[Any]) -> list[Parked]:
    found = []
    for held_id, claimed, recorded, record in rows:
        read = read_kept(wire, record, recorded if claimed else None)
        if read is not None:
            found.append(Parked(held_id, read, claimed))
    return found


def read_kept(wire: Wire, packed: bytes, recorded: datetime | None) -> Arrival | Unread | None:
    """Read a kept record as it came, recorded when it was first recorded."""
    return wire.read(unpack(packed), recorded)


def new_rows(unwritten: Iterable[Held], now: datetime) -> list[tuple[Any, ...]]:
    """What waits or is parked from now on, as rows, in the order in which it came."""
    return [_row(held, now) for held in unwritten]


def _row(held: Held, now: datetime) -> tuple[Any, ...]:
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
