"""Does Kafka's log still fit our position? Its id, its bounds and the record before the position (delivery rule 3)."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from aiokafka.errors import IncompatibleBrokerVersion

from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader, NotKnownError
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.kafka.requests import NO_ID, TopicIdsRequest
from shared.chassis.delivery.records.cloudevents import fingerprint

ANOTHER_TOPIC = "Kafka has another id for the topic than when we read it: the topic was made anew"
BEGINS_AFTER = "the log begins after our position: records were deleted before we read them"
ENDS_BEFORE = "the log ends before our position: the topic was made anew, or the broker lost records"
ANOTHER_RECORD = "the record before our position is not the one we read: the topic was made anew"


class Misfit(NamedTuple):
    """A partition whose log does not continue where we stopped, in the words of an operator."""

    partition: Partition
    position: int
    log_starts: int
    log_ends: int
    reason: str


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


async def id_of(reader: LogReader, topic: str) -> UUID | None:
    """Kafka's own name for a topic, by the first broker that says so in time; nothing where none does, or has none."""
    leader = reader.leader((topic, 0))
    for node in reader.brokers() if leader is None else [leader, *reader.brokers()]:
        try:
            answer = await reader.ask(node, TopicIdsRequest([topic]))
        except (NotKnownError, IncompatibleBrokerVersion):
            continue
        for error, _, topic_id, *_ in answer.topics:
            if not error and topic_id != NO_ID:
                return UUID(bytes=topic_id.bytes)
    return None


def another(was: UUID | None, is_now: UUID | None) -> bool:
    """Whether that is certainly not the topic it was; what nobody has said means nothing."""
    return None not in {was, is_now} and was != is_now
