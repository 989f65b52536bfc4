"""Cases in Postgres: what is due, and the one order in which they are locked."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.chassis.postgres.database import Connection

_LOCK = "SELECT FROM cases WHERE key = ANY($1::uuid[]) ORDER BY key FOR UPDATE"
_DUE = "SELECT key FROM cases WHERE due <= $1 ORDER BY due LIMIT $2"
_NEXT_DUE = "SELECT min(due) FROM cases WHERE due IS NOT NULL"


async def lock_cases(connection: Connection, keys: Collection[UUID]) -> None:
    """Lock those of them that exist; nobody changes them until we have committed."""
    await connection.execute(_LOCK, list(keys))


async def due_keys(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Cases with a timer due, the longest overdue first, without a lock."""
    return [row[0] for row in await connection.fetch(_DUE, now, limit)]


async def next_due(connection: Connection) -> datetime | None:
    """When the next timer of any case falls due, or None."""
    due: datetime | None = await connection.fetchval(_NEXT_DUE)
    return due
