"""The journals as a command reads them: what each service took, beside what its tables know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

_PATIENCE_S = 10.0
_PAUSE_S = 0.1
_NAMED = 5
_CHUNK = 4 * 1024 * 1024
Partition = tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """One transaction of a service, by the process that did it and that process' count (`applying.journal`).

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
    """A service's journal: where it begins and ends, and its entries from one place on.

    `foreign` are the offsets of records that are no entries of ours, whatever they are.
    """

    begins: int
    ends: int
    entries: list[Entry]
    foreign: list[int] = field(default_factory=list)


async def journal(
    reader: AIOKafkaConsumer, prefix: str, service: str, start: int, lives: Iterable[str] = ()
) -> Journal:
    """The journal from an offset on, or from where it begins if that is later; only what took effect in some tables.

    `lives` are those of the database that tables know of which have the journal up to there.
    """
    from services.command.lag import bounds_of, partitions_of
    from services.command.problems import CommandError
    from shared.chassis.delivery.applying.journal import entry_of
    from shared.chassis.delivery.applying.lives import Lives
    from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
    from shared.contracts.topics import journal_of

    topic = prefix + journal_of(service)
    where = next((one for one in await partitions_of(reader, [topic]) if one.partition == 0), None)
    if where is None:
        raise CommandError(f"there is no topic {topic}: run `section42 topics`")
    begins, _, ends = (await bounds_of(reader, [where]))[where]
    found, at, of = Journal(begins, ends, []), max(start, begins), Lives(lives)
    asking = LogReader.of(reader, _CHUNK)
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while at < ends:
        try:
            async for record in asking.records((topic, 0), at, ends):
                deadline = asyncio.get_running_loop().time() + _PATIENCE_S
                at = record.offset + 1
                told = entry_of(record.value)
                if told is None:
                    found.foreign.append(record.offset)
                elif of.counts(told):
                    entry = Entry(record.offset, told.epoch, told.number, told.at, told.kind, told.took, told.what)
                    found.entries.append(entry)
        except NotKnownError:
            if asyncio.get_running_loop().time() > deadline:
                raise CommandError(f"{topic} does not answer from offset {at} on") from None
            await asyncio.sleep(_PAUSE_S)
        else:
            return found  # what lies behind the last record are markers
    return found


def missing(entries: Sequence[Entry], known: Mapping[int, int]) -> list[Entry]:
    """Those that the tables know nothing of, each once, in the order in which they were first told."""
    counts = dict(known)
    found = []
    for entry in entries:
        if entry.number > counts.get(entry.epoch, 0):
            counts[entry.epoch] = entry.number
            found.append(entry)
    return found


def gap(entries: Sequence[Entry], known: Mapping[int, int]) -> str:
    """Which entry the journal lacks before one that it has, of those that the tables know nothing of; or nothing."""
    counts = dict(known)
    for entry in missing(entries, known):
        if entry.number != counts.get(entry.epoch, 0) + 1:
            return f"entry {entry.number - 1} of epoch {entry.epoch}"
        counts[entry.epoch] = entry.number
    return ""


def in_short(offsets: Sequence[int]) -> str:
    """Where records lie, in words."""
    more = f" and {len(offsets) - _NAMED} others" * (len(offsets) > _NAMED)
    return f"offset{'s' * (len(offsets) > 1)} {', '.join(map(str, offsets[:_NAMED]))}{more}"


def runs(offsets: Sequence[int]) -> list[tuple[int, int]]:
    """The same as ranges: first, last + 1."""
    found: list[tuple[int, int]] = []
    for offset in offsets:
        if found and found[-1][1] == offset:
            found[-1] = found[-1][0], offset + 1
        else:
            found.append((offset, offset + 1))
    return found


def expired(entries: Sequence[Entry], begins: Mapping[Partition, int], prefix: str) -> dict[Partition, int]:
    """Where the log begins after records that these entries took: the partition, and the first offset taken."""
    first: dict[Partition, int] = {}
    for entry in entries:
        for topic, number, start, _ in entry.took:
            first.setdefault((topic, number), start)
    return {(topic, n): start for (topic, n), start in first.items() if start < begins.get((prefix + topic, n), 0)}
