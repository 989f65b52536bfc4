"""Reads the three clocks once a second, and stops a partition whose records bear a time that cannot be (rule 17).

A stop is a row, as a tripped breaker is: what stopped a partition was seen while it happened, and whoever starts later
could not know. It ends when the time fits after all, because the clock that was wrong was ours, or by a person's word.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import nan
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.chassis.delivery.applying.corrections import corrections
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.log_ends import LogEnds
from shared.chassis.delivery.kafka.positions import Partition, Position, Records
from shared.chassis.delivery.records.cloudevents import stands_in
from shared.chassis.delivery.timing import clock_rows
from shared.chassis.delivery.timing.clock_rows import Stop
from shared.chassis.delivery.timing.clocks import Ahead, DatabaseClock, Looks, agree, beyond, off_by, so_far
from shared.chassis.postgres.database import Connection, connect
from shared.chassis.process.blame import blame
from shared.chassis.process.clock import monotonic_seconds, wall_seconds
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings
from shared.contracts import DOORS

log = structlog.get_logger()
_EVERY_S = 1.0
_PATIENCE_S = 2.0
_STALE_S = 10.0
_BROKER_REMEMBERED_S = 600.0


class ClockWatch:
    """One service's clocks, what is believed of its records' times, and the partitions that stand still for it."""

    def __init__(
        self,
        settings: Settings,
        ends: LogEnds,
        transactions: Transactions[Any],
        metrics: Metrics,
        consumer: Callable[[], AIOKafkaConsumer | None],
        positions: Mapping[Partition, Position],
    ) -> None:
        """Read nothing yet. Under a driven clock there is nothing to compare: rule 11 wins."""
        self._ends = ends
        self._transactions = transactions
        self._service = transactions.service.name
        self._settings = settings
        self._metrics = metrics
        self._consumer = consumer
        self._positions = positions
        self._connection: Connection | None = None
        self._asking = asyncio.Lock()
        self._database = DatabaseClock()
        self._looks: dict[Partition, Looks] = defaultdict(Looks)
        self._broker: dict[Partition, tuple[float, float]] = {}
        self._read = False
        self._silent: set[str] = set()
        self.stopped: dict[Partition, Stop] = {}

    async def run(self) -> None:
        """Look every second, for ever; what cannot be asked now is asked in the next."""
        while True:
            await self._or_say_so("database", self.read)
            await self._or_say_so("log", self._look_at_logs)
            self._show()
            await asyncio.sleep(_EVERY_S)

    def assigned(self) -> None:
        """What others wrote down of partitions that are ours from now on is read before any record of them."""
        self._read = False

    async def believable(self, records: Records) -> list["ConsumerRecord[bytes, bytes]"]:
        """The records whose times can be, up to the first of each partition whose time cannot; there we stop."""
        if self._settings.driven_clock:
            return list(records)
        if not self._read:
            await self.read()
        if self._misfits(records):
            await self.read()  # a clock may have been set within this second, or the machine have been suspended
            for partition, stop in self._misfits(records).items():
                await self._stop(partition, stop)
        for partition in {(r.topic, r.partition) for r in records} & self.stopped.keys():
            self._stand_still(partition)
        at = {partition: stop.offset for partition, stop in self.stopped.items()}
        return [r for r in records if r.offset < at.get((r.topic, r.partition), r.offset + 1)]

    def present(self) -> datetime | str:
        """Now, where the service's clock and the database's agree about it; else why nobody can say."""
        wall, monotonic = wall_seconds(), monotonic_seconds()
        ahead_s = self._database.ahead_s
        if ahead_s is None or monotonic - self._database.read_at > _STALE_S:
            return "the database's clock cannot be read"
        if not agree(off := wall - monotonic - ahead_s):
            return f"the clock of this machine is {so_far(off)} the database's"
        return datetime.fromtimestamp(min(wall, monotonic + ahead_s), UTC)

    def troubles(self) -> list[str]:
        """What stands still, in the words of an operator."""
        return [
            f"{partition[0]} {partition[1]} stands still at {stop.offset}: the broker's clock was "
            f"{so_far(stop.ahead_s)} ours: section42 clocks {self._service}"
            for partition, stop in self._ours().items()
        ]

    async def read(self) -> None:
        """Read the database's clock, and what was written down of others. Raises where it does not answer."""
        async with self._asking:
            try:
                await asyncio.wait_for(self._ask(), _PATIENCE_S)
            except BaseException:
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
                raise

    async def close(self) -> None:
        """Let go of the connections."""
        await self._ends.close()
        if self._connection is not None:
            await self._connection.close(timeout=2)

    async def _ask(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self._service, "clocks")
        connection = self._connection
        asked = monotonic_seconds()
        says = await connection.fetchval("SELECT clock_timestamp()")
        if self._database.read(asked, says.timestamp(), monotonic_seconds()):
            for looks in self._looks.values():
                looks.forget()
        found, wire = await corrections(connection), self._transactions.wire
        if sum(map(len, found.values())) >= sum(map(len, wire.corrections.values())):  # fewer are those of before
            wire.corrections = found
        await self._read_stops(connection)
        self._read = True

    async def _read_stops(self, connection: Connection) -> None:
        """Take over what others stopped, and go on where somebody has said so or the time fits by now."""
        width = len(prefix := self._settings.topic_prefix)
        rows = await clock_rows.stops(connection)
        for (topic, number), stop in rows.items():
            partition = prefix + topic, number
            at = self._positions.get(partition)
            if at is not None and at.next_offset > stop.offset:
                await clock_rows.forget(connection, (topic, number), stop)
            else:
                self.stopped.setdefault(partition, stop)
        for partition, stop in list(self.stopped.items()):
            named = partition[0][width:], partition[1]
            fits = stop.bounds is not None and agree(off_by(stop.taken_s, stop.bounds, self._ahead()))
            if fits or self._transactions.wire.correction(*named, stop.offset):
                await clock_rows.forget(connection, named, stop)
                self._go_on(partition)
            elif stop.written and named not in rows:
                self._go_on(partition)
            elif not stop.written:
                await clock_rows.write(connection, named, stop)

    async def _look_at_logs(self) -> None:
        width = len(self._settings.topic_prefix)
        doors = [partition for partition in await self._ends.partitions() if partition[0][width:] in DOORS]
        asked = monotonic_seconds()
        for partition, end in (await self._ends.of_leaders(doors)).items():
            self._looks[partition].saw_leader(end, asked)
        ends = await self._ends.for_readers(doors)
        answered = monotonic_seconds()
        for partition, end in ends.items():
            self._looks[partition].saw_readers(end, answered)

    def _misfits(self, records: Records) -> dict[Partition, Stop]:
        """The first record of each partition that goes on whose time agrees with neither clock, nor was corrected."""
        now, ahead = monotonic_seconds(), self._ahead()
        found: dict[Partition, Stop] = {}
        width, wire = len(self._settings.topic_prefix), self._transactions.wire
        for record in records:
            partition = record.topic, record.partition
            topic = record.topic[width:]
            stopped = found.get(partition, self.stopped.get(partition))
            if topic not in DOORS or stands_in(record) or (stopped is not None and stopped.offset <= record.offset):
                continue
            taken_s = record.timestamp / 1000
            bounds = self._looks[partition].bounds(record.offset, now)
            if agree(by := off_by(taken_s, bounds, ahead)) or wire.correction(topic, record.partition, record.offset):
                self._broker[partition] = now, beyond(taken_s, bounds, ahead.service)
            else:
                self._broker[partition] = now, by
                found[partition] = Stop(record.offset, by, taken_s, bounds)
        return found

    async def _stop(self, partition: Partition, stop: Stop) -> None:
        self.stopped[partition] = stop
        log.error("clock_stopped", service=self._service, topic=partition[0], partition=partition[1],
                  offset=stop.offset, ahead_s=round(stop.ahead_s, 3),
                  hint=f"section42 clocks {self._service}")  # fmt: skip
        with contextlib.suppress(Exception):  # written in the next second, then
            await self.read()

    def _stand_still(self, partition: Partition) -> None:
        consumer, where = self._consumer(), TopicPartition(*partition)
        if consumer is not None and where in consumer.assignment():
            consumer.pause(where)
            consumer.seek(where, self.stopped[partition].offset)

    def _go_on(self, partition: Partition) -> None:
        stop = self.stopped.pop(partition)
        self._broker.pop(partition, None)
        log.info("clock_goes_on", service=self._service, topic=partition[0], partition=partition[1], offset=stop.offset)
        consumer, where = self._consumer(), TopicPartition(*partition)
        if consumer is not None and where in consumer.assignment() and partition in self._positions:
            consumer.resume(where)

    def _ahead(self) -> Ahead:
        return Ahead(wall_seconds() - monotonic_seconds(), self._database.ahead_s)

    def _ours(self) -> dict[Partition, Stop]:
        return {partition: stop for partition, stop in self.stopped.items() if partition in self._positions}

    def _show(self) -> None:
        now, ahead = monotonic_seconds(), self._ahead()
        shown = self._metrics.clock_offset.labels
        if ahead.database is not None:
            old = now - self._database.read_at > _STALE_S  # by how much it differs now nobody knows
            shown(self._service, "database").set(nan if old else ahead.database - ahead.service)
        recent = [by for at, by in self._broker.values() if now - at < _BROKER_REMEMBERED_S]
        recent += [stop.ahead_s for stop in self._ours().values()]
        shown(self._service, "broker").set(max(recent, key=abs, default=0.0))
        self._metrics.clock_stopped.labels(self._service).set(len(self._ours()))

    async def _or_say_so(self, what: str, ask: Callable[[], Any]) -> None:
        """Ask; the first time that there is no answer is told, and not each second of an outage."""
        try:
            await ask()
            self._silent.discard(what)
        except Exception as error:  # noqa: BLE001  Kafka or Postgres is away: others say so as well
            if what not in self._silent:
                self._silent.add(what)
                log.warning("clock_not_read", service=self._service, reason=what, **blame(error))
