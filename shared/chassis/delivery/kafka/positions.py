"""Positions: the next offset to read of each partition, kept with the effect and fencing whoever lost it (rule 3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.chassis.postgres.database import Connection, columns

Partition = tuple[str, int]
Records = Sequence["ConsumerRecord[bytes, bytes]"]

_READ = """
SELECT topic, partition, next_offset, fingerprint, last_offset FROM positions
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""
_BEGIN = """
INSERT INTO positions (topic, partition, next_offset) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT DO NOTHING
"""
_IS_AT = "SELECT next_offset FROM positions WHERE topic = $1 AND partition = $2"
_MOVE_ON = "UPDATE positions SET next_offset = $4 WHERE topic = $1 AND partition = $2 AND next_offset = $3"


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


async def pass_over(connection: Connection, partition: Partition, was: int, to: int) -> bool:
    """Move on where only markers and aborted records lie between; False where somebody else has moved meanwhile.

    Nothing was read, so nothing takes effect, and no journal tells of it. It bears being done twice.
    """
    await connection.execute(_MOVE_ON, *partition, was, to)
    return bool(await connection.fetchval(_IS_AT, *partition) == to)
