"""How the Kafka client is asked for records, where what it does by itself would cost time or lose track."""

from typing import Any, NamedTuple

from aiokafka import TopicPartition

from shared.chassis.delivery.kafka.inside import fetched_by
from shared.chassis.delivery.kafka.unpacking import BoundedConsumer

Found = dict[TopicPartition, list[Any]]


class Reached(NamedTuple):
    """The last record of a partition that was handed out, and the next offset behind it that may be a record."""

    last: int
    then: int

    def after(self, offset: int) -> int:
        """Where to go on after a record: behind the markers that follow it, if none of what was handed out does."""
        return max(offset + 1, self.then) if offset == self.last else offset + 1


class SureConsumer(BoundedConsumer):
    """A reader that says where it stood.

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
        """What there is, as aiokafka has it."""
        found: Found = await super().getmany(*partitions, **options)
        for where, records in found.items():  # answered at once: nothing runs between handing out and this
            self.reached[where] = Reached(records[-1].offset, await self.position(where))
        return found


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
