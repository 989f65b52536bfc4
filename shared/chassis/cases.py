"""Cases in Postgres: locked in one order, read after the lock, saved in one statement for the new and one for the old.

A row that does not exist cannot be locked, so new cases are inserted and never upserted: fewer rows than keys means
that another instance was first, and the transaction runs again (delivery rule 1).
"""

from collections.abc import Collection
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.casework import Casework
from shared.chassis.database import CollisionError, Connection, rows_of

S = TypeVar("S", bound=msgspec.Struct)

_LOCK = "SELECT count(*) FROM (SELECT 1 FROM cases WHERE key = ANY($1::uuid[]) ORDER BY key FOR UPDATE) locked"
_READ = "SELECT key, recorded, due, body::text FROM cases WHERE key = ANY($1::uuid[])"
_INSERT = """
INSERT INTO cases (key, recorded, due, body)
SELECT key, recorded, due, body::json
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS new (key, recorded, due, body)
ON CONFLICT DO NOTHING
"""
_UPDATE = """
UPDATE cases SET recorded = new.recorded, due = new.due, body = new.body::json
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS new (key, recorded, due, body)
WHERE cases.key = new.key
"""
_DUE = "SELECT key FROM cases WHERE due <= $1 ORDER BY due LIMIT $2"
_NEXT_DUE = "SELECT min(due) FROM cases WHERE due IS NOT NULL"


_number = attrgetter("int")  # a UUID compares in Python, its number in C, and in the same order


class Casebook:
    """The cases of one service, and how their states are written down."""

    def __init__(self, state: Any) -> None:
        """Make the codec of the state once."""
        self._decode = msgspec.json.Decoder(state).decode
        self._encode = msgspec.json.Encoder().encode

    async def load(self, connection: Connection, work: Casework[S], keys: Collection[UUID]) -> set[UUID]:
        """Lock the cases that exist, then read them into the work; the keys that have a row."""
        ordered = sorted(keys, key=_number)
        # The statement that waits for a lock may see what was there before the wait: read in another. That may see
        # more, a case that appeared during the wait and is not locked: then lock again.
        rows: list[Any] = []
        while locked := await connection.fetchval(_LOCK, ordered):
            rows = await connection.fetch(_READ, ordered)
            if len(rows) == locked:
                break
        existing: set[UUID] = set()
        for key, recorded, due, body in rows:
            existing.add(key)
            if body is not None:
                work.states[key] = self._decode(body)
                work.due[key] = due
                if recorded is not None:
                    work.recorded[key] = recorded
        return existing

    async def save(self, connection: Connection, work: Casework[S], existing: set[UUID]) -> None:
        """Save what changed. Raises CollisionError when a case we took for new exists by now."""
        waited_for = {held.case for rows in work.waiting.values() for held in rows if held.case is not None}
        touched = sorted(work.changed | (waited_for - existing), key=_number)
        new = [key for key in touched if key not in existing]
        if new and rows_of(await connection.execute(_INSERT, *self._columns(work, new))) < len(new):
            raise CollisionError
        old = [key for key in touched if key in existing]
        if old:
            await connection.execute(_UPDATE, *self._columns(work, old))

    def _columns(self, work: Casework[S], keys: list[UUID]) -> tuple[list[Any], ...]:
        states, encode = work.states, self._encode
        bodies = [encode(states[key]).decode() if key in states else None for key in keys]
        return keys, [work.recorded.get(key) for key in keys], [work.due.get(key) for key in keys], bodies


async def due_keys(connection: Connection, now: Any, limit: int) -> list[UUID]:
    """Cases with a timer due, the longest overdue first, without a lock."""
    return [row[0] for row in await connection.fetch(_DUE, now, limit)]


async def next_due(connection: Connection) -> Any:
    """When the next timer of any case falls due, or None."""
    return await connection.fetchval(_NEXT_DUE)
