"""What Kafka's log says of itself, asked beside the real consumer: its bounds, its topics' ids, single records.

Each question is one request with a deadline, over a connection of its own: a broker that is slow has said nothing, and
nothing follows from that (delivery rule 3). Senders' transactions are read committed, here as everywhere (rule 18).
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from typing import Any, NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, PartitionRecords
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from shared.chassis.delivery.kafka.inside import ask, client_of
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.kafka.requests import NO_ID, TopicIdsRequest
from shared.chassis.delivery.kafka.unpacking import Batches
from shared.chassis.process.blame import named

PATIENCE_S = 2.0
_CONNECTION = "look"
_CHUNK = 64 * 1024
_EARLIEST, _LATEST = -2, -1
_NO_SUCH_TOPIC = 3


class NotKnownError(Exception):
    """Kafka has not said it in time, or not at all: ask again."""


class Bounds(NamedTuple):
    """Where a partition begins and ends, and up to where no sender's transaction is open."""

    starts: int
    ends: int
    stable: int


class Topics(NamedTuple):
    """Kafka's ids of topics, by the broker that said so; and which topics no broker that answered knows."""

    ids: dict[int, dict[str, UUID]]
    missing: frozenset[str]


class First(NamedTuple):
    """The first record at an offset or after it, or None; and how far it was looked: only markers lie before that."""

    record: "ConsumerRecord[bytes, bytes] | None"
    reached: int
    stable: int


class LogReader:
    """Asks through a client that somebody else keeps connected."""

    def __init__(self, client: AIOKafkaClient, chunk: int = _CHUNK) -> None:
        """So many bytes of a log are asked for at once."""
        self._client, self._bytes = client, chunk

    @classmethod
    def of(cls, consumer: AIOKafkaConsumer, chunk: int = _CHUNK) -> "LogReader":
        """Over the connections of a consumer."""
        return cls(client_of(consumer), chunk)

    def leader(self, partition: Partition) -> int | None:
        """Which broker leads a partition, as far as the client knows."""
        node = self._client.cluster.leader_for_partition(TopicPartition(*partition))
        return None if node is None or node < 0 else int(node)

    def brokers(self) -> list[int]:
        """Every broker the client knows."""
        return [int(broker.nodeId) for broker in self._client.cluster.brokers()]

    def knows(self, topic: str) -> bool:
        """Whether the client has heard of a topic."""
        return bool(self._client.cluster.partitions_for_topic(topic))

    def look_around(self) -> None:
        """Let the client learn anew which topics there are, and who leads them."""
        self._client.force_metadata_update()

    async def ask(self, node: int, request: Any) -> Any:
        """Ask a broker. Raises NotKnownError; IncompatibleBrokerVersion where it knows no such question."""
        try:
            return await ask(self._client, node, request, _CONNECTION, PATIENCE_S)
        except (IncompatibleBrokerVersion, NotImplementedError) as error:
            raise IncompatibleBrokerVersion(str(error)) from None
        except (KafkaError, OSError) as error:  # no answer in time is an OSError too
            raise NotKnownError(named(error)) from None

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, Bounds]:
        """The bounds of those of the partitions whose leaders say them in time."""
        by_node: dict[int, list[Partition]] = defaultdict(list)
        for partition in partitions:
            if (node := self.leader(partition)) is not None:
                by_node[node].append(partition)
        asked = [
            self._offsets(node, wanted, which, level)
            for node, wanted in by_node.items()
            for which, level in (
                (_EARLIEST, READ_UNCOMMITTED), (_LATEST, READ_UNCOMMITTED), (_LATEST, READ_COMMITTED)
            )
        ]  # fmt: skip
        answers = await asyncio.gather(*asked)
        found: dict[Partition, Bounds] = {}
        for number, wanted in enumerate(by_node.values()):
            starts, ends, stable = answers[3 * number : 3 * number + 3]
            for one in wanted:
                if one in starts and one in ends and one in stable:
                    # Asked a moment apart: a transaction may have ended, or begun, in between.
                    found[one] = Bounds(starts[one], max(ends[one], stable[one]), stable[one])
        if len(found) < len(partitions):
            self.look_around()
        return found

    async def ends(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Where each of them ends, of those whose leaders say so in time."""
        led = [(node, one) for one in partitions if (node := self.leader(one)) is not None]
        asked = {node: [one for leader, one in led if leader == node] for node, _ in led}
        answers = await asyncio.gather(
            *(self._offsets(node, wanted, _LATEST, READ_UNCOMMITTED) for node, wanted in asked.items())
        )
        return {partition: end for answer in answers for partition, end in answer.items()}

    async def _offsets(self, node: int, wanted: list[Partition], which: int, level: int) -> dict[Partition, int]:
        by_topic: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for topic, number in wanted:
            by_topic[topic].append((number, which))
        try:
            answer = await self.ask(node, OffsetRequest(-1, level, list(by_topic.items())))
        except NotKnownError:
            return {}
        return {
            (topic, number): offset
            for topic, numbers in answer.topics
            for number, error, _, offset in numbers
            if not error
        }

    async def topics(self, names: Collection[str], partitions: Collection[Partition]) -> Topics:
        """What the leaders of these partitions, or else any broker, say of topics by these names.

        A leader knows the id of a topic before it serves a log of it; another broker may not know it yet.
        """
        nodes = {node for partition in partitions if (node := self.leader(partition)) is not None}
        nodes = nodes or set(self.brokers()[:1])
        answers = await asyncio.gather(*(self._topics_at(node, list(names)) for node in nodes))
        said = {node: answer for node, answer in zip(nodes, answers, strict=True) if answer is not None}
        missing = frozenset.intersection(*(missing for _, missing in said.values())) if said else frozenset[str]()
        return Topics({node: ids for node, (ids, _) in said.items()}, missing)

    async def _topics_at(self, node: int, names: list[str]) -> tuple[dict[str, UUID], frozenset[str]] | None:
        try:
            answer = await self.ask(node, TopicIdsRequest(names))
        except IncompatibleBrokerVersion:
            return dict.fromkeys(names, NO_ID), frozenset()
        except NotKnownError:
            return None
        ids = {name: topic_id for error, name, topic_id, *_ in answer.topics if not error}
        return ids, frozenset(name for error, name, *_ in answer.topics if error == _NO_SUCH_TOPIC)

    async def ids(self, partitions: Collection[Partition]) -> dict[Partition, UUID]:
        """The id of each partition's topic, as its leader says it in time; NO_ID where Kafka gives none."""
        found = await self.topics({topic for topic, _ in partitions}, partitions)
        return self.ids_of(partitions, found)

    def ids_of(self, partitions: Collection[Partition], topics: Topics) -> dict[Partition, UUID]:
        """The id of each partition's topic, of what its leader has said."""
        said = {
            one: topics.ids.get(node, {}).get(one[0]) for one in partitions if (node := self.leader(one)) is not None
        }
        return {one: topic_id for one, topic_id in said.items() if topic_id is not None}

    async def first_after(self, partition: Partition, offset: int) -> First:
        """The first committed record at an offset or after it. Raises NotKnownError."""
        at = offset
        while True:
            records, stable = await self._chunk(partition, at)
            record = _next(records)
            if record is not None or records.next_fetch_offset == at:
                if record is None and at < stable:
                    raise NotKnownError("the broker has sent nothing, though there is something")
                return First(record, records.next_fetch_offset, stable)
            at = records.next_fetch_offset

    async def records(self, partition: Partition, first: int, end: int) -> AsyncIterator[Any]:
        """The committed records from an offset up to another, while no transaction is open. Raises NotKnownError."""
        at = first
        while at < end:
            records, stable = await self._chunk(partition, at)
            before = at
            while (record := _next(records)) is not None and record.offset < end:
                yield record
                at = record.offset + 1
            at = records.next_fetch_offset
            if at == before:
                if at < stable:
                    raise NotKnownError("the broker has sent nothing, though there is something")
                return

    async def _chunk(self, partition: Partition, at: int) -> tuple[PartitionRecords, int]:
        """Some of what there is from an offset on, and how far no transaction is open."""
        stable, aborted, packed = await self._fetch(partition, at)
        where = TopicPartition(*partition)
        return (
            PartitionRecords(
                where, Batches(packed, None), aborted, at, None, None, check_crcs=True, isolation_level=READ_COMMITTED
            ),
            stable,
        )

    async def _fetch(self, partition: Partition, offset: int) -> tuple[int, Any, bytes]:
        node = self.leader(partition)
        if node is None:
            raise NotKnownError("no leader")
        topic, number = partition
        request = FetchRequest(
            0, 0, self._bytes, READ_COMMITTED, [(topic, [(number, offset, self._bytes)])], rack_id=""
        )
        answer = await self.ask(node, request)
        for _, partitions in answer.topics:
            for _, error, _, *rest in partitions:
                if error:
                    raise NotKnownError(f"Kafka says {error}")
                aborted = rest[2] if answer.API_VERSION >= 11 else rest[-2]  # noqa: PLR2004  as the client library reads it
                return rest[0], aborted, rest[-1]
        raise NotKnownError("an empty answer")


def _next(records: PartitionRecords) -> "ConsumerRecord[bytes, bytes] | None":
    try:
        return next(records, None)
    except KafkaError as error:
        raise NotKnownError(named(error)) from None
