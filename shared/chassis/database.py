"""Connections to Postgres: the limits set on every one, and which errors are worth another try."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from shared.chassis.settings import Settings

Connection = asyncpg.Connection

BUSY: tuple[type[BaseException], ...] = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
"""Somebody else was in the way, and nothing has taken place: try again over the same connection."""

RETRYABLE: tuple[type[BaseException], ...] = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg says that a session ended in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    *BUSY,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.CannotConnectNowError,
    # While a dump is put back there is a moment without a database, or it lets nobody in; without a schema, a table.
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
)
"""The database is away, or busy, or ended our transaction: drop the connection, look where we are, go on."""


class CollisionError(Exception):
    """What was seen is no longer so: look and decide again."""


async def connect(settings: Settings, service: str, purpose: str, *, effects: bool = False) -> asyncpg.Connection:
    """A connection in the service's schema.

    A process that is paused inside a transaction would block its successor without limit, so idle transactions
    and waits for locks are bounded (delivery rule 12). For effects every row is found by an index, whatever the
    statistics say of tables that were empty a moment ago, and plans are made once.
    """
    opened = options(settings, service, purpose)
    if effects:
        opened["server_settings"] |= {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
    return await asyncpg.connect(**opened)


def options(settings: Settings, service: str, purpose: str, **limits_ms: int) -> dict[str, Any]:
    """How every connection is opened, with further limits where its purpose has some."""
    limits = {
        "idle_in_transaction_session_timeout": settings.idle_in_transaction_ms,
        "lock_timeout": settings.lock_timeout_ms,
        **limits_ms,
    }
    return {
        "dsn": settings.database_url,
        "timeout": 10,
        "command_timeout": 60,
        "server_settings": {
            "application_name": f"section42-{service}-{purpose}",
            "search_path": service,
            "timezone": "UTC",
            **{limit: str(value) for limit, value in limits.items()},
        },
    }


def rows_of(status: str) -> int:
    """How many rows a command touched, from its completion tag ("INSERT 0 5", "UPDATE 3")."""
    return int(status.rpartition(" ")[2])


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
