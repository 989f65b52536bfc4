"""What stands beside a service's cases, held against what the cases themselves say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import asyncpg
import msgspec

from services import SERVICES
from services.command.registry import load
from shared.chassis.projections import Projection, projected

_CASES = "SELECT key, body::text FROM cases"
_ROWS = "SELECT case_key, list, item, at, since, array_to_string(finds, E'\\n'), body::text FROM list_rows"
_COUNTS = "SELECT mark, sum(cases)::int FROM case_counts GROUP BY mark HAVING sum(cases) <> 0 OR sum(hashes) <> 0"


async def differences(connection: asyncpg.Connection, service: str) -> list[str]:
    """Where the lists and counts of a service are not what its cases make of them."""
    if service not in SERVICES:
        return []
    value = load(service)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL search_path = {service}")
        if await connection.fetchval("SELECT EXISTS (SELECT FROM cases WHERE projection <> $1)", value.projection):
            return [f"{service}: some cases are yet to be written down anew"]
        bodies = await connection.fetch(_CASES)
        rows = Counter(tuple(row) for row in await connection.fetch(_ROWS))
        counts = Counter(dict(await connection.fetch(_COUNTS)))
    decode = msgspec.json.Decoder(value.state).decode
    try:
        made = projected(value, [(key, None if body is None else decode(body)) for key, body in bodies])
    except msgspec.ValidationError:
        return []  # a case that a test has broken
    wanted = Counter(tuple(row) for row in made.rows or ())
    marks = _marks(made)
    found: list[Any] = [("listed, and should not be", one) for one in rows - wanted]
    found += [("not listed", one) for one in wanted - rows]
    found += [("counted", mark, counts[mark], "in place of", marks[mark]) for mark in counts.keys() | marks.keys()
              if counts[mark] != marks[mark]]  # fmt: skip
    return [f"{service}: {one}" for one in found]


def _marks(made: Projection) -> Counter[str]:
    return Counter(line for text in made.marks for line in text.splitlines())
