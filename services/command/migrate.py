"""`section42 migrate`: schemas, roles and tables, as the newest revision has them.

One connection does everything, under one lock, so that any number of these may run at once and while the services
run. Roles belong to the whole cluster and databases are many: two databases may make the same role at one moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services import SERVICES
from services.command.problems import CommandError, line_about

if TYPE_CHECKING:
    from sqlalchemy import Connection

HISTORY = Path(__file__).resolve().parents[2] / "deploy" / "migrations"
OWNER = "section42_owner"
"""The role that owns every table; nobody can sign in as it."""

LOCK = 0x5EC7_1042
LOCK_TIMEOUT_MS = 3000
ATTEMPTS = 5

_ALEMBIC = Lock()
"""Alembic's `op` is one for the whole process, so two upgrades in one process would run into each other."""


@dataclass
class Migrated:
    """What changed: roles that were made, passwords that were set, and each schema's revision before and after."""

    roles: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    schemas: dict[str, tuple[str | None, str]] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """What to tell whoever asked for it."""
        changes = [f"role {role}: made" for role in self.roles]
        changes += [f"role {role}: password set" for role in self.passwords]
        for schema, (before, after) in self.schemas.items():
            if before != after:
                changes.append(f"schema {schema}: {before or 'nothing'} -> {after}")
        return changes or ["everything is as it should be: nothing to do"]


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print what changed as JSON.")] = False,
) -> None:
    """Bring the database up to date: roles, schemas, tables. Safe to repeat, and while services run.

    DATABASE_URL must name an administrator. Each service signs in as section42_SERVICE, with the password in
    DATABASE_PASSWORD_SERVICE where that is set, and sees its own schema only. The database is taken to be
    Section42's own: nobody but these roles and administrators may connect to it afterwards.

    Example: DATABASE_URL=postgresql://postgres@localhost/section42 section42 migrate
    """
    import os

    from services.command.servers import database_url
    from services.command.terminal import say, say_json
    from shared.chassis.process.settings import DATABASE_PASSWORD

    passwords = {name: DATABASE_PASSWORD.of(name).given(os.environ) or "" for name in SERVICES}
    done = asyncio.run(migrate(database_url(), passwords=passwords))
    if as_json:
        say_json({"roles": done.roles, "passwords": done.passwords, "schemas": done.schemas})
        return
    for line in done.lines:
        say(line)


async def migrate(
    database_url: str, services: Sequence[str] = SERVICES, passwords: Mapping[str, str] | None = None
) -> Migrated:
    """Bring every schema to the end of the history and see to roles and rights; what is right already is left alone."""
    from sqlalchemy import NullPool
    from sqlalchemy.ext.asyncio import create_async_engine

    from services.command import roles
    from services.command.servers import database

    done = Migrated()
    async with database(database_url) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        await connection.execute("SET client_min_messages = error")
        done.roles = await roles.ensure(connection, OWNER, services)
        done.passwords = await roles.set_passwords(connection, passwords or {})
        await roles.close_to_others(connection, services)
        for service in services:
            await roles.ensure_schema(connection, OWNER, service)

        async def same() -> Any:
            return connection

        engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=same)
        async with engine.connect() as alchemy:
            for service in services:
                done.schemas[service] = await _patiently(alchemy, service)
                await roles.ensure_rights(connection, service)
    return done


async def _patiently(connection: Any, service: str) -> tuple[str | None, str]:
    """Upgrade a schema; a table a service is busy with is waited for in short turns, so that it never queues."""
    from sqlalchemy.exc import DBAPIError

    for attempt in range(ATTEMPTS):
        while not _ALEMBIC.acquire(blocking=False):  # noqa: ASYNC110  an Event belongs to one loop, this lock to none
            await asyncio.sleep(0.01)
        try:
            done: tuple[str | None, str] = await connection.run_sync(partial(_upgrade, service=service))
        except DBAPIError as error:
            await connection.rollback()
            if getattr(error.orig, "sqlstate", None) != "55P03" or attempt == ATTEMPTS - 1:
                said = line_about(getattr(error.orig, "__cause__", None) or error)[0]
                raise CommandError(f"schema {service} could not be upgraded: {said}") from error
            await asyncio.sleep(1)
        else:
            return done
        finally:
            _ALEMBIC.release()
    raise AssertionError


def _upgrade(connection: Connection, service: str) -> tuple[str | None, str]:
    """Run what is left of the history for one schema, as the owner, in one transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(HISTORY), version_locations=[str(HISTORY)])
    newest = script.get_current_head()
    if newest is None:
        raise CommandError(f"no migrations in {HISTORY}")

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs(newest, revision)  # noqa: SLF001  what alembic's own `upgrade` does

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=newest) as environment, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
        connection.exec_driver_sql(f"SET LOCAL search_path = {service}")
        environment.configure(connection=connection, version_table_schema=service)
        before: str | None = environment.get_context().get_current_revision()
        if before != newest:
            environment.run_migrations()
    return before, newest
