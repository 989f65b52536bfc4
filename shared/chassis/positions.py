"""Positions: the next offset to read of each partition, kept with the effect and fencing whoever lost it (rule 3)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.chassis.database import Connection, columns, rows_of
from shared.chassis.errors import Fenced

Partition = tuple[str, int]

_READ = """
SELECT topic, partition, next_offset, fingerprint FROM positions
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""
_BEGIN = """
INSERT INTO positions (topic, partition, next_offset) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT DO NOTHING
"""
_MOVE = """
UPDATE positions SET next_offset = new.next_offset, fingerprint = new.fingerprint
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[])
  AS new (topic, partition, was, next_offset, fingerprint)
WHERE positions.topic = new.topic AND positions.partition = new.partition AND positions.next_offset = new.was
"""


class Position(NamedTuple):
    """Where we are in a partition; `fingerprint` is of the record just before, None when there was none yet."""

    next_offset: int
    fingerprint: bytes | None


async def read(connection: Connection, partitions: Iterable[Partition]) -> dict[Partition, Position]:
    """The positions that have been written down."""
    topics, numbers = columns(list(partitions), 2)
    return {(t, p): Position(o, f) for t, p, o, f in await connection.fetch(_READ, topics, numbers)}


async def begin(connection: Connection, starts: Mapping[Partition, int]) -> None:
    """Write down where partitions that are new to us begin."""
    rows = [(topic, number, offset) for (topic, number), offset in starts.items()]
    await connection.execute(_BEGIN, *columns(rows, 3))


async def move(connection: Connection, was: Mapping[Partition, int], to: Mapping[Partition, Position]) -> None:
    """Compare and set: move on from where we read, or raise Fenced, because somebody else has."""
    rows = sorted((t, p, was[t, p], position.next_offset, position.fingerprint) for (t, p), position in to.items())
    if rows_of(await connection.execute(_MOVE, *columns(rows, 5))) != len(rows):
        raise Fenced
