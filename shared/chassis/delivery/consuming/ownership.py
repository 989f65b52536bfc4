"""What an instance owns: its partitions, where it is in each, and which of them it refuses to read.

Positions live in Postgres. On assignment we seek to them, once the log has been found to continue where we stopped.
A partition whose log does not, then or at any time later, is refused, with a reason, until a person has said what is
to be done; one whose log could not be looked at, because Kafka is slow or away, is looked at again (delivery rule 3).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from shared.chassis.delivery.applying import position_rows
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.standing import Standing
from shared.chassis.delivery.kafka import markers
from shared.chassis.delivery.kafka.log_check import Misfit, misfits, outgrown
from shared.chassis.delivery.kafka.polling import ServiceConsumer
from shared.chassis.delivery.kafka.positions import Partition, Position, Records
from shared.chassis.delivery.kafka.steering import Steering
from shared.chassis.process.blame import blame
from shared.chassis.process.settings import Settings

log = structlog.get_logger()
_STALE_S = 0.25


class Ownership:
    """The partitions of one consumer."""

    def __init__(
        self, settings: Settings, transactions: Transactions[Any], consumer: Callable[[], ServiceConsumer | None]
    ) -> None:
        """Own nothing yet; `consumer` answers None until there is one."""
        self._settings = settings
        self._transactions = transactions
        self._service = transactions.service.name
        self.topics = [settings.topic_prefix + topic for topic in transactions.service.topics]
        self._steering = Steering(consumer)
        self.reader, self.next_after = self._steering.reader, self._steering.next_after
        self._ids: dict[Partition, UUID] = {}
        self._confirmed: dict[Partition, float] = {}
        self.positions: dict[Partition, Position] = {}  # always this one: others hold it
        self.refused: dict[Partition, Misfit] = {}
        self.unlooked: set[Partition] = set()
        self.missing: frozenset[str] = frozenset()
        self.standing = Standing(self._service)

    async def take(self, partitions: set[Partition]) -> None:
        """Read our positions, hold them against the log, and seek; refuse the partitions whose log does not fit."""
        reader = self.reader()
        if reader is None or not partitions:
            return
        at = time.monotonic()
        bounds, ids = await asyncio.gather(reader.bounds(partitions), reader.ids(partitions))
        lookable = [partition for partition in partitions if partition in bounds and partition in ids]
        starts = {partition: bounds[partition].starts for partition in lookable}
        await self._transactions.run(lambda connection: position_rows.begin(connection, starts))
        known = await self._transactions.run(lambda connection: position_rows.read(connection, lookable))
        read_as = await self._transactions.run(lambda connection: position_rows.read_ids(connection, lookable))
        found = await misfits(reader, known, bounds, read_as, ids)
        new = {p: ids[p] for p, misfit in found.items() if misfit is None and p not in read_as}
        if new:
            await self._transactions.run(lambda connection: position_rows.write_ids(connection, new))
        for partition in self._steering.assigned(partitions):
            if (misfit := found.get(partition)) is not None:
                self._refuse(misfit)
            elif partition in found:
                if partition in self.refused or partition in self.unlooked:
                    self._steering.resume(partition)
                self.refused.pop(partition, None)
                self.unlooked.discard(partition)
                self.positions[partition] = known[partition]
                self._ids[partition], self._confirmed[partition] = ids[partition], at
            elif partition not in self.refused:
                self._leave(partition)
                self.unlooked.add(partition)
        ours = {partition: self.positions[partition] for partition in found if partition in self.positions}
        self._steering.seek({partition: position for partition, position in ours.items() if partition in partitions})
        await self.standing.note_backlog(reader, ours, bounds)

    def _refuse(self, misfit: Misfit) -> None:
        partition, known = misfit.partition, self.refused.get(misfit.partition)
        if known is None or (known.position, known.reason) != (misfit.position, misfit.reason):
            log.error("position_refused", service=self._service, topic=partition[0], partition=partition[1],
                      position=misfit.position, log_starts=misfit.log_starts, log_ends=misfit.log_ends,
                      reason=misfit.reason, hint=f"section42 positions {self._service}")  # fmt: skip
        self._leave(partition)
        self.refused[partition] = misfit
        self.standing.refused(partition, misfit.log_starts, misfit.log_ends)

    def put_off(self, partitions: Collection[Partition]) -> None:
        """These are ours now, and are looked at before anything of them is read."""
        for partition in partitions:
            self._leave(partition)
            self.unlooked.add(partition)

    def _leave(self, partition: Partition) -> None:
        """Read nothing of it until it has been looked at again."""
        self._steering.pause(partition)
        self.forget([partition])

    async def look_again(self) -> None:
        """At the partitions that are refused or could not be looked at: a person may have repaired them."""
        if wanted := self.unlooked | self.refused.keys():
            await self.take(wanted)

    async def measure(self) -> set[Partition]:
        """How far behind each partition is, from the log itself; those whose log may not be the one we read.

        Tells of the senders' transactions that have been open for long.
        Also while we stand still. Whatever Kafka does not say in time stays as it was.
        """
        reader = self.reader()
        if reader is None:
            return set()
        before, at = dict(self.positions), time.monotonic()
        bounds, topics = await asyncio.gather(reader.bounds(before.keys()), reader.topics(self.topics, before.keys()))
        if topics.missing != self.missing:
            log.error("topics_missing", service=self._service, topics=sorted(topics.missing))
        self.missing = topics.missing
        if topics.missing or not all(map(reader.knows, self.topics)):
            reader.look_around()  # a topic is gone, or is back: by itself the client looks every five minutes
        odd, ids = set(), reader.ids_of(before.keys(), topics)
        for partition, there in bounds.items():
            now = self.positions.get(partition)
            if now is None or partition not in ids:
                continue
            if outgrown(
                before[partition].next_offset, now.next_offset, there, self._ids.get(partition), ids[partition]
            ):
                odd.add(partition)
            else:
                self._confirmed[partition] = at
                self.standing.saw(partition, now, there)
        self.standing.tell_of_open_transactions()
        return odd

    async def still_ours(self, partitions: Collection[Partition]) -> bool:
        """See, before anything is applied, that the topics are those we read, unless that was seen a moment ago.

        A process that was paused wakes up with what it had in hand, and with what it believed: a topic made anew
        meanwhile may begin to be read in its middle. False where Kafka does not say: then nothing may be applied.
        Whom we ask says it of all it leads, or each partition would be asked about by itself, in nearly every batch.
        """
        reader, at = self.reader(), time.monotonic()
        stale = {p for p in partitions if p in self.positions and at - self._confirmed[p] > _STALE_S}
        if not stale or reader is None:
            return not stale
        asked = set(map(reader.leader, stale))
        ids = await reader.ids([p for p in self.positions if reader.leader(p) in asked])
        for partition, topic_id in ids.items():
            if topic_id == self._ids.get(partition):
                self._confirmed[partition] = at
        await self.take({partition for partition in ids if self._confirmed.get(partition, 0.0) < at})
        return ids.keys() >= stale

    async def where_it_does_not_continue(self, records: Records) -> set[Partition]:
        """The partitions whose records do not begin where we stopped; they are looked at and read again.

        The client begins anew where the log begins when what it asks for is gone, and may ask from Kafka's own
        offsets before we have had a chance to seek. Where only a sender's marker, or what it took back, lies between,
        we go on.
        """
        reader, begins = self.reader(), {(r.topic, r.partition): r.offset for r in reversed(records)}
        odd = {
            partition
            for partition, offset in begins.items()
            if (at := self.positions.get(partition)) is not None
            and offset != at.next_offset
            and not await markers.lie_between(reader, partition, at.next_offset, offset)
        }
        if odd:
            log.warning("does_not_continue", service=self._service, partitions=len(odd))
            await self.insist(lambda: self.take(odd))
        return odd

    async def pass_over_markers(self) -> None:
        """Move on where nothing but markers and aborted records has lain before us for a second.

        The client has passed them without a word; a position that stayed behind them would not fit any more once
        retention has taken them.
        """
        for partition in self.standing.waiting(self.positions):
            if (position := self.positions.get(partition)) is None:
                continue
            was, to = position.next_offset, await markers.end_of(self.reader(), partition, position.next_offset)
            if to > was and await self._transactions.run(
                partial(position_rows.pass_over, partition=partition, was=was, to=to)
            ):
                if partition in self.positions:
                    self.positions[partition] = position._replace(next_offset=to)
                log.info("markers_passed", service=self._service, topic=partition[0], partition=partition[1],
                         position=to)  # fmt: skip

    def read_again(self, partitions: Collection[Partition]) -> None:
        """What was handed out of these is not applied: let the client hand it out again."""
        self._steering.seek({p: position for p, position in self.positions.items() if p in partitions})

    def stand_still(self) -> None:
        """Read nothing, and be where we are when that ends."""
        self._steering.pause(*self.positions)
        self._steering.seek(self.positions)

    def go_on(self) -> None:
        """Read again what was paused."""
        self._steering.resume(*self.positions)

    def forget(self, partitions: Iterable[Partition]) -> None:
        """These are not ours to read, or somebody else's now."""
        for partition in partitions:
            for known in (self.positions, self.refused, self._ids, self._confirmed):
                known.pop(partition, None)
            self.unlooked.discard(partition)
            self.standing.forget(partition)

    def named(self) -> list[Partition]:
        """What we own, without the prefix."""
        return [(topic.removeprefix(self._settings.topic_prefix), number) for topic, number in self.positions]

    def troubles(self) -> list[str]:
        """What keeps us from reading, a line each."""
        width, found = len(self._settings.topic_prefix), []
        if self.refused:
            reasons = " and ".join(sorted({misfit.reason for misfit in self.refused.values()}))
            found.append(f"a log does not fit our position: {reasons}: section42 positions {self._service}")
        if self.missing:
            found.append("not in Kafka: " + ", ".join(sorted(topic[width:] for topic in self.missing)))
        if self.unlooked:
            found.append(f"Kafka has not said how the logs of {len(self.unlooked)} partitions stand")
        return found

    async def insist(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it until it is done, or we are told to stop: what was in hand is lost to the client."""
        while True:
            try:
                await act()
            except Exception as error:
                if self._transactions.stopping.is_set():
                    raise
                log.warning("assignment_retried", service=self._service, **blame(error))
                await asyncio.sleep(0.2)
            else:
                return
