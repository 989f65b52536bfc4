"""`section42 positions`: where a service is in each partition, beside the log; and its repair after the log was lost.

A service refuses to start where the log begins after its position, ends before it or holds another record than the
one it read: it cannot know what it missed. A person can, and says so here.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.settings import KafkaSettings

_SET = """
INSERT INTO positions (topic, partition, next_offset, fingerprint) VALUES ($1, $2, $3, $4)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, fingerprint = excluded.fingerprint
"""


@dataclass
class Place:
    """One partition: the next offset to read (None: never read) beside where the log begins and ends."""

    topic: str
    partition: int
    position: int | None
    begins: int
    ends: int

    @property
    def says(self) -> str:
        """What this means."""
        if self.position is None:
            return "never read"
        if self.position < self.begins:
            return f"{self.begins - self.position} records were deleted before they were read"
        if self.position > self.ends:
            return "the log ends before the position: the topic was made anew or lost its end"
        return f"{self.ends - self.position} to read"


def command(
    service: Annotated[str, typer.Argument(help="intake, triage, enquiry or audit.")],
    accept: Annotated[
        tuple[str, int] | None, typer.Option(metavar="TOPIC PARTITION", help="Go on from another place (see --at).")
    ] = None,
    at: Annotated[str, typer.Option(metavar="begin|end|N", help="The next offset to read.")] = "begin",
    why: Annotated[str | None, typer.Option(help="Why that is right; it is printed, for your record.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a partition.")] = False,
) -> None:
    """Show where a service is in each partition, or tell it where to go on after a topic was recreated or truncated.

    Stop the service first. Reading again is safe, every event counts once; records passed over are never read.

    Example: section42 positions audit --accept concerns 3 --at begin --why "topic restored from the backup of 2 May"
    """
    from services.command.registry import known
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    known(service)
    where = kafka_settings(), database_url(), topic_prefix(), service
    if accept is None:
        for place in asyncio.run(places(*where)):
            if as_json:
                say_json(asdict(place) | {"says": place.says})
            else:
                now = "-" if place.position is None else place.position
                say(f"{place.topic} {place.partition}: at {now}, log {place.begins}..{place.ends}: {place.says}")
        return
    if not why:
        raise MisuseError("say --why that is the right place")
    if not yes:
        typer.confirm(f"{service} will read {accept[0]} partition {accept[1]} from {at} on. Go on?", abort=True)
    before, after = asyncio.run(go_on_from(*where, accept[0], accept[1], at))
    was = "nowhere" if before is None else before
    say(f"{service} {accept[0]} partition {accept[1]}: {was} -> {after}, because: {why}")


async def places(kafka: KafkaSettings, database_url: str, prefix: str, service: str) -> list[Place]:
    """Every partition a service reads, and any other it has a position in."""
    from services.command.accounts import positions
    from services.command.lag import partitions_of
    from services.command.registry import load
    from services.command.servers import consumer, database

    async with database(database_url, service) as connection:
        written = await positions(connection, service, prefix)
    topics = {prefix + topic for topic in load(service).topics} | {topic for topic, _ in written}
    async with consumer(kafka) as reader:
        partitions = await partitions_of(reader, sorted(topics))
        begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
    return [Place(p.topic, p.partition, written.get((p.topic, p.partition)), begins[p], ends[p]) for p in partitions]


async def go_on_from(
    kafka: KafkaSettings, database_url: str, prefix: str, service: str, topic: str, partition: int, at: str
) -> tuple[int | None, int]:
    """Write down another position, with the fingerprint of the record before it; the position before and after."""
    from services.command.servers import database

    name = prefix + topic.removeprefix(prefix)
    there = await places(kafka, database_url, prefix, service)
    place = next((p for p in there if p.topic == name and p.partition == partition), None)
    if place is None:
        raise MisuseError(f"{service} reads no {topic} partition {partition}: see `section42 positions {service}`")
    offset = {"begin": place.begins, "end": place.ends}.get(at, int(at) if at.isdigit() else -1)
    if not place.begins <= offset <= place.ends:
        raise MisuseError(f"--at takes begin, end or an offset from {place.begins} to {place.ends}")
    print_of = await _fingerprint_before(kafka, name, partition, offset) if offset > place.begins else None
    async with database(database_url, service) as connection:
        await connection.execute(_SET, name, partition, offset, print_of)
    return place.position, offset


async def _fingerprint_before(kafka: KafkaSettings, topic: str, partition: int, offset: int) -> bytes:
    from aiokafka import TopicPartition

    from services.command.servers import consumer
    from shared.chassis.cloudevents import fingerprint

    before = TopicPartition(topic, partition)
    async with consumer(kafka) as reader:
        reader.assign([before])
        reader.seek(before, offset - 1)
        record: Any = await asyncio.wait_for(reader.getone(before), timeout=10)
    return fingerprint(record)
