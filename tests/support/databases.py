"""An installation's database, or one service's part of it, dumped and put back as an administrator would.

Postgres' own programs do it, none of ours: what is put back is what any dump and restore puts back.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from deploy.local.postgres import packaged_programs
from deploy.local.standby import Standby
from services import SERVICES
from tests.support.installation import Installation
from tests.support.servers import Stack
from tests.support.told_once import database_of

_NUMBERS = itertools.count()


async def dump(installation: Installation, into: Path, service: str | None = None) -> Path:
    """A dump of everything, or of one service's schema alone, while services run or not; the file it is in."""
    file = into / f"{installation.database}-{next(_NUMBERS)}.dump"
    only = [] if service is None else ["--schema", service]
    await _run("pg_dump", "--format=custom", "--compress=0", "--file", file, *only, installation.database_url)
    return file


async def put_back(installation: Installation, dumped: Path) -> None:
    """The dump in the place of the database. Who is connected is cut off and finds the other at the same address."""
    there, new, old = installation.database, f"{installation.database}_new", f"{installation.database}_old"
    connection = await asyncpg.connect(installation.servers.database_url)
    try:
        await connection.execute(f"CREATE DATABASE {new} TEMPLATE template0")
        await connection.execute(f"REVOKE ALL ON DATABASE {new} FROM PUBLIC")
        for service in SERVICES:
            await connection.execute(f"GRANT CONNECT ON DATABASE {new} TO section42_{service}")
        target = database_of(installation.servers.database_url, new)
        await _run("pg_restore", "--exit-on-error", "--single-transaction", "--dbname", target, dumped)
        await connection.execute(f"ALTER DATABASE {there} ALLOW_CONNECTIONS false")
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", there)
        await _renamed(connection, there, old)
        await connection.execute(f"ALTER DATABASE {new} RENAME TO {there}")
        await connection.execute(f"DROP DATABASE {old} WITH (FORCE)")
    finally:
        await connection.close()


async def put_back_alone(installation: Installation, dumped: Path, service: str) -> None:
    """The dump of one service's schema in the place of that schema; the others are left as they are."""
    connection = await asyncpg.connect(installation.database_url)
    try:
        await connection.execute(f"DROP SCHEMA {service} CASCADE")
    finally:
        await connection.close()
    await _run("pg_restore", "--exit-on-error", "--single-transaction", "--dbname", installation.database_url, dumped)


@contextmanager
def standby_of(stack: Stack) -> Iterator[Standby]:
    """A standby of a test's own server, following it; it is erased in the end."""
    standby = Standby(stack.directory.with_name(f"{stack.directory.name}-standby"), stack.postgres)
    try:
        standby.start()
        yield standby
    finally:
        standby.erase()


async def _renamed(connection: asyncpg.Connection, name: str, to: str) -> None:
    """Rename a database as soon as those who were cut off have gone."""
    for _ in range(200):
        try:
            await connection.execute(f"ALTER DATABASE {name} RENAME TO {to}")
        except asyncpg.ObjectInUseError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError(f"somebody stays connected to {name}")


async def _run(program: str, *arguments: str | Path) -> None:
    argv = [str(packaged_programs() / program), *map(str, arguments)]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
