"""The journals as a command reads them: what each service took, beside what its tables know of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

_PATIENCE_S = 10.0
_POLL_MS = 500
Partition = tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """One transaction of a service, by the process that did it and that process' count; see `shared.chassis.journal`.

    `took` are runs of records: topic without the prefix, partition, first offset, last offset + 1.
    """

    offset: int
    epoch: int
    number: int
    at: datetime
    kind: str
    took: tuple[tuple[str, int, int, int], ...] = ()
    what: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Journal:
    """A service's journal: where it begins and ends, and its entries from one place on."""

    begins: int
    ends: int
    entries: list[Entry]


async def journal(reader: AIOKafkaConsumer, prefix: str, service: str, start: int) -> Journal:
    """The journal from an offset on, or from where it begins if that is later."""
    from aiokafka import TopicPartition

    from services.command.lag import partitions_of
    from services.command.problems import CommandError
    from shared.contracts.topics import journal_of

    where = TopicPartition(prefix + journal_of(service), 0)
    if where not in await partitions_of(reader, [where.topic]):
        raise CommandError(f"there is no topic {where.topic}: run `section42 topics`")
    begins, ends = (await reader.beginning_offsets([where]))[where], (await reader.end_offsets([where]))[where]
    found: list[Entry] = []
    if (at := max(start, begins)) < ends:
        reader.assign([where])
        reader.seek(where, at)
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while await reader.position(where) < ends:
            if records := (await reader.getmany(where, timeout_ms=_POLL_MS)).get(where, []):
                deadline = asyncio.get_running_loop().time() + _PATIENCE_S
            elif asyncio.get_running_loop().time() > deadline:
                raise CommandError(f"{where.topic} does not answer from offset {at} on")
            found += [_entry(record) for record in records if record.offset < ends]
    return Journal(begins, ends, found)


def _entry(record: Any) -> Entry:
    said = json.loads(record.value)
    took = tuple((str(topic), int(number), int(first), int(end)) for topic, number, first, end in said.get("took", ()))
    at = datetime.fromisoformat(said["at"])
    return Entry(record.offset, said["epoch"], said["number"], at, said["kind"], took, said.get("what", {}))


def missing(entries: Sequence[Entry], known: Mapping[int, int]) -> list[Entry]:
    """Those that the tables know nothing of, each once, in the order in which they were first told."""
    counts = dict(known)
    found = []
    for entry in entries:
        if entry.number > counts.get(entry.epoch, 0):
            counts[entry.epoch] = entry.number
            found.append(entry)
    return found


def expired(entries: Sequence[Entry], begins: Mapping[Partition, int], prefix: str) -> dict[Partition, int]:
    """Where the log begins after records that these entries took: the partition, and the first offset taken."""
    first: dict[Partition, int] = {}
    for entry in entries:
        for topic, number, start, _ in entry.took:
            first.setdefault((topic, number), start)
    return {(topic, n): start for (topic, n), start in first.items() if start < begins.get((prefix + topic, n), 0)}
