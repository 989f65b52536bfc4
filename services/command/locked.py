"""A question to the database that waits for somebody's lock: not for ever, and then with the name of that somebody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from services import SERVICES
from services.command.problems import CommandError
from services.command.servers import bare_database

LOCK_S = 10
QUESTION_S = 120
"""A count over every case there is may take a while; whatever takes longer than this waits for something."""
LIMITS = {"lock_timeout": f"{LOCK_S}s", "statement_timeout": f"{QUESTION_S}s"}
_WHO = """
SELECT tables.relnamespace::regnamespace::text AS service, tables.relname AS name, locks.pid, locks.granted,
       extract(epoch FROM clock_timestamp() - sessions.xact_start)::int AS seconds
FROM pg_locks AS locks
JOIN pg_class AS tables ON tables.oid = locks.relation
JOIN pg_stat_activity AS sessions ON sessions.pid = locks.pid
WHERE locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND locks.mode = 'AccessExclusiveLock' AND tables.relkind = 'r'
  AND tables.relnamespace::regnamespace::text = ANY ($1)
ORDER BY locks.granted DESC, sessions.xact_start, name LIMIT 1
"""
"""The lock in the way of a reader; one that is only waited for is so as well, since nobody is let past it."""


@asynccontextmanager
async def told_of_locks(url: str) -> AsyncIterator[None]:
    """Raises CommandError, with whose tables are locked and by whom, where a connection with LIMITS waited in vain."""
    try:
        yield
    except asyncpg.LockNotAvailableError:
        raise CommandError(await _who(url)) from None
    except asyncpg.QueryCanceledError:
        raise CommandError(
            f"the database has not answered within {QUESTION_S} s: it is busy, or somebody has cancelled the question"
        ) from None


async def _who(url: str) -> str:
    """The line about a lock; without a name where it has gone by now."""
    again = "when it has ended, run the command again"
    async with bare_database(url) as connection:
        row = await connection.fetchrow(_WHO, list(SERVICES), timeout=LOCK_S)
    if row is None:
        return f"a table has been locked for {LOCK_S} s, and is not any more: run the command again"
    does = "has been holding a lock on" if row["granted"] else "has been waiting to lock"
    return (
        f"the tables of {row['service']} cannot be read: process {row['pid']} of Postgres {does}"
        f" {row['service']}.{row['name']}, in a transaction of {row['seconds']} s: {again}"
    )
