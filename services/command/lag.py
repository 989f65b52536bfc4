"""How far behind the log each service is: in records, and by the age of the oldest record it has not read."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from shared.chassis.clock import WallClock
from shared.contracts.doors import ClockTicked
from shared.contracts.topics import dead_letters_of

_PATIENCE_S = 2.0
_POLL_MS = 50


@dataclass
class Lag:
    """What one service has not read, and the dead letters of the topics it reads."""

    records: int = 0
    seconds: float | None = None
    dead_letters: int = 0
    by_topic: dict[str, int] = field(default_factory=dict)


async def partitions_of(reader: Any, topics: Collection[str]) -> list[TopicPartition]:
    """The partitions of those of the topics that exist, whose ends can be asked for from now on.

    Nothing is assigned for it: aiokafka's consumer never stops if that comes right after its assignment changed.
    """
    await reader._client.set_topics(topics)  # noqa: SLF001  the public way is to assign
    return [TopicPartition(topic, n) for topic in topics for n in sorted(reader.partitions_for_topic(topic) or ())]


async def lags(
    reader: Any,
    topics: Mapping[str, Sequence[str]],
    positions: Mapping[str, Mapping[tuple[str, int], int]],
    now: datetime,
) -> dict[str, Lag]:
    """The lag of each service, from the topics it reads and the positions it has written down."""
    read = sorted({topic for names in topics.values() for topic in names})
    partitions = await partitions_of(reader, [*read, *map(dead_letters_of, read)])
    begins = await reader.beginning_offsets(partitions)
    ends = await reader.end_offsets(partitions)
    found = {service: Lag() for service in topics}
    unread: dict[str, list[tuple[TopicPartition, int]]] = {service: [] for service in topics}
    for service, names in topics.items():
        lag = found[service]
        dead = {dead_letters_of(name) for name in names}
        for partition in partitions:
            if partition.topic in dead:
                lag.dead_letters += ends[partition]
            elif partition.topic in names:
                position = positions[service].get((partition.topic, partition.partition), begins[partition])
                behind = max(0, ends[partition] - max(position, begins[partition]))
                lag.records += behind
                lag.by_topic[partition.topic] = lag.by_topic.get(partition.topic, 0) + behind
                if behind:
                    unread[service].append((partition, max(position, begins[partition])))
    for service, places in unread.items():
        stamps = await _timestamps(reader, places)
        found[service].seconds = max(0.0, now.timestamp() - min(stamps) / 1000) if stamps else None
    return found


async def driven_now(reader: Any, prefix: str) -> datetime | None:
    """The instant a driven clock was last moved to, or None where it never was."""
    partitions = await partitions_of(reader, [prefix + ClockTicked.topic])
    ends = await reader.end_offsets(partitions)
    last = [(partition, end - 1) for partition, end in ends.items() if end]
    ticks = [ClockTicked.model_validate_json(record.value) for record in await _records(reader, last)]
    return max((tick.now for tick in ticks), default=None)


async def present() -> datetime:
    """What time it is for the services of this installation: their driven clock's, where it is driven."""
    from services.command.servers import consumer, kafka_settings, topic_prefix

    driven = None
    if os.environ.get("SECTION42_CLOCK") == "driven":
        async with consumer(kafka_settings()) as reader:
            driven = await driven_now(reader, topic_prefix())
    return driven or WallClock().now()


async def _timestamps(reader: Any, places: Sequence[tuple[TopicPartition, int]]) -> list[int]:
    """When the records at these offsets were written, in milliseconds."""
    return [record.timestamp for record in await _records(reader, places)]


async def _records(reader: Any, places: Sequence[tuple[TopicPartition, int]]) -> list[Any]:
    """The first record from each place on, of those that come in time."""
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
