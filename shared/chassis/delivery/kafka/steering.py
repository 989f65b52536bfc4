"""Where the client reads on: paused, resumed and sought by partition, as long as the partition is ours."""

from collections.abc import Callable, Iterable, Mapping

from aiokafka import TopicPartition

from shared.chassis.delivery.kafka.log_reader import LogReader
from shared.chassis.delivery.kafka.polling import ServiceConsumer
from shared.chassis.delivery.kafka.positions import Partition, Position


class Steering:
    """Steers a client that may not be there yet, or may have lost a partition a moment ago."""

    def __init__(self, consumer: Callable[[], ServiceConsumer | None]) -> None:
        """`consumer` answers None until there is one."""
        self._consumer = consumer

    def reader(self) -> LogReader | None:
        """Who asks Kafka beside the consumer, over the consumer's own client."""
        consumer = self._consumer()
        return None if consumer is None else LogReader.of(consumer)

    def assigned(self, partitions: Iterable[Partition]) -> list[Partition]:
        """Those of the partitions that the client reads, or would read if it were not paused."""
        consumer = self._consumer()
        if consumer is None:
            return []
        there = consumer.assignment()
        return [partition for partition in partitions if TopicPartition(*partition) in there]

    def pause(self, *partitions: Partition) -> None:
        """Read none of these."""
        if (consumer := self._consumer()) is not None:
            consumer.pause(*(TopicPartition(*one) for one in self.assigned(partitions)))

    def resume(self, *partitions: Partition) -> None:
        """Read these again."""
        if (consumer := self._consumer()) is not None:
            consumer.resume(*(TopicPartition(*one) for one in self.assigned(partitions)))

    def next_after(self, partition: Partition, offset: int) -> int:
        """Where to go on behind a record, and behind the markers that follow it if nothing in our hands does."""
        consumer = self._consumer()
        reached = None if consumer is None else consumer.reached.get(TopicPartition(*partition))
        return offset + 1 if reached is None else reached.after(offset)

    def seek(self, to: Mapping[Partition, Position]) -> None:
        """Read each on from its position, whatever was handed out of it."""
        if (consumer := self._consumer()) is not None:
            for partition in self.assigned(to):
                consumer.seek(TopicPartition(*partition), to[partition].next_offset)
