"""Does Kafka's log still fit our position? Its id, its bounds and the record before the position (delivery rule 3)."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader, NotKnownError
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.kafka.requests import NO_ID
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.postgres.database import Connection, columns

ANOTHER_TOPIC = "Kafka has another id for the topic than when we read it: the topic was made anew"
BEGINS_AFTER = "the log begins after our position: records were deleted before we read them"
ENDS_BEFORE = "the log ends before our position: the topic was made anew, or the broker lost records"
ANOTHER_RECORD = "the record before our position is not the one we read: the topic was made anew"

_READ_IDS = """
SELECT topic, partition, topic_id FROM positions
WHERE topic_id IS NOT NULL AND (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""
_WRITE_IDS = """
UPDATE positions SET topic_id = new.topic_id FROM unnest($1::text[], $2::int[], $3::uuid[])
  AS new (topic, partition, topic_id)
WHERE positions.topic = new.topic AND positions.partition = new.partition AND positions.topic_id IS NULL
"""


class Misfit(NamedTuple):
    """A partition whose log does not continue where we stopped, in the words of an operator."""

    partition: Partition
    position: int
    log_starts: int
    log_ends: int
    reason: str


async def read_ids(connection: Connection, partitions: list[Partition]) -> dict[Partition, UUID]:
    """Kafka's ids of the topics that we have read, as far as they were written down."""
    rows = await connection.fetch(_READ_IDS, *columns(partitions, 2))
    return {(topic, number): UUID(bytes=topic_id.bytes) for topic, number, topic_id in rows}


async def write_ids(connection: Connection, ids: Mapping[Partition, UUID]) -> None:
    """Write down whose log we begin to read, where that has not been done."""
    rows = [(*partition, topic_id) for partition, topic_id in ids.items() if topic_id != NO_ID]
    await connection.execute(_WRITE_IDS, *columns(rows, 3))


def outgrown(was: int, now: int, bounds: Bounds, read_as: UUID | None, is_now: UUID) -> str:
    """Why a log cannot be the one we have read, by what costs nothing to look at; empty where it can.

    We were at `was` when Kafka was asked, and are at `now`: what we had read by then may be gone already.
    """
    if read_as not in {None, is_now} and NO_ID not in {read_as, is_now}:
        return ANOTHER_TOPIC
    if bounds.starts > now:
        return BEGINS_AFTER
    if bounds.ends < was:
        return ENDS_BEFORE
    return ""


async def misfits(
    log: LogReader,
    known: Mapping[Partition, Position],
    bounds: Mapping[Partition, Bounds],
    read_as: Mapping[Partition, UUID],
    is_now: Mapping[Partition, UUID],
) -> dict[Partition, Misfit | None]:
    """Of each partition that can be looked at just now, why its log does not fit; None where it does.

    Whatever Kafka has not said in time is left out: a broker that is slow is no topic made anew.
    """

    async def look(partition: Partition, position: Position) -> tuple[Partition, Misfit | None] | None:
        there = bounds[partition]
        at = position.next_offset
        reason = outgrown(at, at, there, read_as.get(partition), is_now[partition])
        if not reason and position.last_offset is not None and there.starts <= position.last_offset:
            try:
                record = (await log.first_after(partition, position.last_offset)).record
            except NotKnownError:
                return None
            if record is None or record.offset != position.last_offset or fingerprint(record) != position.fingerprint:
                reason = ANOTHER_RECORD
        misfit = Misfit(partition, at, there.starts, there.ends, reason) if reason else None
        return partition, misfit

    lookable = [(p, position) for p, position in known.items() if p in bounds and p in is_now]
    looked = await asyncio.gather(*(look(p, position) for p, position in lookable))
    return dict(one for one in looked if one is not None)
