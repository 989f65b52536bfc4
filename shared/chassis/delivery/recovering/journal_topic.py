"""A service's journal as a topic: whether it is the one that it was, and what a person has given up of it.

A topic that is deleted and made anew under its name may have grown past where we were before anybody looks: only
Kafka's own name for it tells the two apart (delivery rules 3 and 16).
"""

from typing import NamedTuple
from uuid import UUID

from shared.chassis.postgres.database import Connection

MADE_ANEW = "the topic was made anew: Kafka has another id for it than when it was read"
_EVERY_S = 5.0


class Mark(NamedTuple):
    """Up to where tables have the journal; as which topic it was read, where that was written down; which lives."""

    next_offset: int
    topic_id: UUID | None
    lives: list[str]


async def where(connection: Connection, schema: str = "") -> Mark:
    """How far these tables have the journal."""
    table = f"{schema and schema + '.'}journal"
    row = await connection.fetchrow(f"SELECT next_offset, topic_id, lives FROM {table} WHERE id = 1")
    return Mark(row["next_offset"], row["topic_id"] and UUID(bytes=row["topic_id"].bytes), row["lives"])


async def given_up(connection: Connection, topic: str, schema: str = "") -> list[tuple[int, int]]:
    """The ranges of a journal that a person has given up. `schema` is its service's, where that is not looked in."""
    table = f"{schema and schema + '.'}given_up"
    rows = await connection.fetch(f"SELECT from_offset, to_offset FROM {table} WHERE topic = $1", topic)
    return [(first, end) for first, end in rows]
