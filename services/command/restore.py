"""`section42 restore`: a backup in the place of what the services keep now, and what it brought back settled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services import SERVICES
from services.command.problems import CommandError, MisuseError
from services.command.registry import ONE

if TYPE_CHECKING:
    from services.command.journal import Standing
    from services.command.journals import Entry
    from services.command.pg_programs import Programs
    from services.command.revived import Settled
    from shared.chassis.process.settings import KafkaSettings

_TABLE = re.compile(r" TABLE (\w+) (\w+) ")
_CONNECTED = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (usename = ANY($1) OR application_name LIKE ANY($2))
  AND NOT (application_name = '' AND state = 'idle' AND query IN ('', 'DISCARD ALL'))
"""
"""Who is connected. A session that a pooler has opened or cleared, and keeps for whoever comes next, is nobody's."""

_NEEDED = "journal"
"""The table that every backup has since a restore can be mended."""


@dataclass
class Restored:
    """What was put back, what was settled, and how each service stands beside its journal."""

    file: str
    settled: list[Settled] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `section42 backup` wrote.")],
    service: Annotated[str, typer.Option(help=f"Only this service's part: {ONE}.")] = "all",
    check: Annotated[bool, typer.Option("--check", help="Only look whether the file can be restored.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Put a backup in the place of what the services keep now. Stop the services first; start them afterwards.

    Nothing that was told since is told otherwise: when a service starts it tells again, under the same ids, what its
    journal has and the backup lacks. It is refused while a service is connected, or when what it lacks has expired.
    Tokens revoked since are revoked again, tokens made since have to be made anew. Reads logged since are kept where
    the database that is replaced still has them; else the log says since when reads are not on record.

    If it fails, or is cut off and run again, what was there before is put back first.

    Example: section42 restore /backups/section42-2026-11-27.dump
    """
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import counting, say, say_json
    from services.command.token import named

    where = kafka_settings(), database_url(), topic_prefix()
    if not file.is_file():
        raise MisuseError(f"there is no file {file}")
    services = named(service)
    if not (yes or check):
        typer.confirm(f"{file} will replace what {', '.join(services)} keep now. Go on?", abort=True)
    with counting("tables restored") as on_table:
        done = asyncio.run(restore(*where, file, services, on_table, only_look=check))
    if as_json:
        say_json(asdict(done))
        return
    for settled in done.settled:
        say(settled.says)
    for standing in done.standings:
        say(standing.says)
    say(f"{file} can be restored" if check else f"{file} is restored: start the services")


async def restore(
    kafka: KafkaSettings, database_url: str, prefix: str, file: Path, services: Sequence[str] = SERVICES,
    on_table: Callable[[int], None] = lambda _: None, *, only_look: bool = False,
) -> Restored:  # fmt: skip
    """Replace these services' schemas; whatever goes wrong, they are afterwards what they were or what is restored."""
    from services.command import roles
    from services.command.journal import standings
    from services.command.migrate import LOCK, OWNER
    from services.command.pg_programs import programs_for
    from services.command.servers import consumer, database

    done = Restored(str(file))
    async with database(database_url) as connection, consumer(kafka):  # without Kafka nobody knows what was revoked
        programs = await programs_for(connection)
        _complete(await asyncio.to_thread(programs.contents, file), file, services)
        if only_look:
            return done
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await _nobody_there(connection, services)
        await roles.ensure(connection, OWNER, SERVICES)
        await _put_back(connection, services)
        there = await _set_aside(connection, services)
        try:
            for service in services:
                await roles.ensure_schema(connection, OWNER, service)
            await asyncio.to_thread(_read_in, programs, database_url, file, services, on_table)
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
            await _migrated(database_url, file)
            done.settled = await _settled(connection, kafka, prefix, services, there)
            done.standings = await standings(kafka, database_url, prefix, tuple(services))
            if not all(standing.whole for standing in done.standings):
                raise CommandError("; ".join(s.says for s in done.standings if not s.whole))
        except BaseException:
            await _put_back(connection, services, new=set(services) - there)
            raise
        for service in there:
            await connection.execute(f"DROP SCHEMA {service}_replaced CASCADE")
    return done


def _complete(contents: Sequence[str], file: Path, services: Sequence[str]) -> None:
    tables = {found.groups() for line in contents if (found := _TABLE.search(line))}
    for service in services:
        if (service, "cases") not in tables:
            raise CommandError(f"{file} holds nothing of {service}")
        if (service, _NEEDED) not in tables:
            raise CommandError(
                f"{file} is older than {service}'s journal: what came after it would be told differently"
            )


async def _nobody_there(connection: Any, services: Sequence[str]) -> None:
    from shared.chassis.process.settings import role_of

    names = [f"section42-{service}-%" for service in services]
    rows = await connection.fetch(_CONNECTED, [role_of(service) for service in services], names)
    if rows:
        who = ", ".join(sorted({row[0] or "somebody" for row in rows}))
        raise CommandError(f"stop the services first: {who} is connected")


async def _set_aside(connection: Any, services: Sequence[str]) -> set[str]:
    """Move what is there out of the way, all of it at once; the services that had something."""
    rows = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", list(services))
    there = {row[0] for row in rows}
    async with connection.transaction():
        for service in there:
            await connection.execute(f"ALTER SCHEMA {service} RENAME TO {service}_replaced")
    return there


async def _put_back(connection: Any, services: Sequence[str], new: set[str] | None = None) -> None:
    """Undo a restore that was not finished, ours or one that was cut off: what was set aside is what counts."""
    async with connection.transaction():
        for service in services:
            if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", f"{service}_replaced"):
                await connection.execute(f"DROP SCHEMA IF EXISTS {service} CASCADE")
                await connection.execute(f"ALTER SCHEMA {service}_replaced RENAME TO {service}")
            elif new and service in new:
                await connection.execute(f"DROP SCHEMA IF EXISTS {service} CASCADE")


def _read_in(
    programs: Programs, database_url: str, file: Path, services: Sequence[str], on_table: Callable[[int], None]
) -> None:
    only = [option for service in services for option in ("--schema", service)]
    programs.run(
        "pg_restore", database_url, "--exit-on-error", "--single-transaction", "--verbose", *only, str(file),
        on_line=lambda line: on_table(1) if "processing data for table" in line else None,
    )  # fmt: skip


async def _migrated(database_url: str, file: Path) -> None:
    """See to roles and rights, and bring an older backup up to date."""
    from alembic.util.exc import CommandError as NotKnown

    from services.command.migrate import migrate

    try:
        await migrate(database_url)
    except NotKnown as error:
        raise CommandError(f"{file} is of a newer version than this program: use that one") from error


async def _settled(
    connection: Any, kafka: KafkaSettings, prefix: str, services: Sequence[str], there: set[str]
) -> list[Settled]:
    from services.command import revived
    from services.command.journals import journal
    from services.command.servers import consumer

    found = []
    async with consumer(kafka) as reader:
        for service in services:
            told = await journal(reader, prefix, service, 0)
            whole = service in there and not await _lacking(connection, f"{service}_replaced", told.entries)
            done = await revived.settle(connection, service, told.entries, replaced=service in there, whole=whole)
            found.append(done)
    return found


async def _lacking(connection: Any, schema: str, entries: Sequence[Entry]) -> bool:
    """Whether these tables do not know all that the journal does: then they are another database's, or went back."""
    from services.command.journals import missing

    if await connection.fetchval("SELECT to_regclass($1) IS NULL", f"{schema}.epochs"):
        return True
    begins = await connection.fetchval(f"SELECT next_offset FROM {schema}.journal WHERE id = 1")
    known = dict(await connection.fetch(f"SELECT epoch, entries FROM {schema}.epochs"))
    return bool(missing([entry for entry in entries if entry.offset >= begins], known))
