"""Posting in bulk: as other systems would, with `acks=all`, in batches: the sender is not what is measured."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from tests.bench.inputs import NOW, Record

_BATCH_BYTES = 256 * 1024
_IN_FLIGHT = 64


def now() -> bytes:
    """What the wall's clock says, which every sender has."""
    return datetime.now(UTC).isoformat().encode()  # noqa: TID251


@asynccontextmanager
async def sender(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer with the durability everybody gets here."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES, linger_ms=0
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def post(producer: AIOKafkaProducer, prefix: str, records: Iterable[Record]) -> None:
    """Post records, each key's in order, as of now, and wait until all are acknowledged."""
    instant = now()
    by_partition: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        by_partition[record.topic, record.partition].append(record)
    acknowledgements: list[asyncio.Future[object]] = []
    for (topic, partition), some in by_partition.items():
        batch = producer.create_batch()
        for record in some:
            value = record.value.replace(NOW, instant)
            while batch.append(timestamp=None, key=record.key, value=value, headers=record.headers) is None:
                acknowledgements.append(await producer.send_batch(batch, prefix + topic, partition=partition))
                batch = producer.create_batch()
        acknowledgements.append(await producer.send_batch(batch, prefix + topic, partition=partition))
        if len(acknowledgements) > _IN_FLIGHT:
            await asyncio.gather(*acknowledgements)
            acknowledgements.clear()
    await asyncio.gather(*acknowledgements)
