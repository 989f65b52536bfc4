"""`section42 positions`: where a service is in each partition, beside the log; and its repair after the log was lost.

A service refuses to read where the log begins after its position, ends before it, holds another record than the one it
read, or is another topic's: it cannot know what it missed. A person can, and says so here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.command.problems import CommandError, MisuseError
from services.command.registry import ONE

if TYPE_CHECKING:
    from services.command.giving_up import GivenUp, Loss
    from shared.chassis.delivery.kafka.log_reader import LogReader
    from shared.chassis.process.settings import KafkaSettings

_IS_AT = "SELECT next_offset FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE"
_ALL = "all"


@dataclass(frozen=True)
class Acceptance:
    """A person's word that a service is to go on elsewhere: in one partition of a topic, or in all, and where."""

    topic: str
    partition: str
    at: str
    why: str
    who: str


@dataclass
class Place:
    """One partition: the next offset to read (None: never read) beside where the log begins and ends.

    `misfit` says why the log is not the one that was read; it is empty where it is. `there` is whether Kafka has any.
    """

    topic: str
    partition: int
    position: int | None
    begins: int
    ends: int
    misfit: str = ""
    topic_id: UUID | None = None
    there: bool = True

    @property
    def says(self) -> str:
        """What this means."""
        if self.position is None:
            return "never read"
        if self.misfit:
            return self.misfit
        return f"at most {self.ends - self.position} to read" if self.ends > self.position else "0 to read"


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    accept: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="TOPIC PARTITION", help="Go on from another place (see --at); all: every partition."),
    ] = None,
    at: Annotated[str, typer.Option(metavar="begin|end|N", help="The next offset to read.")] = "begin",
    why: Annotated[str | None, typer.Option(help="Why that is right; it is kept in the ledger.")] = None,
    who: Annotated[str | None, typer.Option(help="Who says so; it is kept in the ledger.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: Annotated[bool, typer.Option("--given-up", help="List what was given up: the ledger.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show where a service is in each partition, or tell it where to go on after a topic was recreated or truncated.

    The service may run meanwhile: it sees within seconds where it is to go on, and what it has in hand is not applied.
    Reading again is safe, every event counts once. What is passed over is never read: the ledger says which offsets,
    how many records (exactly where they can still be counted), the reason that was found, why, by whom and when. To
    accept a partition that its topic has no longer is to forget it.

    Example: section42 positions audit --accept concerns 3 --at begin --who jane --why "restored from Monday's backup"
    """
    from services.command.registry import known
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    known(service)
    where = kafka_settings(), database_url(), topic_prefix(), service
    if accept is not None:
        if not why or not who:
            raise MisuseError("say --why that is the right place, and --who says so")
        if not yes:
            typer.confirm(f"{service} will read {accept[0]} partition {accept[1]} from {at} on. Go on?", abort=True)
        for moved in asyncio.run(go_on_from(*where, Acceptance(*accept, at, why, who))):
            say(moved.says)
        return
    lines: Iterable[Place | GivenUp] = asyncio.run(_ledger(database_url(), service) if ledger else places(*where))
    for line in lines:
        if as_json:
            say_json(asdict(line) | {"says": line.says})
        elif isinstance(line, Place):
            now = "-" if line.position is None else line.position
            log = f"log {line.begins}..{line.ends}" if line.there else "no log"
            say(f"{line.topic} {line.partition}: at {now}, {log}: {line.says}")
        else:
            say(line.says)
    if ledger and not lines and not as_json:
        say(f"{service} has given nothing up")


async def _ledger(database_url: str, service: str) -> list[GivenUp]:
    from services.command.giving_up import given_up
    from services.command.servers import database

    async with database(database_url, service) as connection:
        return await given_up(connection)


async def places(kafka: KafkaSettings, database_url: str, prefix: str, service: str) -> list[Place]:
    """Every partition a service reads, and any other it has a position in."""
    from services.command.servers import consumer, database

    async with database(database_url, service) as connection, consumer(kafka) as reader:
        return await _places(connection, reader, prefix, service)


async def _places(connection: Any, reader: Any, prefix: str, service: str) -> list[Place]:
    from services.command.accounts import positions
    from services.command.giving_up import NOT_THERE
    from services.command.lag import bounds_of, partitions_of
    from services.command.registry import load
    from shared.chassis.delivery.applying.position_rows import read, read_ids
    from shared.chassis.delivery.kafka.log_check import misfits
    from shared.chassis.delivery.kafka.log_reader import LogReader
    from shared.chassis.delivery.kafka.requests import NO_ID

    written = await positions(connection, service, prefix)
    topics = {prefix + topic for topic in load(service).topics} | {topic for topic, _ in written}
    partitions = await partitions_of(reader, sorted(topics))
    bounds = {(p.topic, p.partition): there for p, there in (await bounds_of(reader, partitions)).items()}
    asking, wanted = LogReader.of(reader), list(bounds)
    known, ids = await read(connection, wanted), await asking.ids(wanted)
    found = await misfits(asking, known, bounds, await read_ids(connection, wanted), ids)
    topic_ids = {one: topic_id for one, topic_id in ids.items() if topic_id != NO_ID}
    gone = sorted(written.keys() - bounds.keys())
    return [
        Place(
            *one, known[one].next_offset if one in known else None, there.starts, there.ends,
            _reason(found.get(one), looked=one in found or one not in known), topic_ids.get(one),
        )
        for one, there in bounds.items()
    ] + [Place(*one, written[one], 0, 0, NOT_THERE, there=False) for one in gone]  # fmt: skip


def _reason(misfit: Any, *, looked: bool) -> str:
    return "" if misfit is None and looked else "Kafka has not said in time" if misfit is None else str(misfit.reason)


@dataclass
class Moved:
    """A position that was moved, and what was given up with it."""

    service: str
    topic: str
    partition: int
    was: int | None
    to: int | None
    losses: list[Loss]

    @property
    def says(self) -> str:
        """What has been done."""
        before, to = ("nowhere" if offset is None else offset for offset in (self.was, self.to))
        lost = "; given up: ".join(["", *(f"{loss.number}, {loss.reason}" for loss in self.losses)])
        return f"{self.service} {self.topic} partition {self.partition}: {before} -> {to}{lost}"


async def go_on_from(
    kafka: KafkaSettings, database_url: str, prefix: str, service: str, said: Acceptance
) -> list[Moved]:
    """Write down other positions, and with each, in the same transaction, what is given up."""
    from services.command.registry import load
    from services.command.servers import consumer, database
    from shared.chassis.delivery.kafka.log_reader import LogReader

    name, where = prefix + said.topic.removeprefix(prefix), f"{said.topic} partition {said.partition}"
    async with database(database_url, service) as connection, consumer(kafka) as reader:
        there = await _places(connection, reader, prefix, service)
        wanted = [p for p in there if p.topic == name and said.partition in {_ALL, str(p.partition)}]
        if not wanted:
            raise MisuseError(f"{service} reads no {where}: see `section42 positions {service}`")
        has = {place.topic for place in there if place.there}
        for place in wanted:
            if not place.there and name not in has and name in {prefix + topic for topic in load(service).topics}:
                raise MisuseError(f"{said.topic} is not in Kafka at all: run `section42 topics` first")
            if not place.begins <= _offset(place, said.at) <= place.ends:
                raise MisuseError(f"--at takes begin, end or an offset from {place.begins} to {place.ends}")
        asking = LogReader.of(reader)
        return [await _move(connection, asking, prefix, service, place, said) for place in wanted]


def _offset(place: Place, at: str) -> int:
    return {"begin": place.begins, "end": place.ends}.get(at, int(at) if at.isdigit() else -1)


async def _move(connection: Any, asking: LogReader, prefix: str, service: str, place: Place, said: Acceptance) -> Moved:
    from services.command import giving_up
    from shared.chassis.delivery.kafka.log_reader import NotKnownError
    from shared.chassis.delivery.records.cloudevents import fingerprint
    from shared.chassis.delivery.recovering.commands import carry_out

    bare, to = place.topic.removeprefix(prefix), _offset(place, said.at)
    try:
        last = await giving_up.last_before(asking, place, to) if place.there else None
    except NotKnownError as error:
        raise CommandError(f"Kafka does not say what is before offset {to}: try again") from error
    losses = await giving_up.losses(asking, place, to)
    async with connection.transaction():
        if await connection.fetchval(_IS_AT, place.topic, place.partition) != place.position:
            raise CommandError(f"{service} has moved on in {bare} {place.partition} meanwhile: look again")
        at = await connection.fetchval("SELECT now()")
        position = {
            "topic": bare, "partition": place.partition, "next_offset": to,
            "fingerprint": None if last is None else fingerprint(last).hex(),
            "last_offset": None if last is None else last.offset,
            "topic_id": None if place.topic_id is None else str(place.topic_id),
        }  # fmt: skip
        lines: list[dict[str, Any]] = [
            giving_up.row(loss, bare, place.partition, at, why=said.why, who=said.who) for loss in losses
        ]
        if not place.there:
            forgotten = {"topic": bare, "partition": place.partition, "given_up": lines[0]}
            await carry_out(connection, {"forgotten": forgotten}, prefix)
            return Moved(service, bare, place.partition, place.position, None, losses)
        for line in (*lines, *[None] * (not lines)):
            await carry_out(connection, {"position": position | {"given_up": line}}, prefix)
    return Moved(service, bare, place.partition, place.position, to, losses)
