"""The transaction of a batch: positions, inbox, cases, held events, timers, decisions and outbox commit together.

See README.md beside this file for what each crash leaves behind.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import structlog

from shared.chassis import breaker, held, inbox, outbox, positions
from shared.chassis.breaker import Breaker
from shared.chassis.cases import Casebook, due_keys
from shared.chassis.casework import Casework
from shared.chassis.clock import Clock
from shared.chassis.database import RETRYABLE, CollisionError, Connection, columns, connect
from shared.chassis.errors import Fenced
from shared.chassis.failpoints import reach
from shared.chassis.positions import Partition, Position
from shared.chassis.service import Service
from shared.chassis.settings import Settings
from shared.chassis.wire import Arrival, Unread, Wire, Writer
from shared.contracts import DOORS

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
log = structlog.get_logger()
_TALLY = """
INSERT INTO tallies (door, sender, outcome, records)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (door, sender, outcome) DO UPDATE SET records = tallies.records + excluded.records
"""
_SLOWEST_RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read: the records with what was found in them, and where it takes each partition from and to."""

    found: Sequence[Arrival | Unread | None]
    was: Mapping[Partition, int] = field(default_factory=dict)
    to: Mapping[Partition, Position] = field(default_factory=dict)
    breaker: Breaker | None = None


class Transactions(Generic[S]):
    """Applies batches, timers and retries of one service, one at a time, over one connection."""

    def __init__(self, service: Service[S], settings: Settings, clock: Clock, wire: Wire) -> None:
        """Connect only when there is something to do."""
        self.service = service
        self.clock = clock
        self.wire = wire
        self.blocked: set[tuple[str, bytes]] = set()
        self.lock = asyncio.Lock()
        self.retries = 0
        self._settings = settings
        self._writer = Writer(service.name)
        self._casebook = Casebook(service.state)
        self._connection: Connection | None = None
        self._further: set[UUID] = set()
        self.healthy_at: datetime | None = None

    async def apply(self, batch: Batch) -> Casework[S]:
        """Apply a batch. Raises Fenced where another instance has moved on; waits while the database is away."""

        async def once(connection: Connection) -> Casework[S]:
            work = self._work()
            if batch.to:
                await positions.move(connection, batch.was, batch.to)
            reach("after-positions")
            arrivals = inbox.Sorted(one for one in batch.found if isinstance(one, Arrival))
            await arrivals.claim(connection)
            reach("after-inbox")
            await self._look_at_blocked(connection, work, batch.found)
            keys = {key for arrival in arrivals.fresh.values() for key in arrival.keys}
            existing = await self._load(connection, work, keys)
            reach("after-load")
            self._decide(work, batch.found, arrivals)
            # How many came through a door, counted beside what becomes of them: `section42 status` compares.
            work.tallies.update(
                (one.topic, "", "read") for one in batch.found if one is not None and one.topic in DOORS
            )
            if batch.breaker is not None:
                await breaker.write(connection, batch.breaker)
            await self._save(connection, work, existing)
            reach("before-commit")
            return work

        async def committed(connection: Connection) -> bool:
            now_at = await positions.read(connection, batch.to)
            if all(now_at.get(p) == position for p, position in batch.to.items()) and batch.to:
                self.blocked = await held.blocked(connection)
                return True
            if any(p not in now_at or now_at[p].next_offset != was for p, was in batch.was.items()):
                raise Fenced
            return False

        work = await self.run(once, committed)
        reach("after-commit")
        return work if work is not None else self._work()

    async def due(self, limit: int, but: Collection[UUID]) -> list[UUID]:
        """Cases with a timer due, but for these."""
        now = self.clock.now()
        keys = await self.run(lambda connection: due_keys(connection, now, limit + len(but))) or []
        return [key for key in keys if key not in but]

    async def fire(self, keys: Sequence[UUID]) -> int:
        """Fire the timers of these cases that are due; how many fired. Raises BrokenTimerError."""
        now = self.clock.now()

        async def once(connection: Connection) -> Casework[S]:
            work = self._work()
            existing = await self._load(connection, work, set(keys))
            for key in keys:
                work.fire(key, now)
            await self._save(connection, work, existing)
            reach("timer-before-commit")
            return work

        work = await self.run(once)
        assert work is not None  # noqa: S101  only a batch can turn out to have been committed before
        reach("timer-after-commit")
        return work.outcomes["timer", "fired"]

    async def retry_held(self, partitions: Collection[Partition]) -> int:
        """Try the parked records of these partitions again for which that was asked; how many were taken out.

        Partitions are named without the prefix. Only their owner may do this, between two batches.
        """

        async def once(connection: Connection) -> int:
            taken = await held.take_retries(connection, partitions, self.wire)
            if not taken:
                return 0
            work = self._work()
            work.blocked.clear()
            unclaimed = inbox.Sorted(one for one, claimed in taken if isinstance(one, Arrival) and not claimed)
            await unclaimed.claim(connection)
            keys = {key for one, _ in taken if isinstance(one, Arrival) for key in one.keys}
            existing = await self._load(connection, work, keys)
            self._decide(work, [one for one, _ in taken], unclaimed)
            await self._save(connection, work, existing)
            return len(taken)

        taken = await self.run(once) or 0
        self.blocked = await self.run(held.blocked) or set()
        return taken

    async def run(
        self,
        once: Callable[[Connection], Awaitable[T]],
        committed: Callable[[Connection], Awaitable[bool]] | None = None,
    ) -> T | None:
        """Run a transaction until it commits, however long the database is away.

        After any error the connection is dropped and the question asked anew: a commit whose reply was lost may have
        taken place. None where `committed` says that it has.
        """
        attempt = 0
        while True:
            try:
                connection = await self._connected()
                if attempt and committed is not None and await committed(connection):
                    return None
                async with connection.transaction():
                    answer = await once(connection)
                if isinstance(answer, Casework):
                    self.blocked = answer.blocked
                self.healthy_at, self._further = self.clock.now(), set()
                return answer
            except CollisionError as error:
                self._further |= error.further
                attempt += 1
                self.retries += 1
            except RETRYABLE as error:
                attempt += 1
                self.retries += 1
                self._drop()
                wait_s = min(_SLOWEST_RETRY_S, 0.02 * 2 ** min(attempt, 10)) * random.uniform(0.5, 1)  # noqa: S311
                log.warning("transaction_retried", service=self.service.name, attempt=attempt,
                            error=type(error).__name__, wait_s=round(wait_s, 3))  # fmt: skip
                await asyncio.sleep(wait_s)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=2)

    def _work(self) -> Casework[S]:
        clamp = not self._settings.driven_clock
        return Casework(service=self.service, writer=self._writer, clamp=clamp, blocked=set(self.blocked))

    async def _load(self, connection: Connection, work: Casework[S], keys: set[UUID]) -> set[UUID]:
        """Lock and read the cases, those they follow, what waits for them, and the further cases that it is about."""
        existing, keys = set[UUID](), keys | self._further
        while keys:
            work.look_for(keys)
            loaded = await self._casebook.load(connection, work, keys)
            existing |= loaded
            further = await held.look(connection, work, self.wire, loaded) if loaded else set()
            keys = (further | work.with_followers(loaded)) - existing - keys
        return existing

    async def _look_at_blocked(
        self, connection: Connection, work: Casework[S], found: Sequence[Arrival | Unread | None]
    ) -> None:
        """What we know of parked records may be out of date: a person may have discarded one just now."""
        if not work.blocked:
            return
        asked = {(one.topic, one.record.key) for one in found if one is not None and one.record.key is not None}
        asked &= work.blocked
        if asked:
            work.blocked -= asked - await held.still_blocked(connection, asked)

    def _decide(self, work: Casework[S], found: Sequence[Arrival | Unread | None], arrivals: inbox.Sorted) -> None:
        again = {id(arrival) for arrival in arrivals.duplicates}
        impostors = {id(arrival) for arrival in arrivals.conflicting}
        for one in found:
            if one is None:
                work.outcomes["", "ignored"] += 1
            elif id(one) in again:
                work.duplicate(one)  # type: ignore[arg-type]  # only arrivals are sorted
            elif id(one) in impostors:
                work.conflicting(one)  # type: ignore[arg-type]
            else:
                work.take(one)
        reach("after-decide")

    async def _save(self, connection: Connection, work: Casework[S], existing: set[UUID]) -> None:
        now = self.clock.now()
        await self._casebook.save(connection, work, existing)
        reach("after-save")
        await held.save(connection, work, now)
        await outbox.append(connection, work.facts, now)
        if work.tallies:
            rows = sorted((*key, records) for key, records in work.tallies.items())
            await connection.execute(_TALLY, *columns(rows, 4))

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self.service.name, "effects")
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
