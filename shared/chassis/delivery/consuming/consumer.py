"""The consumer: a FastStream batch subscriber whose offsets are ours.

What is read, in which order and from where is decided here. A batch runs under a lock that a rebalance waits for; on
assignment we seek to the positions in Postgres; what is no longer ours is dropped before it does anything.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from faststream.kafka import KafkaBroker

from shared.chassis.delivery.applying import breaker
from shared.chassis.delivery.applying.steps import batch, runs_of
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.elsewhere import Elsewhere
from shared.chassis.delivery.consuming.failing import Failing
from shared.chassis.delivery.consuming.group import Group
from shared.chassis.delivery.consuming.journal_look import JournalLook
from shared.chassis.delivery.consuming.ownership import Ownership
from shared.chassis.delivery.consuming.portion import Portion
from shared.chassis.delivery.deciding.budget import cpu_seconds
from shared.chassis.delivery.kafka import subscription
from shared.chassis.delivery.kafka.log_ends import LogEnds
from shared.chassis.delivery.kafka.log_reader import NotKnownError
from shared.chassis.delivery.kafka.polling import ServiceConsumer
from shared.chassis.delivery.kafka.positions import Partition, Position, Records
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.delivery.records.wire import Unread
from shared.chassis.delivery.timing.clock_watch import ClockWatch
from shared.chassis.process.errors import Fenced
from shared.chassis.process.failpoints import reach
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings
from shared.contracts import DOORS
from shared.contracts.topics import journal_of

log = structlog.get_logger()
_AFTER_FAILURE_S = 0.5
_AT_A_TIME_S = 2.0
_UNTIL_KAFKA_ANSWERS_S = 0.2
_RETRY_ALL = "UPDATE held SET retry = true WHERE parked"
_RETRY_WANTED = "SELECT EXISTS (SELECT 1 FROM held WHERE parked AND retry)"


class Consumer:
    """Reads one service's topics and hands batches to its transactions."""

    def __init__(self, settings: Settings, transactions: Transactions[Any], metrics: Metrics) -> None:
        """Own no partition yet."""
        self._settings = settings
        self._transactions = transactions
        self._metrics = metrics
        self._service = transactions.service
        self._consumer: Callable[[], ServiceConsumer | None] = lambda: None
        self._last_probe = 0.0
        self._seconds = cpu_seconds(settings.session_timeout_ms)
        self._portion = Portion(self._service.name, settings.batch_max_records, self._seconds)
        self.failing = Failing(self._service.name, metrics)
        self.owned = Ownership(settings, transactions, self.client)
        self.elsewhere = Elsewhere(self._service.name)
        self._journal = JournalLook(settings.topic_prefix + journal_of(self._service.name), transactions.outgoing)
        self.ends = LogEnds(self._service.name, self._service.topics, settings)
        self.clocks = ClockWatch(settings, self.ends, transactions, metrics, self.client, self.owned.positions)
        self.group = Group(self._service.name, self.client, transactions.lock, self.owned, self.clocks, self.failing)
        self.breaker = breaker.Breaker()
        self._odd: set[Partition] = set()

    def client(self) -> ServiceConsumer | None:
        """The Kafka client, once FastStream has made it."""
        return self._consumer()

    def subscribe(self, broker: KafkaBroker) -> None:
        """Read through this broker from its start on."""
        subscriber = subscription.subscribe(broker, self._settings, self._service.name, self.owned.topics, self.group)
        subscriber(self.on_batch)
        self._consumer = lambda: subscriber.consumer

    async def on_batch(self, records: Records) -> None:
        """Apply what was read, as far as it is still ours to apply; what takes long is read again."""
        async with self._transactions.lock:
            until = time.monotonic() + _AT_A_TIME_S
            while records := await self._portion_of(records):
                if time.monotonic() > until:
                    self.owned.read_again({(r.topic, r.partition) for r in records})
                    return

    async def _portion_of(self, records: Records) -> Records:
        """Apply as many as one transaction may (delivery rule 15); those that are left and may follow at once."""
        if self.breaker.tripped_at is not None:
            self.owned.stand_still()
            return ()
        if not await self.owned.still_ours({(r.topic, r.partition) for r in records}):
            self.owned.read_again({(r.topic, r.partition) for r in records})
            await asyncio.sleep(_UNTIL_KAFKA_ANSWERS_S)
            return ()
        odd = await self.owned.where_it_does_not_continue(records)
        ours = [r for r in records if (p := (r.topic, r.partition)) in self.owned.positions and p not in odd]
        try:
            if ours and (ours := await self.clocks.believable(ours)):
                return ours[await self._portion.apply(ours, self._apply) :]
        except Exception as error:  # noqa: BLE001  FastStream swallows it and reads on: what we skipped would be lost
            self.failing.note({(r.topic, r.partition) for r in ours}, len(ours), error)
            await asyncio.sleep(_AFTER_FAILURE_S)
            await self.owned.insist(lambda: self.owned.take({(r.topic, r.partition) for r in ours}))
        return ()

    async def _apply(self, records: Records, undecided: str) -> None:
        started = time.perf_counter()
        reach("after-read")
        if not (records := [r for r in records if (r.topic, r.partition) in self.owned.positions]):
            return
        found = self._portion.read(self._transactions.wire, records, undecided)
        take, after = self.breaker.over(found, self._settings.burst_unreadable_max, self._transactions.clock.now())
        taken = records[:take]
        last = {(record.topic, record.partition): record for record in taken}
        to = {p: Position(self.owned.next_after(p, r.offset), fingerprint(r), r.offset) for p, r in last.items()}
        step = batch(
            found[:take],
            {partition: self.owned.positions[partition].next_offset for partition in last},
            to,
            after if after != self.breaker else None,
            runs_of(taken, self._settings.topic_prefix),
            self._seconds,
            undecided,
        )
        try:
            work = await self._transactions.apply(step)
        except Fenced:
            self._metrics.fenced.labels(self._service.name).inc()
            log.warning("fenced", service=self._service.name, records=len(taken))
            await self.owned.take(set(last))
            return
        self.failing.over(last)
        self.breaker = after
        for partition, record in last.items():
            if partition in self.owned.positions:
                self.owned.positions[partition] = to[partition]
                self.group.applied(partition, to[partition])
                self.owned.standing.applied(partition, record.timestamp / 1000)
        seconds = time.perf_counter() - started
        self._metrics.batch(work.counts, work.facts.letters.rows(), len(taken), seconds, self._transactions.clock.now())
        log.info("batch_applied", service=self._service.name, records=len(taken), facts=len(work.facts.told),
                 partitions=len(last), duration_s=round(seconds, 4))  # fmt: skip
        if after.tripped_at is not None:
            log.error("breaker_tripped", service=self._service.name, records=after.in_a_row,
                      hint=f"section42 breaker {self._service.name}")  # fmt: skip
            self.owned.stand_still()

    def left(self) -> None:
        """We are no member any more, and own nothing."""
        self._consumer = lambda: None
        self.group.left()

    async def look(self) -> None:
        """See how the logs stand, whether or not the database answers; what looks odd is seen to by `tend`."""
        self._odd |= await self.owned.measure()
        if (reader := self.owned.reader()) is not None:
            ours = self.owned.positions.keys() | self.owned.refused.keys() | self.owned.unlooked
            await self.elsewhere.look(reader, self.owned.topics, ours)
            await self._journal.look(reader)

    async def tend(self) -> None:
        """What is done every second beside the batches: mirror, retries that were asked for, the breaker, repairs."""
        if self.client() is None:
            async with self._transactions.lock:
                await self._transactions.check()
            return
        if self.group.given:
            async with self._transactions.lock:
                await self._take_up()
        await self.group.mirror()
        odd, self._odd = self._odd, set()
        async with self._transactions.lock:
            await self._transactions.check()
            await self.owned.take(odd)
            await self.owned.look_again()
            await self.owned.pass_over_markers()
            if await self._transactions.run(lambda connection: connection.fetchval(_RETRY_WANTED)):
                taken = await self._transactions.retry_held(self.owned.named())
                log.info("held_retried", service=self._service.name, records=taken)
            if self.elsewhere.due:
                await self.elsewhere.read(self._transactions)
            if self.breaker.tripped_at is not None:
                await self._probe()

    async def _take_up(self) -> None:
        """Seek to where the database says we are, once the log has been found to fit, and try what was parked."""
        self.group.given = False
        try:
            await self.owned.look_again()
            self.breaker = await self._transactions.run(breaker.read)
            await self._transactions.run(lambda connection: connection.execute(_RETRY_ALL))
            await self._transactions.retry_held(self.owned.named())
            if self.breaker.tripped_at is not None:
                self.owned.stand_still()
        except BaseException:
            self.group.given = True
            raise

    async def _probe(self) -> None:
        """Go on when the breaker was cleared by a command, or when the next records of our own can all be read."""
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
        """Whether the next record of every partition of our own topics that has one can be read."""
        reader, width = self.owned.reader(), len(self._settings.topic_prefix)
        at = {p: position for p, position in self.owned.positions.items() if p[0][width:] not in DOORS}
        if reader is None:
            return False
        try:
            found = [await reader.first_after(partition, position.next_offset) for partition, position in at.items()]
        except NotKnownError:
            return False
        records = [each.record for each in found if each.record is not None]
        return bool(records) and not any(isinstance(self._transactions.wire.read(r), Unread) for r in records)
