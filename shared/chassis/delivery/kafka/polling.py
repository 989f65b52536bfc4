"""How the Kafka client is asked for records, where what it does by itself would cost time or stop everything.

It decodes the names of headers itself, and a name that is no UTF-8, which a client written in C can send, makes
every poll fail, of every partition, for ever. Such a record is stood in for, and set aside like any other bad one.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.chassis.delivery.kafka.inside import fetched_by
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.records.cloudevents import UNREADABLE_NAME
from shared.chassis.delivery.records.kept_record import KeptRecord

_LOOK_MS = 200
Found = dict[TopicPartition, list[Any]]
Poll = Callable[..., Any]


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


def improve(
    consumer: AIOKafkaConsumer, positions: Callable[[], Mapping[Partition, Position]], reached: dict[Partition, Reached]
) -> None:
    """Make a client wait for records, where FastStream would sleep, and survive those that it cannot decode.

    `reached` says where the client stood right after it handed out the records that are in our hands: past the last of
    them, and past the markers and aborted records that follow. A moment later it may stand anywhere.
    """
    if "getmany" in vars(consumer):
        return
    poll: Poll = consumer.getmany

    async def getmany(*wanted: TopicPartition, **options: Any) -> Found:
        while True:
            reached.clear()
            try:
                found: Found = await poll(*wanted, **options)
                for where, records in found.items():  # answered at once: nothing runs between handing out and this
                    stood = Reached(records[-1].offset, await consumer.position(where))
                    reached[where.topic, where.partition] = stood
            except UnicodeDecodeError:
                found = await _each_by_itself(consumer, poll, positions(), options)
            if found:
                _to_the_back(consumer, found)
                return found

    consumer.getmany = getmany


def _to_the_back(consumer: AIOKafkaConsumer, served: Found) -> None:
    """Let the other partitions go first next time.

    The client empties what it has fetched of one partition before it looks at the next: a writer whose small records
    pack well would hold up everybody for as many batches as there are in a megabyte.
    """
    fetched = fetched_by(consumer)
    for where in served:
        if where in fetched:
            fetched.move_to_end(where)


async def _each_by_itself(
    consumer: AIOKafkaConsumer, poll: Poll, positions: Mapping[Partition, Position], options: Mapping[str, Any]
) -> Found:
    """Ask partition by partition, from where we are: what the failed poll had in hand is lost to it."""
    found: Found = {}
    for partition, position in list(positions.items()):
        where = TopicPartition(*partition)
        if where not in consumer.assignment() or where in consumer.paused():
            continue
        consumer.seek(where, position.next_offset)
        try:
            found |= await poll(where, **{**options, "timeout_ms": _LOOK_MS})
        except UnicodeDecodeError:
            consumer.seek(where, position.next_offset)
            found[where] = await as_far_as_the_bad_one(consumer, poll, where)
    return found


async def as_far_as_the_bad_one(consumer: AIOKafkaConsumer, poll: Poll, where: TopicPartition) -> list[Any]:
    """The next records of a partition, with what stands for the one that the client cannot decode."""
    records: list[Any] = []
    try:
        while found := await poll(where, timeout_ms=_LOOK_MS, max_records=1):
            records += found[where]
    except UnicodeDecodeError:
        offset = await consumer.position(where)
        records.append(stand_in(where.topic, where.partition, offset))
        consumer.seek(where, offset + 1)
    return records
