"""How a step takes effect: look, decide with nothing open, apply if all is still as it was seen.

See the README.md of the chassis for what each crash leaves behind.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import structlog

from shared.chassis.delivery.applying import held
from shared.chassis.delivery.applying.cases import due_keys, lock_cases
from shared.chassis.delivery.applying.effects import Decided, apply
from shared.chassis.delivery.applying.journal import TIMERS
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.applying.seen import Looking
from shared.chassis.delivery.applying.session import Session, Verify
from shared.chassis.delivery.applying.steps import Step, firing, retrying
from shared.chassis.delivery.deciding.budget import TooMuchError, cpu_seconds
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.deciding.known_cases import FurtherCasesError, FurtherIdentitiesError
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.records.wire import Wire
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.postgres.database import BUSY, CollisionError, Connection, passes
from shared.chassis.process.blame import blame
from shared.chassis.process.clock import Clock
from shared.chassis.process.errors import (
    HistoryDiffers,
    Misconfigured,
    NameTaken,
    ServiceBroke,
    Stopping,
    Unverified,
    WentBack,
)
from shared.chassis.process.failpoints import reach
from shared.chassis.process.settings import Settings
from shared.chassis.service import Service

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
log = structlog.get_logger()
_SLOWEST_RETRY_S = 2.0
_SLOWEST_LOOK_S = 20.0
_COLLISIONS_MAX = 3
_NOT_TRUSTED = (WentBack, Unverified, NameTaken, HistoryDiffers, Misconfigured)

IN_THE_WAY: tuple[type[BaseException], ...] = (CollisionError, *BUSY)
"""What another look, over the same connection, will mend."""

Wanted = Callable[[Connection], Awaitable[Step | None]]


class Transactions(Generic[S]):
    """Carries out batches, timers and retries of one service, one at a time, over one connection."""

    def __init__(self, service: Service[S], settings: Settings, clock: Clock, verify: Verify | None = None) -> None:
        """Connect only when there is something to do; `verify` sees to it that a new connection may be trusted."""
        self.service = service
        self.clock = clock
        driven, test_numbers = settings.driven_clock, settings.test_numbers
        self.wire = wire = Wire(service, settings.topic_prefix, driven=driven, test_numbers=test_numbers)
        self.lock = asyncio.Lock()
        self.stopping = asyncio.Event()
        self.outgoing = Outgoing()
        self.retries = 0
        self.session = Session(service.name, settings, self.outgoing, verify)
        self._clamp = not driven
        self._copied_a_day = settings.dead_letter_bytes_a_day
        self._seconds = cpu_seconds(settings.session_timeout_ms)
        self._writer = Writer(service.name)
        self._looking = Looking(service, wire)

    async def apply(self, batch: Step) -> Casework[S]:
        """Apply a batch. Raises Fenced where another instance has moved on; waits while the database is away."""
        work = await self._carry_out(_this(batch))
        assert work is not None  # noqa: S101  a batch is always wanted
        reach("after-commit")
        return work

    async def due(self, limit: int, but: Collection[UUID], until: datetime) -> list[UUID]:
        """Cases with a timer due by then, but for these."""
        keys = await self.run(lambda connection: due_keys(connection, until, limit + len(but)))
        return [key for key in keys if key not in but]

    async def fire(self, keys: Sequence[UUID], until: datetime) -> int:
        """Fire the timers of these cases that fell due by then; how many fired. Raises BrokenTimerError."""
        work = await self._carry_out(_this(firing(keys, until, self._seconds)))
        assert work is not None  # noqa: S101  as for a batch
        reach("timer-after-commit")
        return work.counts.outcomes["timer", "fired"]

    async def retry_held(self, partitions: Collection[Partition]) -> int:
        """Try the parked records of these partitions again for which that was asked; how many were taken out.

        Partitions are named without the prefix. Only their owner may do this, between two batches. One that asks for
        too much, or on which the service breaks, stays where it is until somebody asks again.
        """
        parked: Sequence[held.Parked] = ()
        most: int | None = None

        async def wanted(connection: Connection) -> Step | None:
            nonlocal parked
            parked = (await held.to_retry(connection, partitions, self.wire, self._seconds))[:most]
            return retrying(parked, self._seconds) if parked else None

        while True:
            try:
                await self._carry_out(wanted)
            except (TooMuchError, ServiceBroke) as error:
                log.error("retry_broke", service=self.service.name, records=len(parked), **blame(error))
                done = error.done if isinstance(error, TooMuchError) else len(parked) // 2
                if done == 0:
                    await self.run(partial(held.leave, held_id=parked[0].id))
                    return 0
                most = done
            else:
                return len(parked)

    async def run(self, once: Callable[[Connection], Awaitable[T]]) -> T:
        """Run something small in a transaction until it commits, however long the database is away.

        It may be run twice where the reply to a commit is lost, so what it does must bear that.
        """

        async def wrapped(connection: Connection) -> T:
            async with connection.transaction():
                return await once(connection)

        return await self._insist(wrapped)

    async def decided(self, connection: Connection, step: Step) -> Decided[S]:
        """Look and decide, until nothing further has to be seen; nothing is locked and nothing is open."""
        seen = await self._looking.look(connection, step.keys, step.identities, step.behind, step.doors)
        reach("after-look")
        while True:
            work = seen.casework(self.service, self._writer, self._copied_a_day, clamp=self._clamp)
            try:
                step.decide(work)
            except FurtherCasesError as error:
                await self._looking.look_further(connection, seen, error.further)
            except FurtherIdentitiesError:
                await self._looking.look_by_body(connection, seen, step.by_body())
            else:
                return Decided(self.service, step, seen, work)

    async def check(self) -> None:
        """See that the database is where we left it, and that nobody else has written to our journal unseen."""
        try:
            await self.session.check()
        except Exception as error:
            if not _drops(error):
                raise
            log.warning("session_dropped", service=self.service.name, **blame(error))
            self.session.drop(error)

    async def close(self) -> None:
        """Let go of the connection."""
        await self.session.close()

    async def _carry_out(self, wanted: Wanted) -> Casework[S] | None:
        """Look, decide, apply, until it has taken effect; what was decided on is locked first after some collisions.

        None where nothing is wanted any more.
        """
        seen: Collection[UUID] = ()
        collisions = 0
        in_doubt: Casework[S] | None = None

        async def once(connection: Connection) -> Casework[S] | None:
            nonlocal seen, collisions, in_doubt
            if in_doubt is not None and self.session.landed:
                return in_doubt  # the reply to its commit was lost, the commit was not
            in_doubt, self.session.landed = None, False
            if (step := await wanted(connection)) is None:
                return None
            try:
                async with AsyncExitStack() as stack:
                    if collisions >= _COLLISIONS_MAX:
                        await stack.enter_async_context(self.outgoing.committing)
                        await stack.enter_async_context(connection.transaction())
                        await lock_cases(connection, seen)
                    decided = await self.decided(connection, step)
                    seen = decided.seen.versions
                    if collisions < _COLLISIONS_MAX:
                        await stack.enter_async_context(self.outgoing.committing)
                    reach("timer-before-commit" if step.told["kind"] == TIMERS else "before-apply")
                    in_doubt, number = decided.work, self.session.entries + 1
                    now = self.clock.now()
                    applied = await apply(connection, decided, self.outgoing, number, now)
            except CollisionError:
                collisions += 1
                in_doubt = None
                raise
            self.session.entries = number
            self.outgoing.hand(applied.row, others=applied.others)
            return decided.work

        return await self._insist(once)

    async def _insist(self, once: Callable[[Connection], Awaitable[T]]) -> T:
        """Try until it is done; after an error of the database's the connection is dropped and made anew.

        Raises Stopping where that goes on when we are told to stop.
        """
        attempt = 0
        while True:
            try:
                return await once(await self.session.connection())
            except IN_THE_WAY as error:
                attempt += 1
                self.retries += 1
                await asyncio.sleep(0 if isinstance(error, CollisionError) else 0.02)
            except Exception as error:
                if not _drops(error):
                    raise
                attempt += 1
                self.retries += 1
                self.session.drop(error)
                if self.stopping.is_set():
                    raise Stopping(self.session.waits_for) from error
                slowest = _SLOWEST_LOOK_S if isinstance(error, HistoryDiffers) else _SLOWEST_RETRY_S
                wait_s = min(slowest, 0.02 * 2 ** min(attempt, 10)) * random.uniform(0.5, 1)  # noqa: S311
                log.warning("transaction_retried", service=self.service.name, attempt=attempt,
                            **blame(error), reason=self.session.waits_for,
                            wait_s=round(wait_s, 3))  # fmt: skip
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), wait_s)


def _drops(error: Exception) -> bool:
    """Whether it drops the connection: whether the next one may be trusted is found out before it is used."""
    return passes(error) or isinstance(error, _NOT_TRUSTED)


def _this(step: Step) -> Wanted:
    """Always this one."""

    async def wanted(_: Connection) -> Step:
        return step

    return wanted
