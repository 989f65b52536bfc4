"""Our part in the group: what is given to us, what is taken from us, and what Kafka is told of where we are.

Whoever waits in here keeps every other member from getting its partitions, so nothing waits for the database or for a
log: what is given is put off, and taken up beside the group's business (delivery rule 19).
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from shared.chassis.delivery.consuming.failing import Failing
from shared.chassis.delivery.consuming.ownership import Ownership
from shared.chassis.delivery.kafka.inside import takes_no_part
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.timing.clock_watch import ClockWatch

log = structlog.get_logger()
_LAST_BATCH_S = 5.0
_MIRROR_S = 1.0


class Group(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Listens to the group. `given` says that there are partitions to be taken up."""

    def __init__(
        self,
        service: str,
        client: Callable[[], AIOKafkaConsumer | None],
        lock: asyncio.Lock,
        owned: Ownership,
        clocks: ClockWatch,
        failing: Failing,
    ) -> None:
        """Be no member yet; `lock` is held while a batch is applied."""
        self._service = service
        self._client = client
        self._lock = lock
        self._owned = owned
        self._clocks = clocks
        self._failing = failing
        self._unmirrored: dict[TopicPartition, int] = {}
        self._woken = asyncio.Event()
        self._taken_at: float | None = None
        self.given = False

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Give the running batch a moment to commit, then forget what we owned.

        A batch that takes longer ends as it may: positions are compared when it is applied, whoever owns them then.
        """
        self._taken_at = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_BATCH_S), self._lock:
                await self.mirror()
        self._forget([(partition.topic, partition.partition) for partition in revoked])

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Read nothing of them until they have been taken up."""
        self._clocks.assigned()
        self._owned.put_off({(partition.topic, partition.partition) for partition in assigned})
        self._taken_at, self.given = None, True
        log.info("partitions_given", service=self._service, partitions=len(assigned))
        self._woken.set()

    def left(self) -> None:
        """We are no member any more, and own nothing."""
        self._taken_at, self.given = None, False
        self._forget([*self._owned.positions, *self._owned.refused, *self._owned.unlooked])

    def _forget(self, partitions: Collection[Partition]) -> None:
        self._owned.forget(partitions)
        self._failing.over(partitions)

    def shares_out_for_s(self) -> float:
        """For how long our partitions have been taken from us, and no others given."""
        return 0.0 if self._taken_at is None else time.monotonic() - self._taken_at

    def gave_up(self) -> bool:
        """Whether the client takes no part in the group any more, of which it tells nobody."""
        return takes_no_part(self._client())

    async def woken_within(self, seconds: float) -> None:
        """Wait this long, or until there are partitions to be taken up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    def applied(self, partition: Partition, to: Position) -> None:
        """We have got so far."""
        self._unmirrored[TopicPartition(*partition)] = to.next_offset

    async def mirror(self) -> None:
        """Tell Kafka where we are, for people and their tools only; nothing here ever reads it."""
        consumer, offsets = self._client(), self._unmirrored
        owned = {p: o for p, o in offsets.items() if (p.topic, p.partition) in self._owned.positions}
        if consumer is None or not owned:
            return
        self._unmirrored = {}
        with contextlib.suppress(Exception):
            await asyncio.wait_for(consumer.commit(owned), _MIRROR_S)
