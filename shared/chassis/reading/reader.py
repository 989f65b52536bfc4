"""Reading a service's own tables for its users: connections of its own, bounded in number and in time.

Nothing here touches the connection on which effects are committed, and what costs the processor anything runs in a
thread, so that a reader can be slow without the service being late.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from shared.chassis.case_lists import CaseList
from shared.chassis.postgres.database import Connection, pool
from shared.chassis.process.settings import Settings
from shared.chassis.projections import OUTDATED
from shared.chassis.reading.paging import Select
from shared.chassis.reading.problems import being_written
from shared.chassis.service import Service
from shared.chassis.views import CaseView, ListView

T = TypeVar("T")
_CASES = "SELECT key, body::text FROM cases WHERE key = ANY($1::uuid[]) AND body IS NOT NULL"
_EVERY = "SELECT body::text FROM cases WHERE body IS NOT NULL"
_AT_A_TIME = 500
_MOST_TOGETHER = 1000
_CONNECTIONS = 3
_FOR_TOKENS = 1


class Reader:
    """The tables of one service, for reading."""

    def __init__(self, service: Service[Any], settings: Settings) -> None:
        """Connect to nothing yet."""
        self._service = service
        self._settings = settings
        self._decode = msgspec.json.Decoder(service.state).decode
        self._pools: dict[int, asyncpg.Pool] = {}
        self._opening = asyncio.Lock()
        self._whole = asyncio.Lock()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection, given back afterwards; waits a moment for one where all are in use."""
        return self._one_of(_CONNECTIONS)

    def connection_for_tokens(self) -> AbstractAsyncContextManager[Connection]:
        """The one over which tokens are looked up: whoever has none that stands keeps nobody else waiting."""
        return self._one_of(_FOR_TOKENS)

    @asynccontextmanager
    async def _one_of(self, most: int) -> AsyncIterator[Connection]:
        async with self._opening:
            if most not in self._pools:
                within = self._settings.read_timeout_ms
                name = self._service.name
                self._pools[most] = await pool(self._settings, name, "reads", most, statement_timeout=within)
        async with self._pools[most].acquire(timeout=self._settings.read_timeout_ms / 1000) as connection:
            yield connection

    async def close(self) -> None:
        """Let go of every connection."""
        for one in self._pools.values():
            one.terminate()

    async def together(self, view: CaseView, key: UUID) -> Mapping[UUID, Any]:
        """The cases a view shows of one, as of one instant; empty where there is none."""
        found: dict[UUID, Any] = {}
        wanted = {key}
        follows = self._service.follows
        async with self.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            while wanted and len(found) < _MOST_TOGETHER:
                rows = await connection.fetch(_CASES, list(wanted))
                states = {row[0]: self._decode(row[1]) for row in rows}
                found |= states
                further = set(view.also(states[key])) if key in states else set()
                if follows is not None:
                    further |= {one for state in states.values() for one in follows(state)}
                wanted = further - found.keys() if states else set()
        return found

    async def rows(self, view: ListView, select: Select) -> Sequence[Any]:
        """The rows of a list's statement. Raises ProblemError while the rows of some cases are to be written again."""
        async with self.connection() as connection:
            if isinstance(view, CaseList) and await connection.fetchval(OUTDATED, self._service.projection):
                raise being_written()
            found: Sequence[Any] = await connection.fetch(select.statement, *select.values)
        return found

    async def over_all(self, work: Callable[[Iterator[Any]], T]) -> T:
        """What `work` makes of every state there is, in a thread, as of one instant; one such work at a time."""
        async with self._whole, self.connection() as connection:
            return await over_all(connection, self._decode, work)


async def over_all(connection: Connection, decode: Callable[[str], Any], work: Callable[[Iterator[Any]], T]) -> T:
    """What `work` makes, in a thread, of every state that is there, some hundreds at a time."""
    loop = asyncio.get_running_loop()
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    await transaction.start()
    rows = await connection.cursor(_EVERY)

    def states() -> Iterator[Any]:
        while batch := asyncio.run_coroutine_threadsafe(rows.fetch(_AT_A_TIME), loop).result():
            for (body,) in batch:
                yield decode(body)
        # What the work still has to do must not keep a transaction open.
        asyncio.run_coroutine_threadsafe(transaction.rollback(), loop).result()

    try:
        return await asyncio.to_thread(lambda: work(states()))
    finally:
        if connection.is_in_transaction():
            await transaction.rollback()
