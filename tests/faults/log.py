"""What is on the topics, read by plain means: every record once, and what CloudEvents say of each."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.recount.identities import derived, of_event
from tests.faults.civil import instant
from tests.faults.plain import read

DOORS = ("concern-reports", "intake-decisions", "triage-decisions", "enquiry-records", "audit-reviews", "clock")
FACTS = (
    "receipts", "concerns", "triage", "section-42-conversions", "enquiries", "msp-outcomes", "audit.repeat-concerns",
    "audit.drift", "audit.open-concerns", "audit.advocacy", "audit.data-quality",
)  # fmt: skip
_UNREAD_BY_US = (
    "receipts",
    "msp-outcomes",
    "audit.drift",
    "audit.open-concerns",
    "audit.advocacy",
    "audit.data-quality",
)
DEAD_LETTERS = tuple(f"{topic}.dead-letters" for topic in (*DOORS, *FACTS) if topic not in _UNREAD_BY_US)
_READ_S = 60.0
_STOP_S = 10.0


@dataclass(frozen=True)
class Where:
    """As much of an installation as the oracle may know: where its servers are and what its names begin with."""

    bootstrap: str
    database_url: str
    prefix: str
    driven: bool
    kept: dict[tuple[str, int, int], Any] = field(default_factory=dict, repr=False, compare=False)
    """Records that were deleted after everybody had read them."""


@dataclass(frozen=True)
class Record:
    """A record of a topic; `topic` is without the installation's prefix."""

    topic: str
    partition: int
    offset: int
    at: datetime
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes | None]

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.topic}/{self.partition}@{self.offset}"


@dataclass(frozen=True)
class Message:
    """A CloudEvent: its attributes and its data."""

    record: Record
    id: str
    source: str
    type: str
    time: datetime | None
    data: dict[str, Any]
    attributes: dict[str, str] = field(repr=False)

    @property
    def identity(self) -> str:
        """What the inbox knows it by."""
        return self.attributes.get("by_body") or of_event(self.source, self.id)

    @property
    def correlation(self) -> str:
        """What it and all that follows from it have in common: never a word of who came to a door."""
        said = self.attributes.get("correlationid")
        if said and self.from_outside:
            return derived("correlation", said)
        return said or self.identity

    @property
    def from_outside(self) -> bool:
        """Whether it came through a door; what a timer states has no record."""
        record: Record | None = self.record
        return record is not None and record.topic in DOORS

    @property
    def known_as(self) -> str:
        """How what follows from it names it as its cause."""
        return self.identity if self.from_outside else self.id


@dataclass
class Log:
    """All topics, each as a list of its records, partition by partition in order; and where each log ends."""

    records: dict[str, list[Record]]
    ends: dict[tuple[str, int], int] = field(default_factory=dict)

    def facts(self, *topics: str) -> Iterable[Message]:
        """What our services state there, each once, in the order of its first appearance."""
        seen: set[str] = set()
        for topic in topics:
            for record in self.records[topic]:
                message = fact(record)
                if message.id not in seen:
                    seen.add(message.id)
                    yield message

    def duplicates(self) -> int:
        """How many records of our own facts are there again: allowed on topics, and a sign of relays that died."""
        again = 0
        for topic in FACTS:
            ids = [record.headers.get("ce_id") for record in self.records[topic]]
            again += len(ids) - len(set(ids))
        return again


def fact(record: Record) -> Message:
    """The message in a record that a service of ours wrote, always in binary mode."""
    text = {name[3:]: (value or b"").decode() for name, value in record.headers.items() if name.startswith("ce_")}
    time_ = instant(text["time"])
    return Message(record, text["id"], text["source"], text["type"], time_, json.loads(record.value or b""), text)


async def read_log(where: Where) -> Log:
    """Every record there is, or was, on every topic, to their ends as they are now; none that was taken back."""
    consumer = AIOKafkaConsumer(
        isolation_level="read_committed", bootstrap_servers=where.bootstrap, group_id=None, enable_auto_commit=False
    )
    await consumer.start()
    try:
        return await _read(consumer, where)
    finally:
        with contextlib.suppress(TimeoutError):  # everything has been read: a client that does not end holds nobody up
            await asyncio.wait_for(consumer.stop(), _STOP_S)


async def _read(consumer: Any, where: Where) -> Log:
    prefix = where.prefix
    partitions = [
        TopicPartition(prefix + topic, number)
        for topic in (*DOORS, *FACTS, *DEAD_LETTERS)
        for number in range(1 if topic == "clock" or topic in DEAD_LETTERS else 6)
    ]
    begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    spans = {(p.topic, p.partition): (begins[p], ends[p]) for p in partitions}
    found: dict[str, list[Record]] = {topic: [] for topic in (*DOORS, *FACTS, *DEAD_LETTERS)}
    there = placed(await read(where.bootstrap, spans, _READ_S))
    for record in (where.kept | there).values():  # a broker that is killed forgets what it deleted a moment before
        topic = record.topic.removeprefix(prefix)
        found[topic].append(_record(topic, record))
    for records in found.values():
        records.sort(key=lambda record: (record.partition, record.offset))
    return Log(found, {(p.topic.removeprefix(prefix), p.partition): end for p, end in ends.items()})


def placed(records: Iterable[Any]) -> dict[tuple[str, int, int], Any]:
    """Records by where they lie."""
    return {(record.topic, record.partition, record.offset): record for record in records}


def _record(topic: str, found: Any) -> Record:
    at = datetime.fromtimestamp(found.timestamp / 1000, UTC)
    return Record(topic, found.partition, found.offset, at, found.key, found.value, dict(found.headers))


def by_partition(records: Iterable[Record]) -> dict[int, list[Record]]:
    """The records of each partition, in order."""
    split: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        split[record.partition].append(record)
    return split
