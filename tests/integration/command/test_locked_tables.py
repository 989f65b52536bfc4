"""A command that reads tables which somebody has locked says who, in one line, and does not wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
import time

import asyncpg
import pytest

from services import SERVICES
from services.command.locked import LOCK_S
from tests.integration.command.test_program import run
from tests.integration.delivery.harness import gives_signs_of_life
from tests.support.installation import Installation, eventually

WITHIN_S = LOCK_S + 20
"""The limit, and a program that starts on a busy machine."""


@pytest.mark.parametrize(
    ("table", "held", "says"),
    [
        ("intake.cases", True, "has been holding a lock on intake.cases"),
        ("intake.epochs", True, "has been holding a lock on intake.epochs"),
        ("triage.alembic_version", True, "has been holding a lock on triage.alembic_version"),
        ("intake.cases", False, "has been waiting to lock intake.cases"),
    ],
)
async def test_whose_tables_are_locked_and_by_whom_is_one_line(
    installation: Installation, table: str, *, held: bool, says: str
) -> None:
    async def locking() -> None:
        await somebody.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    reader, somebody = [await asyncpg.connect(installation.database_url) for _ in range(2)]
    pid = somebody.get_server_pid()
    await reader.execute("BEGIN")
    await somebody.execute("BEGIN")
    if not held:
        await reader.execute(f"SELECT FROM {table}")
    lock = asyncio.create_task(locking())
    asked = "SELECT 1 FROM pg_locks WHERE pid = $1 AND mode = 'AccessExclusiveLock' AND granted = $2"
    await eventually(lambda: installation.sql("intake", asked, pid, held), "the lock is held or waited for")
    try:
        began = time.monotonic()
        done = await asyncio.to_thread(lambda: run("status", **installation.environment()))
        took = time.monotonic() - began
    finally:
        await reader.close()
        await lock
        with contextlib.suppress(asyncpg.PostgresError):
            await somebody.close()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"section42: the tables of {table.partition('.')[0]} cannot be read: process {pid} ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert LOCK_S <= took < WITHIN_S

    await gives_signs_of_life(installation, *SERVICES)
    assert (await asyncio.to_thread(lambda: run("status", **installation.environment()))).returncode == 0
