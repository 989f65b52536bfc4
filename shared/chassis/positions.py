"""Positions: the next offset to read of each partition, kept with the effect and fencing whoever lost it (rule 3)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.chassis.database import Connection, columns

Partition = tuple[str, int]

_READ = """
SELECT topic, partition, next_offset, fingerprint, last_offset FROM positions
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""
_BEGIN = """
INSERT INTO positions (topic, partition, next_offset) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT DO NOTHING
"""


class Position(NamedTuple):
    """Where we are in a partition.

    `fingerprint` is of the record we read last, and `last_offset` its place; both None where there was none yet.
    Between it and the next offset there may be a sender's marker, which is no record.
    """

    next_offset: int
    fingerprint: bytes | None
    last_offset: int | None = None


async def read(connection: Connection, partitions: Iterable[Partition]) -> dict[Partition, Position]:
    """The positions that have been written down."""
    topics, numbers = columns(list(partitions), 2)
    return {(t, p): Position(*rest) for t, p, *rest in await connection.fetch(_READ, topics, numbers)}


async def begin(connection: Connection, starts: Mapping[Partition, int]) -> None:
    """Write down where partitions that are new to us begin."""
    rows = [(topic, number, offset) for (topic, number), offset in starts.items()]
    await connection.execute(_BEGIN, *columns(rows, 3))
