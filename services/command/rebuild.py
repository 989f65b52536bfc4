"""`section42 rebuild`: a service's state made anew from its journal and the topics, beside the state it has."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import typer

from services.command.problems import CommandError, MisuseError
from services.command.registry import ONE

if TYPE_CHECKING:
    from shared.chassis.delivery.recovering.recovery import Recovery
    from shared.chassis.process.settings import Settings

_TURNS = 10
_PAUSE_S = 0.5
_SILENCE = 50
_STATE = {
    "cases": "SELECT key, recorded, due, body::text FROM cases",
    "list_rows": "SELECT case_key, list, item, at, since, finds, body::text FROM list_rows",
    "case_counts": "SELECT mark, sum(cases), sum(hashes) FROM case_counts GROUP BY mark HAVING sum(cases) <> 0",
    "inbox": "SELECT * FROM inbox",
    "positions": "SELECT topic, partition, next_offset, last_offset, fingerprint FROM positions"
    " WHERE last_offset IS NOT NULL",
    "held": "SELECT case_key, parked, claimed, reason, since, topic, partition, record_offset, record_key, recorded,"
    " record FROM held",
    "tallies": "SELECT * FROM tallies",
    "breaker": "SELECT * FROM breaker",
    "given_up": "SELECT at, topic, partition, from_offset, to_offset, records, exact, reason, why, who FROM given_up",
    "clock_corrections": "SELECT * FROM clock_corrections",
}
"""What a service decides with and accounts by; not what is on its way, nor who read it."""

OnEntries = Callable[[int], None]
BringUp = Callable[[str, "Settings", OnEntries], Awaitable[None]]
"""Has a service's tables, in the database that the settings name, decide again all that its journal has beyond them.

It says as it goes on how many entries more it has done.
"""


@dataclass
class Rebuilt:
    """The state that was made anew beside the state there is: rows by table, and the tables that differ."""

    service: str
    entries: int
    rows: dict[str, int] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)


@dataclass
class _State:
    """A state as of one instant: how many entries of each process it knows, and a count and a hash of each table."""

    epochs: dict[int, int]
    tables: dict[str, tuple[int, str]]


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    since: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Begin with this backup, not with nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Make a service's state anew in a database of its own, compare it with the state there is, and drop it again.

    Every input that the journal names is decided on once more, in its order, by this program; so this proves that a
    backup can be mended, that the tables were not touched by anybody, and that a new version decides as the old one
    did. It tells nobody anything. From nothing it needs doors and a journal that are kept since the beginning; later,
    begin with a backup. The exit code is 1 where the states differ.

    Example: section42 rebuild intake --from /backups/section42-2026-11-27.dump
    """
    import structlog

    from services.command.registry import known
    from services.command.servers import database_url
    from services.command.terminal import counting, say, say_json
    from shared.chassis.process.memory import collect_seldom, give_back

    known(service)
    if since is not None and not since.is_file():
        raise MisuseError(f"there is no file {since}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_SILENCE))  # we say it in our own words
    collect_seldom()
    give_back()
    with counting("entries decided again") as on_entries:
        done = asyncio.run(rebuild(database_url(), service, brought_up, since, on_entries))
    if as_json:
        say_json(asdict(done))
    else:
        rows = ", ".join(f"{number} {table}" for table, number in done.rows.items() if number)
        say(f"{service}: {done.entries} entries decided again: {rows or 'nothing'}")
        for table in done.differing:
            say(f"{table} DIFFERS from what the service has")
        if not done.differing:
            say("the state is the same")
    if done.differing:
        raise typer.Exit(1)


async def rebuild(
    database_url: str, service: str, bring_up: BringUp, since: Path | None = None,
    on_entries: OnEntries = lambda _: None,
) -> Rebuilt:  # fmt: skip
    """Build it up until it has come as far as the service, and compare."""
    from services.command.servers import database
    from shared.chassis.process.settings import from_environment

    scratch = f"section42_rebuild_{service}_{os.getpid()}"
    url = urlunsplit(urlsplit(database_url)._replace(path=f"/{scratch}"))
    settings = replace(from_environment(os.environ | {"DATABASE_URL": url}), database_url=url)
    async with database(database_url) as server:
        await server.execute(f"CREATE DATABASE {scratch} TEMPLATE template0")
        try:
            await _begin(url, service, since)
            async with database(url, service) as connection:
                begun = sum((await _state(connection)).epochs.values())
            for _ in range(_TURNS):
                async with database(database_url, service) as connection:
                    there = await _state(connection)
                await bring_up(service, settings, on_entries)
                async with database(url, service) as connection:
                    anew = await _state(connection)
                if anew.epochs == there.epochs:
                    return _compared(service, sum(anew.epochs.values()) - begun, there.tables, anew.tables)
                await asyncio.sleep(_PAUSE_S)
        finally:
            await server.execute(f"DROP DATABASE IF EXISTS {scratch} WITH (FORCE)")
    raise CommandError(f"{service} goes on too fast to be compared, or its journal lacks some of it: stop it first")


async def brought_up(service: str, settings: Settings, on_entries: OnEntries) -> None:
    """As the service itself does it when it starts."""
    from services.command.registry import load
    from shared.chassis.delivery.applying.transaction import Transactions
    from shared.chassis.delivery.recovering.recovery import Recovery
    from shared.chassis.postgres.database import connect
    from shared.chassis.process.clock import DrivenClock, WallClock
    from shared.chassis.process.errors import ChassisError

    value = load(service)
    clock = DrivenClock() if settings.driven_clock else WallClock()
    connection = await connect(settings, service, "rebuild")
    recovery = Recovery(Transactions(value, settings, clock), settings)
    told = asyncio.create_task(_told(recovery, on_entries))
    try:
        await recovery.bring_up(connection)
    except ChassisError as error:
        raise CommandError(f"{service} cannot be rebuilt: {error}; begin with a backup that is younger") from error
    finally:
        told.cancel()
        await connection.close()


async def _told(recovery: Recovery[Any], on_entries: OnEntries) -> None:
    """Say now and then how far it has come."""
    said = 0
    while True:
        await asyncio.sleep(_PAUSE_S)
        on_entries(recovery.told_again - said)
        said = recovery.told_again


async def _begin(url: str, service: str, since: Path | None) -> None:
    """Tables of the newest revision, empty or with what the backup holds."""
    from services.command import roles
    from services.command.migrate import OWNER, migrate
    from services.command.pg_programs import programs_for
    from services.command.servers import database

    if since is not None:
        async with database(url) as connection:
            programs = await programs_for(connection)
            await roles.ensure(connection, OWNER, [service])
            await roles.ensure_schema(connection, OWNER, service)
        only = ["--exit-on-error", "--single-transaction", "--schema", service, str(since)]
        await asyncio.to_thread(programs.run, "pg_restore", url, *only)
    await migrate(url, [service])


async def _state(connection: Any) -> _State:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        known = await connection.fetch("SELECT epoch, entries FROM epochs WHERE entries > 0")
        tables = {}
        for table, rows in _STATE.items():
            counted = "SELECT count(*), coalesce(sum(hashtextextended(one::text, 42)::numeric), 0)::text"
            tables[table] = tuple(await connection.fetchrow(f"{counted} FROM ({rows}) AS one"))
    return _State(dict(known), tables)


def _compared(
    service: str, entries: int, there: Mapping[str, tuple[int, str]], anew: Mapping[str, tuple[int, str]]
) -> Rebuilt:
    rows = {table: count for table, (count, _) in anew.items()}
    return Rebuilt(service, entries, rows, [table for table in anew if anew[table] != there[table]])
