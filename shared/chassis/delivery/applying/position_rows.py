"""Positions in Postgres: the next offset of each partition, kept with the effect, fences whoever lost it (rule 3)."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.kafka.requests import NO_ID
from shared.chassis.postgres.database import Connection, columns

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
_READ_IDS = """
SELECT topic, partition, topic_id FROM positions
WHERE topic_id IS NOT NULL AND (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""
_WRITE_IDS = """
UPDATE positions SET topic_id = new.topic_id FROM unnest($1::text[], $2::int[], $3::uuid[])
  AS new (topic, partition, topic_id)
WHERE positions.topic = new.topic AND positions.partition = new.partition AND positions.topic_id IS NULL
"""


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


async def read_ids(connection: Connection, partitions: list[Partition]) -> dict[Partition, UUID]:
    """Kafka's ids of the topics that we have read, as far as they were written down."""
    rows = await connection.fetch(_READ_IDS, *columns(partitions, 2))
    return {(topic, number): UUID(bytes=topic_id.bytes) for topic, number, topic_id in rows}


async def write_ids(connection: Connection, ids: Mapping[Partition, UUID]) -> None:
    """Write down whose log we begin to read, where that has not been done."""
    rows = [(*partition, topic_id) for partition, topic_id in ids.items() if topic_id != NO_ID]
    await connection.execute(_WRITE_IDS, *columns(rows, 3))
