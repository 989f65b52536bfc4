"""What is given up when a service goes on from another place: counted, written down with who and why, and listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.chassis.delivery.kafka.log_check import ANOTHER_RECORD, ANOTHER_TOPIC, BEGINS_AFTER, ENDS_BEFORE
from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError

if TYPE_CHECKING:
    from services.command.positions import Place

NOT_THERE = "it is not in Kafka"
"""Of a partition in which a service has a position."""
PASSED_OVER = "they were in the log and were passed over"
_LIST = """
SELECT at, topic, partition, from_offset, to_offset, records, exact, reason, why, who FROM {schema}given_up ORDER BY id
"""


class Loss(NamedTuple):
    """A range of one partition; `records` is exact, or what they are at most, or nought where nobody can know."""

    from_offset: int
    to_offset: int
    records: int
    exact: bool
    reason: str

    @property
    def number(self) -> str:
        """How many records, in words."""
        if self.exact:
            return f"{self.records} records"
        return f"at most {self.records} records" if self.records else "records whose number is not known"


@dataclass
class GivenUp:
    """A line of the ledger."""

    at: datetime
    topic: str
    partition: int
    from_offset: int
    to_offset: int
    records: int
    exact: bool
    reason: str
    why: str
    who: str

    @property
    def loss(self) -> Loss:
        """What it was."""
        return Loss(self.from_offset, self.to_offset, self.records, self.exact, self.reason)

    @property
    def says(self) -> str:
        """The line in words."""
        there = f"{self.topic} {self.partition}, offsets {self.from_offset} to {self.to_offset}"
        return f"{self.at:%Y-%m-%d %H:%M:%S}Z {there}: {self.loss.number}: {self.reason}; by {self.who}: {self.why}"


async def losses(asking: LogReader, place: Place, offset: int) -> list[Loss]:
    """What is never read if a service that is at a place goes on from an offset."""
    found, first = [], place.begins if place.position is None else place.position
    if place.misfit == NOT_THERE:
        return [Loss(first, first, 0, exact=False, reason=NOT_THERE)]
    if place.position is not None and place.misfit == BEGINS_AFTER:
        found.append(Loss(first, place.begins, place.begins - first, exact=False, reason=place.misfit))
        first = place.begins
    elif place.position is not None and place.misfit in {ANOTHER_TOPIC, ANOTHER_RECORD, ENDS_BEFORE}:
        # What else the old log held went with it: nobody can say how much that was.
        found.append(Loss(first, first, 0, exact=False, reason=place.misfit))
        first = place.begins
    if offset > first:
        records, exact = await _count(asking, (place.topic, place.partition), first, offset)
        found.append(Loss(first, offset, records, exact, PASSED_OVER))
    return found


async def _count(asking: LogReader, partition: tuple[str, int], first: int, end: int) -> tuple[int, bool]:
    """How many records a range holds; not exactly where a transaction in it is open, or Kafka does not say."""
    there = (await asking.bounds([partition])).get(partition)
    if there is None or there.stable < end:
        return end - first, False
    try:
        return len([None async for _ in asking.records(partition, first, end)]), True
    except NotKnownError:
        return end - first, False


async def last_before(asking: LogReader, place: Place, offset: int) -> Any:
    """The record before an offset, or None where there is none: before it there may be any number of markers."""
    back = 1
    while True:
        start = max(place.begins, offset - back)
        last = None
        async for record in asking.records((place.topic, place.partition), start, offset):
            last = record
        if last is not None or start == place.begins:
            return last
        back *= 4


def row(loss: Loss, topic: str, partition: int, at: datetime, *, why: str, who: str) -> dict[str, Any]:
    """A line of the ledger as the journal tells it, the topic without the prefix; see `recovering.commands`."""
    return loss._asdict() | {
        "at": at.isoformat(), "topic": topic, "partition": partition, "why": why, "who": who
    }  # fmt: skip


async def given_up(connection: Any, service: str | None = None) -> list[GivenUp]:
    """The ledger, oldest first; of a service's schema where the connection is not in it."""
    rows = await connection.fetch(_LIST.format(schema=f"{service}." if service else ""))
    return [GivenUp(*row) for row in rows]


async def given_up_lines(connection: Any, service: str) -> list[str]:
    """What a service has given up of each topic, a sentence each."""
    topics: dict[str, list[GivenUp]] = {}
    for each in await given_up(connection, service):
        topics.setdefault(each.topic, []).append(each)
    lines = []
    for topic, ledger in topics.items():
        unknown = any(not each.exact and not each.records for each in ledger)
        number = sum(each.records for each in ledger)
        total = Loss(0, 0, number, exact=all(each.exact for each in ledger), reason="").number
        more = " and others whose number is not known" if unknown and number else ""
        last = max(ledger, key=lambda each: each.at)
        lines.append(
            f"{service} has given up {total}{more} of {topic}, the last on {last.at:%Y-%m-%d} by {last.who}:"
            f" section42 positions {service} --given-up"
        )
    return lines
