"""The relay: publishes a service's facts in order, from the outbox, whoever wrote them (delivery rule 12).

One holder at a time: every instance's relay, woken by its own commits, queues for an advisory lock inside the
transaction that fetches and deletes, so that whoever comes next finds what is left, and a holder that is paused is
freed by the database. A slow poll is the net. On any error the producer is thrown away and made anew.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from zlib import crc32

import structlog
from aiokafka import AIOKafkaProducer

from shared.chassis import outbox
from shared.chassis.database import RETRYABLE, Connection, connect
from shared.chassis.failpoints import reach
from shared.chassis.outbox import Row
from shared.chassis.settings import Settings
from shared.chassis.wire import Fact

log = structlog.get_logger()
_LOCK = "SELECT pg_advisory_xact_lock(42, hashtext(current_schema()))"
_PATIENCE = "SET lock_timeout = '60s'"
_ROWS = 50
_POLL_S = 0.2
_BATCH_BYTES = 256 * 1024
_LARGEST_BYTES = 2 * 1024 * 1024


class Relay:
    """Drains one service's outbox."""

    def __init__(self, service: str, settings: Settings, on_published: Callable[[Counter[str]], None]) -> None:
        """Connect only once it runs."""
        self._service = service
        self._settings = settings
        self._on_published = on_published
        self._woken = asyncio.Event()
        self._stopping = False
        self._connection: Connection | None = None
        self._producer: AIOKafkaProducer | None = None
        self.errors = 0

    def wake(self) -> None:
        """There is something in the outbox."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until told to stop, and then once more: what was committed before the stop goes out."""
        while True:
            last = self._stopping
            try:
                drained = await self._drain()
            except RETRYABLE as error:
                await self._start_again(error)
                drained = False
            except Exception as error:  # noqa: BLE001  any producer error: a new producer, the same rows (rule 12)
                self.errors += 1
                await self._start_again(error)
                drained = False
            if last and drained:
                break
            if not self._stopping:
                await self._sleep()
        await self._close()

    async def stop(self) -> None:
        """Finish with a fetch that begins after the last commit."""
        self._stopping = True
        self.wake()

    async def _drain(self) -> bool:
        """Publish what there is; True when nothing is left."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self._service, "relay")
            await self._connection.execute(_PATIENCE)
        connection = self._connection
        while True:
            self._woken.clear()
            async with connection.transaction():
                await connection.execute(_LOCK)
                rows = await outbox.fetch(connection, _ROWS)
                if not rows:
                    return True
                reach("relay-fetched")
                await self._publish_awake(connection, rows)
                reach("relay-sent")
                await outbox.delete(connection, rows)
                reach("relay-deleted")
            self._on_published(Counter(fact.topic for row in rows for fact in row.facts))
            if len(rows) < _ROWS and not self._woken.is_set():
                return True  # that was all there was, and whoever has committed since has woken us

    async def _publish_awake(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Publish, and tell the database meanwhile that we are awake: whoever is silent for long loses the lock."""
        publishing = asyncio.create_task(self._publish(rows))
        try:
            while not (await asyncio.wait({publishing}, timeout=self._settings.idle_in_transaction_ms / 3000))[0]:
                await connection.execute("SELECT 1")
            await publishing
        finally:
            publishing.cancel()

    async def _publish(self, rows: Sequence[Row]) -> None:
        """Send the facts, in order within each partition, and wait until Kafka has acknowledged every one."""
        producer = await self._started_producer()
        partitions: dict[str, int] = {}
        builders: dict[tuple[str, int], list[Fact]] = {}
        for row in rows:
            for fact in row.facts:
                count = partitions.get(fact.topic)
                if count is None:
                    count = len(await producer.partitions_for(self._settings.topic_prefix + fact.topic))
                    partitions[fact.topic] = count
                builders.setdefault((fact.topic, crc32(fact.key) % count), []).append(fact)
        prefix = self._settings.topic_prefix
        await asyncio.gather(
            *(self._send(producer, prefix + topic, partition, facts) for (topic, partition), facts in builders.items())
        )

    async def _send(self, producer: AIOKafkaProducer, topic: str, partition: int, facts: Sequence[Fact]) -> None:
        """Send to one partition. A batch waits for the one before it, lest it arrive where that one did not."""
        batch = producer.create_batch()
        for fact in facts:
            while batch.append(timestamp=None, key=fact.key, value=fact.value, headers=fact.headers) is None:
                batch.close()
                await (await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
        batch.close()
        await (await producer.send_batch(batch, topic, partition=partition))

    async def _started_producer(self) -> AIOKafkaProducer:
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

    async def _start_again(self, error: BaseException) -> None:
        log.warning("relay_restarted", service=self._service, error=type(error).__name__)
        producer, self._producer = self._producer, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        if producer is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 2)
        await asyncio.sleep(0.1)

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), _POLL_S)
        self._woken.clear()

    async def _close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
        if self._connection is not None:
            await self._connection.close(timeout=2)
