"""The relay: publishes a service's facts in order, whoever wrote them (delivery rule 12).

One holder at a time, named in a row that the service's role alone may change (`hold`). What its own process has just
committed is handed to it; what others have committed it fetches from the outbox, as soon as they tell it. Each row's
entry is in the journal before its facts are told (rule 16). On any error the producer is thrown away and made anew, and
the outbox says what is left.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import structlog

from shared.chassis.delivery.applying import outbox
from shared.chassis.delivery.applying.lives import see_that_it_lasts
from shared.chassis.delivery.applying.outbox import Outgoing, Row
from shared.chassis.delivery.publishing.sending import Publisher
from shared.chassis.postgres import hold
from shared.chassis.postgres.database import Connection, connect, passes
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import WentBack
from shared.chassis.process.failpoints import reach
from shared.chassis.process.settings import Settings

T = TypeVar("T")
log = structlog.get_logger()
_OURS = "SELECT EXISTS (SELECT FROM outbox WHERE epoch = $1)"
_ROWS = 50
_POLL_S = 0.2
_FLUSH_S = 0.03
_FIRST_PAUSE_S = 0.1
_DOUBLINGS = 4
_SUCCEED_S = 0.1


class Relay:
    """Publishes what one service has committed."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        outgoing: Outgoing,
        on_published: Callable[[Counter[str]], None],
        publisher: Publisher | None = None,
    ) -> None:
        """Connect only once it runs."""
        self._service = service
        self._settings = settings
        self._outgoing = outgoing
        self._on_published = on_published
        self._publisher = publisher or Publisher(service, settings)
        self._channel = f"section42 {settings.topic_prefix}{service}"
        self._stopping = asyncio.Event()
        self._connection: Connection | None = None
        self._holds = False
        self._heard_at = 0.0
        self._failures = 0
        self.errors = 0
        outgoing.tell = self._channel

    async def run(self) -> None:
        """Publish until told to stop, and then once more: what was committed before the stop goes out."""
        while await self._trusted():
            last = self._stopping.is_set()
            try:
                done = await self._turn()
                self._failures = 0
            except Exception as error:  # noqa: BLE001  whatever it was: a new producer, the same rows (rule 12)
                self.errors += not (passes(error) or isinstance(error, WentBack))
                await self._start_again(error)
                done = False
            if last and done:
                break
        await self._close()

    async def stop(self) -> None:
        """Finish with a look that begins after the last commit."""
        self._stopping.set()
        self._outgoing.woken.set()

    async def _trusted(self) -> bool:
        """Wait until the transactions trust the database. False when we are told to stop before they do.

        What lies in the outbox then is told by whoever comes next.
        """
        if not self._outgoing.trusted.is_set():
            waiting = [asyncio.create_task(event.wait()) for event in (self._outgoing.trusted, self._stopping)]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waiting:
                    task.cancel()
        return self._outgoing.trusted.is_set()

    async def _turn(self) -> bool:
        """Publish what there is, or wait for more; True when nothing is left."""
        connection = await self._connected()
        if not self._holds and not await self._take_hold(connection):
            return True
        if self._outgoing.others or self._stopping.is_set():
            return await self._drain(connection)
        if self._outgoing.ready:
            await self._publish_ready(connection)
            return False
        await self._wait_for_more(connection)
        return not (self._outgoing.ready or self._outgoing.others)

    # --- One holder ---------------------------------------------------------------------------------------------------

    async def _connected(self) -> Connection:
        """A connection to a database that the transactions trust; whoever is paused with it loses the hold."""
        if self._connection is None or self._connection.is_closed():
            self._holds, self._outgoing.tell = False, self._channel
            self._connection = await connect(self._settings, self._service, "relay")
            await self._connection.execute(f"SET idle_session_timeout = {self._settings.idle_in_transaction_ms}")
            await self._connection.add_listener(self._channel, self._told)
        return self._connection

    def _told(self, *_: Any) -> None:
        """Another process has committed something."""
        self._outgoing.others = True
        self._outgoing.woken.set()

    async def _take_hold(self, connection: Connection) -> bool:
        """Ask until it is ours; its holder hears of our commits. False once told to stop, with nothing of ours left."""
        while not await hold.take(connection):
            if self._stopping.is_set():
                if not await connection.fetchval(_OURS, self._outgoing.epoch):
                    return False
                await asyncio.sleep(_FLUSH_S)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _SUCCEED_S)
        self._holds, self._heard_at = True, time.monotonic()
        self._outgoing.tell, self._outgoing.others = None, True
        return True

    async def _prove(self, connection: Connection) -> None:
        """Ask the database something if it was last asked a while ago: a process that was paused has lost the hold."""
        if time.monotonic() - self._heard_at > self._settings.idle_in_transaction_ms / 3000:
            await connection.execute("SELECT 1")
            self._heard_at = time.monotonic()

    # --- Publishing ---------------------------------------------------------------------------------------------------

    async def _drain(self, connection: Connection) -> bool:
        """Publish from the outbox, the oldest first, whoever wrote it; True when that was all there was."""
        outgoing = self._outgoing
        async with outgoing.committing:
            outgoing.woken.clear()
            rows, outgoing.others = await outbox.fetch(connection, outgoing, _ROWS)
            self._heard_at = time.monotonic()
            outgoing.let_go({row.id for row in rows if row.epoch == outgoing.epoch})
        if rows:
            reach("relay-fetched")
            await self._publish(connection, rows)
        await self._delete(connection, [*rows, *(Row(sent, outgoing.epoch, None, ()) for sent in outgoing.sent)])
        return not (outgoing.others or outgoing.ready)

    async def _publish_ready(self, connection: Connection) -> None:
        """Publish what our own process has just committed; the next transaction deletes it from the outbox."""
        outgoing = self._outgoing
        await self._prove(connection)
        rows = outgoing.take(_ROWS)
        reach("relay-fetched")
        await self._publish(connection, rows)
        # The database may have gone back meanwhile, and ids recur: what an earlier life of ours sent is not this one's.
        outgoing.sent += [row.id for row in rows if row.epoch == outgoing.epoch]

    async def _wait_for_more(self, connection: Connection) -> None:
        """Wait to be woken; delete what was published, if no transaction comes to do it; look for others' rows."""
        outgoing = self._outgoing
        outgoing.woken.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(outgoing.woken.wait(), _FLUSH_S if outgoing.sent else _POLL_S)
            return
        if outgoing.sent:
            await self._delete(connection, [Row(sent, outgoing.epoch, None, ()) for sent in outgoing.sent])
        elif await outbox.any_others(connection, outgoing.epoch):
            outgoing.others = True
        self._heard_at = time.monotonic()

    async def _publish(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Publish: the entries first, and then the facts, if the entries are still worth something."""
        ended, life = self._outgoing.journalled, self._outgoing.life
        first, after = await self._awake(connection, self._publisher.to_journal(rows))
        self._outgoing.journal_has(first, after, ended)
        await see_that_it_lasts(connection, self._outgoing, life)
        if any(row.entry is not None for row in rows):
            reach("relay-journalled")
        await self._awake(connection, self._publisher.to_everybody(rows))
        reach("relay-sent")
        self._on_published(Counter(fact.topic for row in rows for fact in row.facts))

    async def _awake(self, connection: Connection, publishing: Coroutine[Any, Any, T]) -> T:
        """Tell the database meanwhile that we are awake: whoever is silent for long loses the hold."""
        task = asyncio.create_task(publishing)
        try:
            while not (await asyncio.wait({task}, timeout=self._settings.idle_in_transaction_ms / 3000))[0]:
                await connection.execute("SELECT 1")
                self._heard_at = time.monotonic()
            return await task
        finally:
            task.cancel()

    async def _delete(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Delete what was published. No flush: what comes back after a crash is published again under the same ids."""
        if not rows:
            return
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = off")
            await outbox.delete(connection, [(row.id, row.epoch) for row in rows])
            reach("relay-deleted")
        self._heard_at = time.monotonic()
        self._outgoing.forget([row.id for row in rows if row.epoch == self._outgoing.epoch])

    # --- Starting again -----------------------------------------------------------------------------------------------

    async def _start_again(self, error: BaseException) -> None:
        log.warning("relay_restarted", service=self._service, **blame(error))
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        self._outgoing.empty()
        self._outgoing.others = True
        await self._publisher.discard()
        if self._stopping.is_set():
            await asyncio.sleep(_FIRST_PAUSE_S)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), _FIRST_PAUSE_S * 2 ** min(self._failures, _DOUBLINGS))
        self._failures += 1

    async def _close(self) -> None:
        """Let go; where Kafka or the database is away, what was in hand lies in the outbox."""
        with contextlib.suppress(Exception):
            await self._publisher.close()
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=2)
