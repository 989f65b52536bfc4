"""What an instance owns: its partitions, where it is in each, and which of them it refuses to read.

Positions live in Postgres. On assignment we seek to them, once the log has been found to continue where we stopped;
a partition whose log does not is refused, with a reason, until a person has said what is to be done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.chassis import positions
from shared.chassis.clock import wall_seconds
from shared.chassis.log_check import LogReader, Misfit, misfits
from shared.chassis.positions import Partition, Position
from shared.chassis.settings import Settings
from shared.chassis.transaction import Transactions

log = structlog.get_logger()
_PATIENCE_S = 2.0
Records = Sequence["ConsumerRecord[bytes, bytes]"]


class Ownership:
    """The partitions of one consumer."""

    def __init__(
        self, settings: Settings, transactions: Transactions[Any], consumer: Callable[[], AIOKafkaConsumer | None]
    ) -> None:
        """Own nothing yet; `consumer` answers None until there is one."""
        self._settings = settings
        self._transactions = transactions
        self._service = transactions.service.name
        self._consumer = consumer
        self._gaps: dict[Partition, tuple[int, int]] = {}
        self.positions: dict[Partition, Position] = {}
        self.refused: dict[Partition, Misfit] = {}
        self.behind: dict[Partition, int] = {}
        self.behind_since: dict[Partition, float] = {}

    async def take(self, partitions: set[Partition]) -> None:
        """Read our positions, hold them against the log, and seek; refuse the partitions whose log does not fit."""
        consumer = self._consumer()
        if consumer is None or not partitions:
            return
        async with LogReader(self._settings, self._service) as reader:
            bounds = await reader.bounds(partitions)
            starts = {partition: begins for partition, (begins, _) in bounds.items()}
            await self._transactions.run(lambda connection: positions.begin(connection, starts))
            known = await self._transactions.run(lambda connection: positions.read(connection, partitions))
            await self._note_backlog(reader, known, bounds)
            unfit = {misfit.partition: misfit for misfit in await misfits(reader, known, bounds)}
        for partition, position in known.items():
            where = TopicPartition(*partition)
            if where not in consumer.assignment():
                continue
            misfit = unfit.get(partition)
            if misfit is None:
                if self.refused.pop(partition, None):
                    consumer.resume(where)
                self.positions[partition] = position
                consumer.seek(where, position.next_offset)
                continue
            consumer.pause(where)
            if partition not in self.refused:
                log.error("position_refused", service=self._service, topic=partition[0], partition=partition[1],
                          position=misfit.position, log_starts=misfit.log_starts, log_ends=misfit.log_ends,
                          reason=misfit.reason, hint=f"section42 positions {self._service}")  # fmt: skip
            self.refused[partition] = misfit
            self.positions.pop(partition, None)

    async def where_it_does_not_continue(self, records: Records) -> set[Partition]:
        """The partitions whose records do not begin where we stopped; they are looked at and read again.

        The client begins anew where the log begins when what it asks for is gone, and may ask from Kafka's own
        offsets before we have had a chance to seek. Where the log itself has a gap, a sender's transaction, we go on.
        """
        begins = {(r.topic, r.partition): r.offset for r in reversed(records)}
        at = self.positions
        odd = {
            partition
            for partition, offset in begins.items()
            if (p := at.get(partition)) is not None
            and offset != p.next_offset
            and self._gaps.get(partition) != (p.next_offset, offset)
        }
        if odd:
            log.warning("does_not_continue", service=self._service, partitions=len(odd))
            await self.insist(lambda: self.take(odd))
            await self.insist(lambda: self._find_gaps(odd & self.positions.keys()))
        return odd

    async def _find_gaps(self, partitions: set[Partition]) -> None:
        if not partitions:
            return
        async with LogReader(self._settings, self._service) as reader:
            for partition, (_, ends) in (await reader.bounds(partitions)).items():
                wanted = self.positions[partition].next_offset
                if wanted >= ends:  # nothing there yet: asking for it would wait until something is
                    continue
                record = await reader.record_at(partition, wanted)
                if record is not None and record.offset > wanted:
                    self._gaps[partition] = wanted, record.offset

    def stand_still(self) -> None:
        """Read nothing, and be where we are when that ends."""
        consumer = self._consumer()
        if consumer is None:
            return
        for partition, position in self.positions.items():
            where = TopicPartition(*partition)
            if where in consumer.assignment():
                consumer.pause(where)
                consumer.seek(where, position.next_offset)

    def forget(self, revoked: Iterable[Partition]) -> None:
        """These are somebody else's now."""
        for partition in revoked:
            for known in (self.positions, self.refused, self.behind, self.behind_since):
                known.pop(partition, None)

    def go_on(self) -> None:
        """Read again what was paused."""
        consumer = self._consumer()
        if consumer is not None:
            consumer.resume(
                *(TopicPartition(*p) for p in self.positions if TopicPartition(*p) in consumer.assignment())
            )

    async def measure(self) -> None:
        """How far behind each partition is, and since when, from the log itself, also while we stand still."""
        consumer = self._consumer()
        wanted = [TopicPartition(*p) for p in self.positions]
        if consumer is None or not wanted:
            return
        now = wall_seconds()
        for partition, end in (await asyncio.wait_for(consumer.end_offsets(wanted), _PATIENCE_S)).items():
            where = (partition.topic, partition.partition)
            if (position := self.positions.get(where)) is not None:
                self.behind[where] = max(end - position.next_offset, 0)
                if self.behind[where]:
                    self.behind_since.setdefault(where, now)
                else:
                    self.behind_since.pop(where, None)

    async def _note_backlog(
        self, reader: LogReader, known: Mapping[Partition, Position], bounds: Mapping[Partition, tuple[int, int]]
    ) -> None:
        """A backlog we find was there before us: it is as old as its first record."""
        for partition, position in known.items():
            begins, ends = bounds[partition]
            if begins <= position.next_offset < ends and partition not in self.behind_since:
                record = await reader.record_at(partition, position.next_offset)
                if record is not None:
                    self.behind_since[partition] = record.timestamp / 1000

    def named(self) -> list[Partition]:
        """What we own, without the prefix."""
        width = len(self._settings.topic_prefix)
        return [(topic[width:], number) for topic, number in self.positions]

    async def insist(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it until it is done: a listener that raises would leave us reading from Kafka's own offsets."""
        while True:
            try:
                await act()
            except Exception as error:  # noqa: BLE001  Kafka away, or a partition moved on meanwhile
                log.warning("assignment_retried", service=self._service, error=type(error).__name__)
                await asyncio.sleep(0.2)
            else:
                return
