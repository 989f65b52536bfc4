"""The connection over which a service's effects take place, and whether the database behind it may be trusted.

A database that was restored, or a standby that took over and had lost its last seconds, does not know what this
process did last. That shows in one row, whatever else is quiet: how many entries it has of us (delivery rule 16).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.postgres.database import Connection, connect, in_words
from shared.chassis.postgres.lease import Lease
from shared.chassis.postgres.pooler import SHARED, see_that_sessions_are_kept
from shared.chassis.process.errors import ChassisError, Misconfigured, WentBack
from shared.chassis.process.settings import Settings

log = structlog.get_logger()
_LET_GO_S = 2.0
_ENTRIES = "SELECT entries FROM epochs WHERE epoch = $1"
_WHERE_WE_ARE = "SELECT pg_backend_pid(), (SELECT entries FROM epochs WHERE epoch = $1)"
_REGISTER = "INSERT INTO epochs VALUES ($1, 0, now())"

Verify = Callable[[Connection], Awaitable[None]]
"""Brings a database up to where the journal says it was. Raises HistoryDiffers where that cannot be."""


class Session:
    """One connection at a time; a new one is trusted only once it has been verified.

    `entries` is how many transactions of ours have taken place. `landed` is set, after a reply that was lost, when the
    transaction it was for turns out to have taken place.
    """

    def __init__(self, service: str, settings: Settings, outgoing: Outgoing, verify: Verify | None) -> None:
        """Connect when asked."""
        self.entries = 0
        self.landed = False
        self.waits_for = "starting"
        self.lost: BaseException | None = None
        self._service = service
        self._settings = settings
        self._outgoing = outgoing
        self.verify = verify
        self._connection: Connection | None = None
        self._backend = 0
        self._registered = False
        self._life = ""
        self._lease = Lease(settings.instance)

    async def connection(self) -> Connection:
        """The connection; a new one has been verified. Raises what asyncpg raises, HistoryDiffers and Misconfigured."""
        if self._connection is None or self._connection.is_closed():
            self._outgoing.trusted.clear()
            fresh = await connect(self._settings, self._service, "effects", effects=True)
            try:
                self._backend = await see_that_sessions_are_kept(
                    fresh, partial(connect, self._settings, self._service, "beside")
                )
                await self._resume(fresh)
            except BaseException:
                fresh.terminate()
                raise
            self._connection = fresh
            self.waits_for, self.lost = "", None
            self._outgoing.trusted.set()
        return self._connection

    async def check(self) -> None:
        """See that the database is where we left it, and the journal and our name are ours.

        Raises WentBack, NameTaken, Misconfigured, and what asyncpg raises.
        """
        if (connection := self._connection) is None:
            return
        backend, entries = await connection.fetchrow(_WHERE_WE_ARE, self._outgoing.epoch)
        if backend != self._backend:  # a pooler that was told meanwhile to share sessions
            raise Misconfigured(SHARED)
        if self._outgoing.overtaken or entries != self.entries:
            raise WentBack("the database is not where this process left it")
        await self._lease.renew(connection)

    def drop(self, error: BaseException) -> None:
        """This connection is no good any more, because of that."""
        self.lost = error
        says = isinstance(error, ChassisError)
        self.waits_for = str(error) if says else f"the database ({in_words(error)})"
        self._outgoing.trusted.clear()
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        """Let go of our name and of the connection."""
        if self._connection is not None:
            with suppress(Exception):  # it is free again as soon as our session has ended
                async with asyncio.timeout(_LET_GO_S):
                    await self._lease.let_go(self._connection)
            await self._connection.close(timeout=_LET_GO_S)

    async def _resume(self, connection: Connection) -> None:
        await self._lease.take(connection)
        if self._registered:
            known = await connection.fetchval(_ENTRIES, self._outgoing.epoch)
            if known == self.entries + 1:
                self.entries, self.landed, self._outgoing.others = known, True, True
            elif known != self.entries:
                log.error("database_went_back", service=self._service, remembered=self.entries, found=known)
                self._outgoing.begin_again()
                self._registered = False
        if self.verify is not None:
            await self.verify(connection)
        if self._registered and self._life != self._outgoing.life:
            self._outgoing.begin_again()
            self._registered = False
        if not self._registered:
            await connection.execute(_REGISTER, self._outgoing.epoch)
            self.entries, self._registered, self._life = 0, True, self._outgoing.life
