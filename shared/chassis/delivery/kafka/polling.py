"""How the Kafka client is asked for records, where what it does by itself would cost time or stop everything.

It decodes the names of headers itself, and a name that is no UTF-8, which a client written in C can send, makes
every poll fail, of every partition, for ever. Such a record is stood in for, and set aside like any other bad one.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from shared.chassis.delivery.kafka.inside import fetched_by
from shared.chassis.delivery.kafka.unpacking import BoundedConsumer
from shared.chassis.delivery.records.cloudevents import UNREADABLE_NAME
from shared.chassis.delivery.records.kept_record import KeptRecord

_LOOK_MS = 200
Found = dict[TopicPartition, list[Any]]


class Reached(NamedTuple):
    """The last record of a partition that was handed out, and the next offset behind it that may be a record."""

    last: int
    then: int

    def after(self, offset: int) -> int:
        """Where to go on after a record: behind the markers that follow it, if none of what was handed out does."""
        return max(offset + 1, self.then) if offset == self.last else offset + 1


def stand_in(topic: str, partition: int, offset: int) -> KeptRecord:
    """What stands for a record that the client cannot decode; the record itself is in the log, at this offset."""
    return KeptRecord(topic, partition, offset, 0, 0, None, b"", [(UNREADABLE_NAME, None)])


class SureConsumer(BoundedConsumer):
    """A reader that hands out what stands for a record that the client cannot decode.

    `reached` says where it stood right after it handed out what is in our hands: past the last of it, and past the
    markers and aborted records that follow. A moment later it may stand anywhere.
    """

    def __init__(self, *topics: str, **options: Any) -> None:
        """Have handed out nothing."""
        super().__init__(*topics, **options)
        self.reached: dict[TopicPartition, Reached] = {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from there, whatever was handed out."""
        super().seek(partition, offset)
        self.reached[partition] = Reached(-1, offset)

    async def getmany(self, *partitions: TopicPartition, **options: Any) -> Found:
        """What there is, as aiokafka has it; of what was never sought, nothing if a record cannot be decoded."""
        try:
            found: Found = await super().getmany(*partitions, **options)
            for where, records in found.items():  # answered at once: nothing runs between handing out and this
                self.reached[where] = Reached(records[-1].offset, await self.position(where))
        except UnicodeDecodeError:
            found = {}
            for where in partitions or tuple(self.assignment()):
                if where in self.reached and where in self.assignment() and where not in self.paused():
                    found |= await self._by_itself(where, options)
            if not found:
                await asyncio.sleep(_LOOK_MS / 1000)  # it would fail again at once, and nobody else would have a turn
        return found

    async def _by_itself(self, where: TopicPartition, options: Mapping[str, Any]) -> Found:
        """Ask one partition, from where it stood: what the failed poll had in hand is lost to it."""
        stood = self.reached[where].then
        self.seek(where, stood)
        try:
            found: Found = await super().getmany(where, **{**options, "timeout_ms": _LOOK_MS})
        except UnicodeDecodeError:
            self.seek(where, stood)
            found = {where: await self._as_far_as_the_bad_one(where)}
        if found:
            last = found[where][-1].offset
            self.reached[where] = Reached(last, last + 1)
        return found

    async def _as_far_as_the_bad_one(self, where: TopicPartition) -> list[Any]:
        records: list[Any] = []
        try:
            while found := await super().getmany(where, timeout_ms=_LOOK_MS, max_records=1):
                records += found[where]
        except UnicodeDecodeError:
            offset = await self.position(where)
            records.append(stand_in(where.topic, where.partition, offset))
            self.seek(where, offset + 1)
        return records


class ServiceConsumer(SureConsumer):
    """The reader of a service: it waits for records, where FastStream would sleep, and partitions take turns.

    The client empties what it has fetched of one partition before it looks at the next: a writer whose small records
    pack well would hold up everybody for as many batches as there are in a megabyte.
    """

    async def getmany(self, *partitions: TopicPartition, **options: Any) -> Found:
        """What there is, once there is something; the other partitions go first next time."""
        while not (found := await super().getmany(*partitions, **options)):
            pass
        fetched = fetched_by(self)
        for where in found:
            if where in fetched:
                fetched.move_to_end(where)
        return found
