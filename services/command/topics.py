"""`section42 topics`: creates the declared topics that are missing, and settles those that differ."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.problems import CommandError

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_ALREADY_EXISTS = 36
UNPACKED_MAX = "max.decompressed.message.bytes"  # as in the contracts, which help does not wait for
_INVALID_CONFIG = 40
OLDER_KAFKA = (
    f"this Kafka does not know {UNPACKED_MAX}, which 4.4 does: one packed record may unpack to any size here; the "
    "services' own bound on a batch holds"
)
_TRIES = 200
_PAUSE_S = 0.02


@dataclass
class Provisioned:
    """Which topics were created, how many were there, and what of those was changed, differs, or would lose records."""

    created: list[str] = field(default_factory=list)
    present: int = 0
    changed: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    losing: list[str] = field(default_factory=list)


def command(
    show: Annotated[bool, typer.Option("--list", help="Only print the declared list.")] = False,
    replication_factor: Annotated[
        int | None,
        typer.Option(min=1, help="Copies of each topic, else SECTION42_REPLICATION_FACTOR, else 1; 3 in production."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Create the topics that are missing, and give those there the declared settings.

    What cannot be changed (the number of partitions, of copies) is reported. What would lose records is left as it is,
    with exit code 1.

    Example: section42 topics --replication-factor 3
    """
    from services.command.servers import kafka_settings, topic_prefix
    from services.command.terminal import say, say_json, warn
    from shared.chassis.process.settings import REPLICATION_FACTOR

    if show:
        _print_declared(topic_prefix(), as_json=as_json)
        return
    copies = replication_factor or REPLICATION_FACTOR.read(os.environ)
    done = asyncio.run(provision(kafka_settings(), topic_prefix(), copies))
    if as_json:
        say_json(done)
    else:
        for name in done.created:
            say(f"created {name}")
        for line in done.changed:
            say(f"changed {line}")
        say(f"{len(done.created)} created, {done.present} there already")
        for line in (*done.differing, *done.losing):
            warn(line)
    if done.losing:
        raise typer.Exit(1)


async def provision(
    kafka: KafkaSettings, prefix: str, replication_factor: int = 1, partitions: int | None = None
) -> Provisioned:
    """Create what is missing, wait until it can be used, and settle the rest.

    `partitions` stands in for every declared number.
    """
    from services.command.servers import admin
    from services.command.topic_settings import settle
    from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS

    copies = {"min.insync.replicas": str(max(1, replication_factor - 1))}
    wanted = {
        prefix + t.name: (partitions or t.partitions, t.config | copies) for t in (*TOPICS, *JOURNALS, *HEARTBEATS)
    }
    done = Provisioned()
    async with admin(kafka) as client:
        there = {t["topic"] for t in await client.describe_topics()}
        missing = [name for name in wanted if name not in there]
        refused = await _create(client, {name: wanted[name] for name in missing}, replication_factor, done)
        if refused:
            plain = {n: (wanted[n][0], {k: v for k, v in wanted[n][1].items() if k != UNPACKED_MAX}) for n in refused}
            for name, says in (await _create(client, plain, replication_factor, done)).items():
                raise CommandError(f"{name} could not be created: {says}")
            done.differing.append(OLDER_KAFKA)
        partitions_of = await _usable(client, list(wanted))
        before = {name: number for name, number in partitions_of.items() if name not in done.created}
        done.present = len(before)
        settled = await settle(client, wanted, before, replication_factor)
        done.changed, done.losing = settled.changed, settled.losing
        done.differing = list(dict.fromkeys([*done.differing, *settled.differing]))
    return done


async def _create(
    client: Any, wanted: dict[str, tuple[int, dict[str, str]]], copies: int, done: Provisioned
) -> dict[str, str]:
    """Create topics; those whose settings Kafka does not take, and what it says of them."""
    from aiokafka.admin import NewTopic
    from aiokafka.errors import for_code

    refused = {}
    new = [NewTopic(name, number, copies, topic_configs=config) for name, (number, config) in wanted.items()]
    for name, code, *message in (await client.create_topics(new)).topic_errors if new else ():
        says = message[0] if message and message[0] else for_code(code).__name__
        if code == 0:
            done.created.append(name)
        elif code == _INVALID_CONFIG:
            refused[name] = says
        elif code != _ALREADY_EXISTS:
            raise CommandError(f"{name} could not be created: {says}")
    return refused


async def _usable(client: Any, names: list[str]) -> dict[str, int]:
    """The number of partitions of each once all have a leader: creating a topic returns a moment before that."""
    for _ in range(_TRIES):
        topics = await client.describe_topics(names)
        if all(t["error_code"] == 0 and all(p["leader"] >= 0 for p in t["partitions"]) for t in topics):
            return {topic["topic"]: len(topic["partitions"]) for topic in topics}
        await asyncio.sleep(_PAUSE_S)
    raise CommandError("not every partition has a leader: is every broker up?")


def _print_declared(prefix: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from services.command.terminal import Lines, out, say_json
    from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS

    if as_json:
        say_json(
            [
                asdict(topic) | {"name": prefix + topic.name, "config": topic.config}
                for topic in (*TOPICS, *JOURNALS, *HEARTBEATS)
            ]
        )
        return
    table = Lines("topic", "written by", "partitions", "kept", "largest message", box=None)
    for topic in (*TOPICS, *JOURNALS, *HEARTBEATS):
        kept = "for ever" if topic.retention_days is None else f"{topic.retention_days} days"
        largest = f"{topic.max_message_bytes // 1024} KiB"
        table.add_row(prefix + topic.name, topic.writer, str(topic.partitions), kept, largest)
    out.print(table)
