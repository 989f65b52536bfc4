"""A pooler between us and Postgres must keep a session for each connection, and clear it before it hands it on.

Who publishes and who goes by a name is known by its session; limits, the search path, locks and what is listened for
belong to one as well. Where sessions are shared, all of it is somebody else's now and then, and nothing would say so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

from shared.chassis.process.errors import Misconfigured

SHARED = (
    "the pooler in front of Postgres hands on sessions that are still in use, or not cleared: PgBouncer needs"
    " pool_mode = session and server_reset_query = DISCARD ALL; or name Postgres itself in DATABASE_URL"
)
ANOTHER_SESSION: tuple[type[BaseException], ...] = (
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
)
"""What was prepared over this connection is not there, or something else goes by its name."""

_PATIENCE_S = 2.0
_TURNS = 3
_SESSION = "SELECT pg_backend_pid(), (SELECT count(*) FROM pg_prepared_statements)"


async def see_that_sessions_are_kept(connection: Any, open_another: Callable[[], Awaitable[Any]]) -> int:
    """The session behind a connection that has just been opened, by its process id.

    Raises Misconfigured where two connections that are open at once are answered by one session. Postgres says at the
    start which session it is, and a pooler says a word of its own: where there is none nothing further is asked.
    """
    try:
        session, prepared = await connection.fetchrow(_SESSION)
        if session != connection.get_server_pid():
            if prepared > 1:  # beside the question itself: whoever had this session before has left something
                raise Misconfigured(SHARED)
            await _see_beside(connection, session, open_another)
    except ANOTHER_SESSION:
        raise Misconfigured(SHARED) from None
    return int(session)


async def _see_beside(connection: Any, session: int, open_another: Callable[[], Awaitable[Any]]) -> None:
    """Ask two in turn: whether a pooler picks the session last used or goes round them, one of the two shows it.

    Where no second one is to be had the pool is full of sessions that are kept, and none is shared.
    """
    with suppress(TimeoutError, OSError, asyncpg.PostgresConnectionError):
        async with asyncio.timeout(_PATIENCE_S):
            other = await open_another()
            try:
                for _ in range(_TURNS):
                    beside, _ = await other.fetchrow(_SESSION)
                    again, _ = await connection.fetchrow(_SESSION)
                    if beside == session or again != session:
                        raise Misconfigured(SHARED)
            finally:
                other.terminate()
