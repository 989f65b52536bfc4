"""The outbox: the facts of a transaction in one row, in order, until the relay has published them.

One row a transaction and not one a fact: a third of the work of the whole batch was in the rows (delivery, "What it
costs"). The order of a case's facts is the order of the rows, because they are written under the case's lock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from shared.chassis.database import Connection
from shared.chassis.wire import Fact

_APPEND = "INSERT INTO outbox (since, facts, packed) VALUES ($1, $2, $3)"
_FETCH = "SELECT id, packed FROM outbox ORDER BY id LIMIT $1"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Fact]).decode


class Row(NamedTuple):
    """One transaction's facts."""

    id: int
    facts: list[Fact]


async def append(connection: Connection, facts: Sequence[Fact], now: datetime) -> None:
    """Write the facts down, in the transaction that caused them."""
    if facts:
        await connection.execute(_APPEND, now, len(facts), _pack(facts))


async def fetch(connection: Connection, limit: int) -> list[Row]:
    """The oldest rows there are. Never "those after the last id": rows commit out of the order of their ids."""
    return [Row(row[0], _unpack(row[1])) for row in await connection.fetch(_FETCH, limit)]


async def delete(connection: Connection, rows: Sequence[Row]) -> None:
    """Forget these very rows, and no range of ids."""
    await connection.execute(_DELETE, [row.id for row in rows])
