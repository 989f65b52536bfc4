"""What the services have stated: every record of their own topics, read from Kafka as any other system would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.chassis.delivery.records.cloudevents import open_envelope
from shared.chassis.process.settings import KafkaSettings
from shared.contracts import CATALOGUE
from shared.contracts.refusal import Refusal
from shared.contracts.topics import TOPICS, dead_letters_of
from shared.kernel.event import Event

OURS = tuple(topic.name for topic in TOPICS if not topic.door and not topic.name.endswith(dead_letters_of("")))
DEAD = tuple(topic.name for topic in TOPICS if topic.name.endswith(dead_letters_of("")))


class Fact(NamedTuple):
    """One event that a service has published, with the instant it bears."""

    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """All facts in the order of their time, each once, and the dead letters, each once."""

    facts: tuple[Fact, ...]
    dead_letters: tuple[dict[str, Any], ...]

    def of(self, *kinds: type[Event]) -> Iterator[dict[str, Any]]:
        """What the facts of these types say."""
        types = {kind.type for kind in kinds}
        return (fact.data for fact in self.facts if fact.type in types)


async def read_facts(kafka: KafkaSettings, prefix: str) -> Facts:
    """Read every topic of ours up to its present end.

    A relay that died may have published a fact twice, under one id. What could not be read, or came under an id that
    was taken, is no event: each time it is delivered it is answered anew, and counted once here.
    """
    facts: dict[object, Fact] = {}
    dead: dict[object, dict[str, Any]] = {}
    for record in await _records(kafka, [prefix + name for name in (*OURS, *DEAD)]):
        if record.topic.removeprefix(prefix) in DEAD:
            letter = json.loads(record.value)
            dead.setdefault((letter["topic"], letter["key"], letter["value"]), letter)
            continue
        envelope = open_envelope(record)
        data = json.loads(envelope.data)
        key: object = envelope.id
        if issubclass(CATALOGUE[envelope.type], Refusal):
            key = (data["refused_source"], data["refused_id"], *(reason["code"] for reason in data["reasons"]))
        assert envelope.time is not None
        facts.setdefault(key, Fact(envelope.type, envelope.time, data))
    return Facts(tuple(sorted(facts.values(), key=lambda fact: fact.at)), tuple(dead.values()))


async def _records(kafka: KafkaSettings, topics: list[str]) -> list[Any]:
    """Every record of these topics, each partition in order."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=list(kafka.bootstrap_servers), group_id=None, enable_auto_commit=False, **kafka.security
    )
    await reader.start()
    try:
        there = await reader._client.fetch_all_metadata()
        partitions = [TopicPartition(topic, n) for topic in topics for n in there.partitions_for_topic(topic) or ()]
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        begins = await reader.beginning_offsets(partitions)
        left = {partition for partition in partitions if begins[partition] < ends[partition]}
        for partition in partitions:
            reader.seek(partition, begins[partition])
        found: list[Any] = []
        while left:
            for partition, records in (await reader.getmany(*left, timeout_ms=200)).items():
                found += (record for record in records if record.offset < ends[partition])
                if await reader.position(partition) >= ends[partition]:
                    left.discard(partition)
        return found
    finally:
        await reader.stop()
