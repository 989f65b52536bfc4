"""Whether the logs there are now are those that a service has read, and who holds them up, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from services.command.giving_up import NOT_THERE
from services.command.terminal import age
from shared.chassis.delivery.kafka.log_check import outgrown
from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader
from shared.chassis.delivery.kafka.open_transactions import Holder

Partition = tuple[str, int]


async def ids_read(connection: Any, service: str, prefix: str) -> dict[Partition, UUID]:
    """Kafka's ids of the topics that a service reads, as it has written them down, by the topic's full name."""
    rows = await connection.fetch(
        f"SELECT topic, partition, topic_id FROM {service}.positions WHERE topic_id IS NOT NULL"
    )
    return {(prefix + topic.removeprefix(prefix), number): UUID(bytes=each.bytes) for topic, number, each in rows}


async def misfit_lines(
    reader: Any,
    service: str,
    prefix: str,
    positions: Mapping[Partition, int],
    read_as: Mapping[Partition, UUID],
    bounds: Mapping[TopicPartition, Bounds],
) -> list[str]:
    """Each topic whose log does not go on where the service is, and why, by its id and its bounds."""
    asking = LogReader.of(reader)
    is_now = await asking.ids(positions.keys())
    found: dict[tuple[str, str], list[int]] = {}
    for partition, position in positions.items():
        there = bounds.get(TopicPartition(*partition))
        if there is None:
            reason = NOT_THERE
        elif partition not in is_now:
            continue
        else:
            reason = outgrown(position, position, there, read_as.get(partition), is_now[partition])
        if reason:
            found.setdefault((partition[0].removeprefix(prefix), reason), []).append(partition[1])
    return [
        f"{service} does not read {topic} {_numbers(numbers)}: {reason}: section42 positions {service}"
        for (topic, reason), numbers in sorted(found.items())
    ]


def missing_lines(
    service: str,
    prefix: str,
    topics: Collection[str],
    positions: Collection[Partition],
    bounds: Collection[TopicPartition],
) -> list[str]:
    """Each topic that a service reads and Kafka has not, of those that nobody has read yet."""
    there = {one.topic for one in bounds} | {topic for topic, _ in positions}
    return [
        f"{service} does not read {topic.removeprefix(prefix)}: it is not in Kafka: section42 topics"
        for topic in sorted(topics)
        if topic not in there
    ]


async def clock_stop_lines(connection: Any, service: str) -> list[str]:
    """Each partition that stands still because the broker's clock was wrong there."""
    rows = await connection.fetch(
        f"SELECT topic, partition, from_offset FROM {service}.clock_stops ORDER BY topic, partition"
    )
    return [
        f"{service} does not read {topic} {number} from {offset} on: the broker's clock was wrong:"
        f" section42 clocks {service}"
        for topic, number, offset in rows
    ]


def told(holding: Collection[Holder], prefix: str, now: datetime) -> list[str]:
    """Each transaction that is open, by its sender's name for it, and where it holds everybody up."""
    by_name: dict[str, list[Holder]] = {}
    for each in holding:
        by_name.setdefault(each.name, []).append(each)
    lines = []
    for name, held in sorted(by_name.items()):
        where = ", ".join(f"{each.partition[0].removeprefix(prefix)} {each.partition[1]}" for each in held)
        since = min((each.since for each in held if each.since is not None), default=None)
        open_for = "" if since is None else f" for {age((now - since).total_seconds())}"
        lines.append(f"the transaction of {name} has been open{open_for}; nobody can read on behind it in {where}")
    return lines


def _numbers(partitions: list[int]) -> str:
    return ", ".join(map(str, sorted(partitions)))
