"""Connections to Postgres: the limits set on every one, and which errors are worth another try.

What a session is to keep to is set once it is there, all at once: a pooler refuses most of it at the start.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from shared.chassis.process.blame import named
from shared.chassis.process.errors import NotLetIn
from shared.chassis.process.settings import Settings

Connection = asyncpg.Connection
_UNUSED_S = 60
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError)
"""No such role or none that may log in, another password, or no CONNECT; told of in our words, not as a table is."""

BUSY: tuple[type[BaseException], ...] = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
"""Somebody else was in the way, and nothing has taken place: try again over the same connection."""

_CLIENTS = (OSError, asyncio.TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, NotLetIn)
"""What is met on the way to the database, or where a session ended in the middle of an answer."""

_OF_WHAT_IT_WAS_GIVEN = frozenset({"21", "22", "23", "27", "44", "54", "P0"})
"""Classes of SQLSTATE that another value would not meet: data, constraints, what our own functions raise, limits."""


def ours(error: BaseException) -> bool:
    """Whether the database refuses the values it was given: a fault of ours, which meets them wherever they go."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _OF_WHAT_IT_WAS_GIVEN
    # What cannot even be sent; asyncpg has two errors by the name of DataError, and this is the one without a state.
    unsent = isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    return unsent and not isinstance(error, asyncpg.ClientConfigurationError)


def passes(error: BaseException) -> bool:
    """Whether it is the database's trouble: drop the connection, look where we are, go on when it is over.

    Our statements are the same for everybody, so whatever else the database says of one is said of how it stands: it is
    away, full, broken, closed to us, being put back, or another program's. Nobody is set aside for that, and no part of
    us ends: what would begin anew meets the same.
    """
    return isinstance(error, (*_CLIENTS, asyncpg.PostgresError)) and not ours(error)


def in_words(error: BaseException) -> str:
    """What it says, for an operator: its kind, and what to do where that is plain. Never the database's words."""
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f"{named(error)}: a right of ours was taken away; section42 migrate gives it back"
    return named(error)


class CollisionError(Exception):
    """What was seen is no longer so: look and decide again."""


async def connect(settings: Settings, service: str, purpose: str, *, effects: bool = False) -> asyncpg.Connection:
    """A connection in the service's schema.

    A process that is paused inside a transaction would block its successor without limit, so idle transactions
    and waits for locks are bounded (delivery rule 12). For effects every row is found by an index, whatever the
    statistics say of tables that were empty a moment ago, and plans are made once. Raises NotLetIn.
    """
    further = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"} if effects else {}
    keeps_to = _settings(settings, service, purpose, **further)
    try:
        connection = await _connected(settings, keeps_to)
        try:
            await connection.execute(_set(keeps_to))
        except BaseException:
            connection.terminate()
            raise
    except _REFUSED as error:
        kind, check = named(error), settings.signs_in_by
        raise NotLetIn(f"the database does not let us in ({kind}): check {check}") from error
    return connection


async def _connected(settings: Settings, keeps_to: dict[str, str]) -> asyncpg.Connection:
    """A connection; whoever answers there and speaks no Postgres is no more of an error of ours than nobody."""
    try:
        return await asyncpg.connect(**_opened(settings, keeps_to))
    except Exception as error:
        if isinstance(error, (asyncpg.PostgresError, *_CLIENTS)):
            raise
        raise ConnectionError("what answers there does not speak as Postgres does") from error


async def pool(settings: Settings, service: str, purpose: str, most: int, **limits_ms: int) -> asyncpg.Pool:
    """At most so many connections that are opened when they are needed, with further limits."""
    keeps_to = _settings(settings, service, purpose, **{name: str(value) for name, value in limits_ms.items()})

    async def begin(connection: asyncpg.Connection) -> None:
        await connection.execute(_set(keeps_to))

    async def clear(connection: asyncpg.Connection) -> None:
        """What a user leaves behind goes, and our settings with it: they are set again in the same breath."""
        await connection.execute(f"{connection.get_reset_query()}\n{_set(keeps_to)}")

    return await asyncpg.create_pool(
        **_opened(settings, keeps_to), init=begin, reset=clear, min_size=0, max_size=most,
        max_inactive_connection_lifetime=_UNUSED_S,
    )  # fmt: skip


def _settings(settings: Settings, service: str, purpose: str, **further: str) -> dict[str, str]:
    return {
        "application_name": f"section42-{service}-{purpose}",
        "search_path": service,
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": str(settings.idle_in_transaction_ms),
        "lock_timeout": str(settings.lock_timeout_ms),
        **further,
    }


def _opened(settings: Settings, keeps_to: dict[str, str]) -> dict[str, Any]:
    """How every connection is opened; its name is the one thing that every pooler takes at the start."""
    named = {"application_name": keeps_to["application_name"]}
    return {"dsn": settings.database_url, "timeout": 10, "command_timeout": 60, "server_settings": named}


def _set(keeps_to: dict[str, str]) -> str:
    """What sets them, in one round trip, of words of our own alone; no function, which a new session would look up."""
    return "; ".join(f"SET {name} = '{value}'" for name, value in keeps_to.items())


def rows_of(status: str) -> int:
    """How many rows a command touched, from its completion tag ("INSERT 0 5", "UPDATE 3")."""
    return int(status.rpartition(" ")[2])


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
