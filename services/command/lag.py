"""How far behind the log each service is: in records, and by the age of the oldest record it has not read.

Offsets also count the markers of senders' transactions and what those took back: nought is nought, any other number
is what there is at most.
"""

import asyncio
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from services.command.problems import CommandError
from shared.chassis.delivery.kafka.inside import client_of
from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader, NotKnownError
from shared.chassis.delivery.kafka.open_transactions import LONG_S, Holder, holders
from shared.chassis.process.clock import WallClock
from shared.contracts.doors import ClockTicked
from shared.contracts.topics import dead_letters_of

_PATIENCE_S = 2.0
_ANSWER_S = 10.0
_POLL_MS = 50
_LOOKED_AT = 2000


@dataclass
class Lag:
    """What one service has not read, at most."""

    records: int = 0
    seconds: float | None = None
    by_topic: dict[str, int] = field(default_factory=dict)


async def partitions_of(reader: Any, topics: Collection[str]) -> list[TopicPartition]:
    """The partitions of those of the topics that exist, whose ends can be asked for from now on.

    Nothing is assigned for it: aiokafka's consumer never stops if that comes right after its assignment changed.
    """
    await client_of(reader).set_topics(topics)  # the public way is to assign
    return [TopicPartition(topic, n) for topic in topics for n in sorted(reader.partitions_for_topic(topic) or ())]


async def bounds_of(reader: Any, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Bounds]:
    """Where each begins and ends, and up to where no transaction is open. Says so where Kafka does not."""
    asking, found = LogReader.of(reader), dict[TopicPartition, Bounds]()
    end = time.monotonic() + _ANSWER_S
    while True:
        missing = [(one.topic, one.partition) for one in partitions if one not in found]
        if not missing:
            return found
        found |= {TopicPartition(*one): bounds for one, bounds in (await asking.bounds(missing)).items()}
        if time.monotonic() > end:
            names = ", ".join(sorted({one.topic for one in partitions if one not in found}))
            raise CommandError(f"Kafka does not say where the partitions of {names} begin and end: is every broker up?")
        if len(found) < len(partitions):
            await asyncio.sleep(_POLL_MS / 1000)


async def open_transactions(
    reader: Any, bounds: Mapping[TopicPartition, Bounds], now: datetime, at_least_s: float = LONG_S
) -> list[Holder]:
    """The senders' transactions that have been open for long in these partitions, each as often as it holds one up."""
    asking = LogReader.of(reader)
    found = [
        holder
        for one, there in bounds.items()
        if there.stable < there.ends
        for holder in await holders(asking, (one.topic, one.partition))
    ]
    return [each for each in found if each.since is None or (now - each.since).total_seconds() >= at_least_s]


async def lags(
    reader: Any,
    bounds: Mapping[TopicPartition, Bounds],
    topics: Mapping[str, Sequence[str]],
    positions: Mapping[str, Mapping[tuple[str, int], int]],
    now: datetime,
) -> dict[str, Lag]:
    """The lag of each service, from the bounds of the topics it reads and the positions it has written down."""
    found = {service: Lag() for service in topics}
    unread: dict[str, list[tuple[TopicPartition, int]]] = {service: [] for service in topics}
    for service, names in topics.items():
        lag = found[service]
        for partition, (begins, ends, stable) in bounds.items():
            if partition.topic in names:
                position = max(positions[service].get((partition.topic, partition.partition), begins), begins)
                if position > ends:
                    position = begins  # of a log that is not the one it read, it has read nothing
                behind = max(0, ends - position)
                lag.records += behind
                lag.by_topic[partition.topic] = lag.by_topic.get(partition.topic, 0) + behind
                if position < stable:
                    unread[service].append((partition, position))
    for service, places in unread.items():
        stamps = await _timestamps(reader, places)
        found[service].seconds = max(0.0, now.timestamp() - min(stamps) / 1000) if stamps else None
    return found


async def dead_letters(reader: Any, topics: Collection[str], bounds: Mapping[TopicPartition, Bounds]) -> int:
    """How many records of these topics were set aside, each counted once: a restore tells of one again.

    At most so many, where there are too many to look at each, or Kafka does not hand them out just now.
    """
    dead = {dead_letters_of(name) for name in topics}
    there = {one: bounds[one] for one in bounds if one.topic in dead}
    at_most = sum(ends - begins for begins, ends, _ in there.values())
    if not 0 < at_most <= _LOOKED_AT:
        return at_most
    asking, found = LogReader.of(reader), set[Any]()
    try:
        for one, (begins, ends, _) in there.items():
            async for record in asking.records((one.topic, one.partition), begins, ends):
                found.add(dict(record.headers).get("dead_letter_id", (one, record.offset)))
    except NotKnownError:
        return at_most
    return len(found)


async def driven_now(reader: Any, prefix: str) -> datetime | None:
    """The instant a driven clock was last moved to, or None where it never was."""
    partitions = await partitions_of(reader, [prefix + ClockTicked.topic])
    bounds = await bounds_of(reader, partitions)
    last = [(partition, there.stable - 1) for partition, there in bounds.items() if there.stable > there.starts]
    ticks = [ClockTicked.model_validate_json(record.value) for record in await _records(reader, last)]
    return max((tick.now for tick in ticks), default=None)


async def driven_present() -> datetime | None:
    """What time it is for services whose clock is driven; None where it is the wall's, or has never moved."""
    from services.command.servers import consumer, kafka_settings, topic_prefix
    from shared.chassis.process.settings import CLOCK

    if CLOCK.read(os.environ) != "driven":
        return None
    async with consumer(kafka_settings()) as reader:
        return await driven_now(reader, topic_prefix())


async def present() -> datetime:
    """What time it is for the services of this installation: their driven clock's, where it is driven."""
    return await driven_present() or WallClock().now()


async def _timestamps(reader: Any, places: Sequence[tuple[TopicPartition, int]]) -> list[int]:
    """When the first records from these offsets on were written, in milliseconds."""
    return [record.timestamp for record in await _records(reader, places)]


async def _records(reader: Any, places: Sequence[tuple[TopicPartition, int]]) -> list[Any]:
    """The first record from each place on, of those that come in time; before a marker there is none to come."""
    found: dict[TopicPartition, Any] = {}
    if not places:
        return []
    reader.assign([partition for partition, _ in places])
    for partition, offset in places:
        reader.seek(partition, offset)
    for _ in range(int(_PATIENCE_S * 1000 / _POLL_MS)):
        missing = [partition for partition, _ in places if partition not in found]
        if not missing:
            break
        for partition, records in (await reader.getmany(*missing, timeout_ms=_POLL_MS)).items():
            found[partition] = records[0]
    return list(found.values())
