"""`section42 backup`: everything the services keep in Postgres, as of one instant, in one file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services import SERVICES
from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_INSIDE = """
SELECT (SELECT coalesce(sum(next_offset), 0)::bigint FROM {0}.positions),
       (SELECT next_offset FROM {0}.journal WHERE id = 1),
       (SELECT count(*) FROM {0}.cases WHERE body IS NOT NULL),
       (SELECT count(*) FROM {0}.held),
       (SELECT coalesce(sum(facts), 0)::bigint FROM {0}.outbox),
       (SELECT count(*) FROM {0}.reads)
"""


@dataclass
class Saved:
    """What a backup holds of one service: how far it had read, and what it kept."""

    service: str
    records_read: int
    journal_offset: int
    cases: int
    held: int
    facts_to_publish: int
    reads: int


@dataclass
class Backup:
    """A backup: as of when, and until when the doors and journals still hold all that it lacks.

    `good_until` is None where they are kept for ever; `retention` says what was gone by, if it could be asked.
    """

    file: str
    bytes: int
    at: datetime
    good_until: datetime | None
    retention: str
    services: list[Saved]


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; nothing is overwritten.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was saved as JSON.")] = False,
) -> None:
    """Save everything the services keep in Postgres, as of one instant, while they run; Kafka is not in it.

    Needs pg_dump of the server's version or newer on the PATH. The file holds codes, ids and held events, which may
    name people: keep it as you keep the database. It can be restored without telling anything twice for as long as
    the doors and journals are kept (30 days as declared), so back up at least daily, and copy it elsewhere.

    Example: section42 backup /backups/section42-2026-11-27.dump
    """
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import counting, say, say_json

    if file.exists():
        raise MisuseError(f"{file} is there already: choose another name")
    if not file.absolute().parent.is_dir():
        raise MisuseError(f"there is no folder {file.absolute().parent}")
    with counting("tables saved") as on_table:
        done = asyncio.run(backup(kafka_settings(), database_url(), topic_prefix(), file, on_table))
    if as_json:
        say_json(asdict(done))
        return
    for each in done.services:
        say(
            f"{each.service}: {each.records_read} records read, journal at {each.journal_offset}, {each.cases} cases,"
            f" {each.held} held, {each.facts_to_publish} facts not yet published, {each.reads} reads logged"
        )
    say(f"saved {done.file}, {done.bytes} bytes, as of {done.at:%Y-%m-%d %H:%M:%S}Z")
    until = "for ever" if done.good_until is None else f"until {done.good_until:%Y-%m-%d %H:%M}Z"
    say(f"it can be restored without telling anything twice {until} ({done.retention})")


async def backup(
    kafka: KafkaSettings, database_url: str, prefix: str, file: Path, on_table: Callable[[int], None] = lambda _: None
) -> Backup:
    """Write the file; it appears under its name once it is whole."""
    from services.command.pg_programs import programs_for
    from services.command.servers import database

    kept, said = await _retention(kafka, prefix)
    draft = file.with_name(f"{file.name}.part")
    async with database(database_url) as connection:
        programs = await programs_for(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            at, snapshot = await connection.fetchrow("SELECT now(), pg_export_snapshot()")
            services = [Saved(s, *await connection.fetchrow(_INSIDE.format(s))) for s in SERVICES]
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            try:
                await asyncio.to_thread(
                    programs.run, "pg_dump", database_url, "--format=custom", "--verbose", "--file", str(draft),
                    "--snapshot", snapshot, *(option for s in SERVICES for option in ("--schema", s)),
                    on_line=lambda line: on_table(1) if "dumping contents of table" in line else None,
                )  # fmt: skip
                draft.rename(file)
            finally:
                draft.unlink(missing_ok=True)
    until = None if kept is None else at + kept
    size = file.stat().st_size  # noqa: ASYNC240  nothing else runs here
    return Backup(str(file), size, at, until, said, services)


async def _retention(kafka: KafkaSettings, prefix: str) -> tuple[timedelta | None, str]:
    """How long the doors and journals are kept, as Kafka has it; as it is declared where Kafka does not answer."""
    from services.command.problems import CommandError
    from shared.contracts.topics import DOOR_RETENTION_DAYS

    try:
        kept = [ms for ms in (await retention_ms(kafka, prefix)).values() if ms >= 0]
    except CommandError:
        days = timedelta(days=DOOR_RETENTION_DAYS)
        return days, f"as declared, {DOOR_RETENTION_DAYS} days: Kafka does not answer, so nobody knows"
    if not kept:
        return None, "the doors and journals are kept for ever"
    shortest = timedelta(milliseconds=min(kept))
    return shortest, f"the doors and journals are kept for {shortest / timedelta(days=1):g} days"


async def retention_ms(kafka: KafkaSettings, prefix: str) -> dict[str, int]:
    """How long Kafka keeps each door and journal, by its name; -1 is for ever."""
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    from services.command.servers import admin
    from shared.contracts.topics import JOURNALS, TOPICS

    names = [prefix + t.name for t in (*TOPICS, *JOURNALS) if t in JOURNALS or (t.door and t.name != "clock")]
    found: dict[str, int] = {}
    async with admin(kafka) as client:
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": ""}) for name in names]
        for answer in await client.describe_configs(asked):
            for resource in answer.resources:
                found[resource[3]] = next(int(entry[1]) for entry in resource[4] if entry[0] == "retention.ms")
    return found
