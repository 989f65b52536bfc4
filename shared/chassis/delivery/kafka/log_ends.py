"""Where the logs a service reads end, by a client of its own: nothing waits behind a fetch, no position moves."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Collection

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.offset import OffsetRequest

from shared.chassis.delivery.kafka.inside import client_of
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.kafka.unpacking import BoundedConsumer
from shared.chassis.process.clock import monotonic_seconds
from shared.chassis.process.settings import Settings

_PATIENCE_S = 2.0
_PAUSE_S = 5.0
_LATEST = -1
_AS_NO_CONSUMER = -2
"""Whoever asks as a replica is told where the leader's log ends, what is not replicated or not committed included."""


class LogEnds:
    """Asks where logs end; connects when it is first asked, and anew after an error. Every call ends in a moment."""

    def __init__(self, service: str, topics: Collection[str], settings: Settings) -> None:
        """Ask nothing yet."""
        self._name = service
        self._topics = [settings.topic_prefix + topic for topic in topics]
        self._settings = settings
        self._client: AIOKafkaConsumer | None = None
        self._not_before = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def partitions(self) -> list[Partition]:
        """Every partition of the topics, whoever reads it. Raises LookupError where one of them is not there."""
        async with self._connected() as client:
            known = {topic: client.partitions_for_topic(topic) for topic in self._topics}
            if missing := sorted(topic for topic, numbers in known.items() if not numbers):
                raise LookupError(f"there is no topic {', '.join(missing)}")
        return [(topic, number) for topic, numbers in known.items() for number in sorted(numbers)]

    async def for_readers(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Where each log ends for those who read what is committed."""
        async with self._connected() as client:
            ends = await client.end_offsets([TopicPartition(*partition) for partition in partitions])
        return {(partition.topic, partition.partition): end for partition, end in ends.items()}

    async def of_leaders(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Where each leader's log ends, as far as the leaders answer: none of its records lies behind that.

        The client library asks as a consumer only, so the request is our own, over its connections.
        """
        found: dict[Partition, int] = {}
        async with self._connected() as client:
            inner = client_of(client)
            asked: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
            for topic, number in partitions:
                leader = inner.cluster.leader_for_partition(TopicPartition(topic, number))
                if leader is not None and leader >= 0:
                    asked[leader][topic].append((number, _LATEST))
            for leader, topics in asked.items():
                answer = await inner.send(leader, OffsetRequest(_AS_NO_CONSUMER, 0, list(topics.items())))
                for topic, numbers in answer.topics:
                    found |= {(topic, number): end for number, error, _, end in numbers if not error}
        return found

    async def close(self) -> None:
        """Let go of the client."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.stop(), _PATIENCE_S)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    if self._client is None:
                        if monotonic_seconds() < self._not_before:
                            raise KafkaConnectionError("it did not answer a moment ago")
                        self._not_before = monotonic_seconds() + _PAUSE_S
                        self._client = self._made()
                        await self._client.start()
                        # The public way to ask for topics' metadata is to assign them, and with that to fetch.
                        await client_of(self._client).set_topics(self._topics)
                    yield self._client
            except BaseException:
                await self.close()
                raise

    def _made(self) -> AIOKafkaConsumer:
        return BoundedConsumer(
            bootstrap_servers=list(self._settings.kafka.bootstrap_servers),
            client_id=f"section42-{self._name}-ends",
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            **self._settings.kafka.security,
        )
