"""The consumer: a FastStream batch subscriber whose offsets are ours.

FastStream wires and supervises; what is read, in which order and from where is decided here. A batch runs under a
lock that a rebalance has to wait for; on assignment we seek to the positions in Postgres; what belongs to a
partition we no longer own is dropped before it does anything.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.chassis import breaker
from shared.chassis.blame import blame
from shared.chassis.clock_watch import ClockWatch
from shared.chassis.cloudevents import fingerprint
from shared.chassis.errors import Fenced
from shared.chassis.failpoints import reach
from shared.chassis.log_ends import LogEnds
from shared.chassis.log_reader import NotKnownError
from shared.chassis.metrics import Metrics
from shared.chassis.ownership import Ownership, Records
from shared.chassis.polling import Reached, improve
from shared.chassis.positions import Partition, Position
from shared.chassis.settings import Settings
from shared.chassis.steps import Batch, runs_of
from shared.chassis.transaction import Transactions
from shared.chassis.wire import Unread

log = structlog.get_logger()
_AFTER_FAILURE_S = 0.5
_UNTIL_KAFKA_ANSWERS_S = 0.2
_RETRY_ALL = "UPDATE held SET retry = true WHERE parked"
_RETRY_WANTED = "SELECT EXISTS (SELECT 1 FROM held WHERE parked AND retry)"


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads one service's topics and hands batches to its transactions."""

    def __init__(self, settings: Settings, transactions: Transactions[Any], metrics: Metrics) -> None:
        """Own no partition yet."""
        self._settings = settings
        self._transactions = transactions
        self._metrics = metrics
        self._service = transactions.service
        self._consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._unmirrored: dict[TopicPartition, int] = {}
        self._reached: dict[Partition, Reached] = {}
        self._last_probe = 0.0
        self.owned = Ownership(settings, transactions, self.client)
        self.ends = LogEnds(self._service, settings)
        self.clocks = ClockWatch(settings, self.ends, transactions, metrics, self.client, self.owned)
        self.breaker = breaker.Breaker()
        self.assigned_once = False

    def client(self) -> AIOKafkaConsumer | None:
        """The Kafka client, once FastStream has made it."""
        return self._consumer()

    def subscribe(self, broker: KafkaBroker) -> None:
        """Declare the subscriber: every option that decides what is lost or kept is said here."""
        names = [self._settings.topic_prefix + topic for topic in self._service.topics]
        session_ms = self._settings.session_timeout_ms
        subscriber = broker.subscriber(
            *names,
            batch=True,
            max_records=self._settings.batch_max_records,
            batch_timeout_ms=self._settings.batch_timeout_ms,
            group_id=f"{self._settings.topic_prefix}{self._service.name}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=max(session_ms // 6, 100),
            rebalance_timeout_ms=30_000,
            max_poll_interval_ms=600_000,
            fetch_max_bytes=8 * 1024 * 1024,
            max_partition_fetch_bytes=1024 * 1024,
            isolation_level="read_committed",
            listener=self,
            parser=_untouched,
            decoder=_records,
        )
        subscriber(self.on_batch)
        self._consumer = lambda: subscriber.consumer

    async def on_batch(self, records: Records) -> None:
        """Apply what was read, as far as it is still ours to apply."""
        async with self._transactions.lock:
            if self.breaker.tripped_at is not None:
                self.owned.stand_still()
                return
            if not await self.owned.still_ours({(r.topic, r.partition) for r in records}):
                self.owned.read_again({(r.topic, r.partition) for r in records})
                await asyncio.sleep(_UNTIL_KAFKA_ANSWERS_S)
                return
            odd = await self.owned.where_it_does_not_continue(records)
            at = self.owned.positions
            ours = [r for r in records if (p := (r.topic, r.partition)) in at and p not in odd]
            if not ours:
                return
            try:
                if ours := await self.clocks.believable(ours):
                    await self._apply(ours)
            except Exception as error:  # noqa: BLE001  FastStream swallows it and reads on: what we skipped would be lost
                log.error("batch_failed", service=self._service.name, records=len(ours), **blame(error))
                await asyncio.sleep(_AFTER_FAILURE_S)
                await self.owned.insist(lambda: self.owned.take({(r.topic, r.partition) for r in ours}))

    async def _apply(self, records: Records) -> None:
        started = time.perf_counter()
        reach("after-read")
        found = [self._transactions.wire.read(record) for record in records]
        now = self._transactions.clock.now()
        take, after = self.breaker.over(found, self._settings.burst_unreadable_max, now)
        taken = records[:take]
        last = {(record.topic, record.partition): record for record in taken}
        batch = Batch(
            found[:take],
            {partition: self.owned.positions[partition].next_offset for partition in last},
            {p: Position(self._next_after(p, r.offset), fingerprint(r), r.offset) for p, r in last.items()},
            after if after != self.breaker else None,
            runs_of(taken, self._settings.topic_prefix),
        )
        try:
            work = await self._transactions.apply(batch)
        except Fenced:
            self._metrics.fenced.labels(self._service.name).inc()
            log.warning("fenced", service=self._service.name, records=len(taken))
            await self.owned.take(set(last))
            return
        self.owned.positions.update(batch.to)
        self.breaker = after
        for (topic, number), record in last.items():
            self._unmirrored[TopicPartition(topic, number)] = batch.to[topic, number].next_offset
            self.owned.standing.applied((topic, number), record.timestamp / 1000)
        seconds = time.perf_counter() - started
        self._metrics.batch(work, len(taken), seconds, self._transactions.clock.now())
        log.info("batch_applied", service=self._service.name, records=len(taken), facts=len(work.facts),
                 partitions=len(last), duration_s=round(seconds, 4))  # fmt: skip
        if after.tripped_at is not None:
            log.error("breaker_tripped", service=self._service.name, records=after.in_a_row,
                      hint=f"section42 breaker {self._service.name}")  # fmt: skip
            self.owned.stand_still()

    def _next_after(self, partition: Partition, offset: int) -> int:
        """Where to go on behind a record, and behind the markers that follow it if nothing in our hands does."""
        reached = self._reached.get(partition)
        return offset + 1 if reached is None else reached.after(offset)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the running batch finish and commit, then forget what we owned."""
        async with self._transactions.lock:
            await self.mirror()
            self.owned.forget((partition.topic, partition.partition) for partition in revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Seek to where the database says we are, once the log has been found to fit. Never gives up."""
        if (client := self.client()) is not None:
            improve(client, lambda: self.owned.positions, self._reached)
        self.clocks.assigned()
        async with self._transactions.lock:
            await self.owned.insist(lambda: self.owned.take({(p.topic, p.partition) for p in assigned}))
            self.breaker = await self._transactions.run(breaker.read)
            await self._transactions.run(lambda connection: connection.execute(_RETRY_ALL))
            await self._transactions.retry_held(self.owned.named())
            if self.breaker.tripped_at is not None:
                self.owned.stand_still()
            self.assigned_once = True

    async def tend(self) -> None:
        """What is done every second beside the batches: mirror, retries that were asked for, the breaker, repairs."""
        await self.mirror()
        odd = await self.owned.measure()
        await self.owned.tell()
        async with self._transactions.lock:
            await self._transactions.check()
            await self.owned.take(odd)
            await self.owned.look_again()
            await self.owned.pass_over_markers()
            if await self._transactions.run(lambda connection: connection.fetchval(_RETRY_WANTED)):
                taken = await self._transactions.retry_held(self.owned.named())
                log.info("held_retried", service=self._service.name, records=taken)
            if self.breaker.tripped_at is not None:
                await self._probe()

    async def mirror(self) -> None:
        """Tell Kafka where we are, for people and their tools only; nothing here ever reads it."""
        consumer, offsets = self._consumer(), self._unmirrored
        owned = {p: o for p, o in offsets.items() if (p.topic, p.partition) in self.owned.positions}
        if consumer is None or not owned:
            return
        self._unmirrored = {}
        with contextlib.suppress(Exception):
            await asyncio.wait_for(consumer.commit(owned), 1)

    async def _probe(self) -> None:
        """Go on when the breaker was cleared by a command, or when the next record of every partition can be read."""
        self.breaker = await self._transactions.run(breaker.read)
        due = time.monotonic() - self._last_probe >= self._settings.probe_interval_s
        if self.breaker.tripped_at is not None and due:
            self._last_probe = time.monotonic()
            if await self._reads_again():
                self.breaker = breaker.Breaker()
                await self._transactions.run(breaker.close)
        if self.breaker.tripped_at is None:
            log.info("breaker_closed", service=self._service.name)
            await self.owned.take(set(self.owned.positions))
            self.owned.go_on()

    async def _reads_again(self) -> bool:
        """Whether the next record of every partition that has one can be read."""
        reader, at = self.owned.reader(), self.owned.positions
        if reader is None:
            return False
        try:
            found = [await reader.first_after(partition, at[partition].next_offset) for partition in list(at)]
        except NotKnownError:
            return False
        records = [each.record for each in found if each.record is not None]
        return bool(records) and not any(isinstance(self._transactions.wire.read(r), Unread) for r in records)


async def _untouched(records: Any) -> KafkaAckableMessage:
    """FastStream's parser reads headers first and drops what it cannot read; this one touches nothing."""
    return KafkaAckableMessage(body=b"", headers={}, raw_message=records, consumer=None)


async def _records(message: KafkaAckableMessage) -> Any:
    return message.raw_message
