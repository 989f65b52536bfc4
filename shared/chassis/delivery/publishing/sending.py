"""Publishing: a service's journal entries and facts to Kafka, acknowledged by every replica, in order for each key."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer

from shared.chassis.delivery.applying.outbox import Row
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.process.settings import Settings
from shared.contracts.topics import journal_of

_BATCH_BYTES = 256 * 1024
_LARGEST_BYTES = 2 * 1024 * 1024
_PATIENCE_S = 10.0


class Publisher:
    """An idempotent producer, made anew after any error."""

    def __init__(self, service: str, settings: Settings) -> None:
        """Connect only when there is something to publish."""
        self._service = service
        self._settings = settings
        self._journal = journal_of(service)
        self._producer: AIOKafkaProducer | None = None

    async def to_journal(self, rows: Sequence[Row]) -> tuple[int, int]:
        """Tell the journal; from where to where our entries lie, nought where there was none."""
        entries = [
            Fact(self._journal, b"", [("content-type", b"application/json")], row.entry)
            for row in rows
            if row.entry is not None
        ]
        return await self._send(await self._started(), self._journal, 0, entries) if entries else (0, 0)

    async def to_everybody(self, rows: Sequence[Row]) -> None:
        """Tell the facts, whose entries the journal has."""
        await self._publish_facts([fact for row in rows for fact in row.facts])

    async def _publish_facts(self, facts: Sequence[Fact]) -> None:
        """Send them, in order within each partition, and wait until Kafka has acknowledged every one."""
        producer = await self._started()
        partitions: dict[str, int] = {}
        by_partition: dict[tuple[str, int], list[Fact]] = {}
        for fact in facts:
            count = partitions.get(fact.topic)
            if count is None:
                count = len(await producer.partitions_for(self._settings.topic_prefix + fact.topic))
                partitions[fact.topic] = count
            by_partition.setdefault((fact.topic, crc32(fact.key) % count), []).append(fact)
        await asyncio.gather(*(self._send(producer, *where, some) for where, some in by_partition.items()))

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, facts: Sequence[Fact]
    ) -> tuple[int, int]:
        """Send to one partition; the first offset and the one after the last.

        A batch waits for the one before it, lest it arrive where that one did not.
        """
        name = self._settings.topic_prefix + topic
        first: int | None = None
        batch = producer.create_batch()
        for fact in facts:
            while batch.append(timestamp=None, key=fact.key, value=fact.value, headers=fact.headers) is None:
                batch.close()
                acknowledged = await (await producer.send_batch(batch, name, partition=partition))
                first = acknowledged.offset if first is None else first
                batch = producer.create_batch()
        batch.close()
        last: Any = await (await producer.send_batch(batch, name, partition=partition))
        return last.offset if first is None else first, last.offset + batch.record_count()

    async def discard(self) -> None:
        """After an error nothing is known of what it has in hand: the next one is new."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 2)

    async def close(self) -> None:
        """Let go of the producer."""
        if self._producer is not None:
            await self._producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=list(self._settings.kafka.bootstrap_servers),
                client_id=f"section42-{self._service}-relay",
                acks="all",
                enable_idempotence=True,
                max_batch_size=_BATCH_BYTES,
                max_request_size=_LARGEST_BYTES,
                linger_ms=0,
                request_timeout_ms=10_000,
                compression_type=None,
                **self._settings.kafka.security,
            )
            await producer.start()
            self._producer = producer
        return self._producer


async def say(service: str, settings: Settings, entry: bytes) -> int:
    """Tell the journal something by itself; the offset after it."""
    publisher = Publisher(service, settings)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return (await publisher.to_journal([Row(0, 0, entry, ())]))[1]
    finally:
        await publisher.discard()
