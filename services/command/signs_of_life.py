"""How long ago each service last showed that it lives: every few seconds it writes to a topic that nobody reads."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from services import SERVICES
from services.command.lag import bounds_of, partitions_of
from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader, NotKnownError
from shared.contracts.topics import heartbeat_of


async def heard(reader: Any, prefix: str, now: datetime) -> dict[str, float | None]:
    """Of each service, the seconds since its last sign of life; None where Kafka has kept none.

    The broker dates them, so that no service's own clock is believed.
    """
    topics = {prefix + heartbeat_of(service): service for service in SERVICES}
    bounds = await bounds_of(reader, await partitions_of(reader, list(topics)))
    asking = LogReader.of(reader)
    stamps = await asyncio.gather(*(_last(asking, partition, there) for partition, there in bounds.items()))
    last: dict[str, int] = {}
    for partition, stamp in zip(bounds, stamps, strict=True):
        if stamp is not None:
            service = topics[partition.topic]
            last[service] = max(stamp, last.get(service, stamp))
    return {
        service: max(0.0, now.timestamp() - last[service] / 1000) if service in last else None for service in SERVICES
    }


async def _last(asking: LogReader, partition: TopicPartition, there: Bounds) -> int | None:
    """When the last record of a partition was written, in milliseconds; it has no transactions."""
    if there.ends == there.starts:
        return None
    try:
        record = (await asking.first_after((partition.topic, partition.partition), there.ends - 1)).record
    except NotKnownError:
        return None
    return None if record is None else int(record.timestamp)
