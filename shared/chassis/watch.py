"""The watch: what a service says of itself, read from its own tables when it is asked and at most every few seconds."""

import asyncio
import time
from collections import defaultdict
from typing import Any

import structlog

from shared.chassis.blame import named
from shared.chassis.clock import wall_seconds
from shared.chassis.consumer import Consumer
from shared.chassis.database import RETRYABLE, Connection, connect
from shared.chassis.metrics import Metrics
from shared.chassis.service import Service
from shared.chassis.settings import Settings
from shared.chassis.timer_gate import TimerGate
from shared.chassis.transaction import Transactions

log = structlog.get_logger()
_FRESH_S = 2.0
_PATIENCE_S = 2.0
_STUCK_S = 30.0
_OUTBOX = "SELECT coalesce(sum(facts), 0), min(since) FROM outbox"
_HELD = "SELECT parked, count(*), min(since) FROM held GROUP BY parked"
_OVERDUE = "SELECT count(*) FROM cases WHERE due <= $1"


class Watch:
    """Keeps the gauges true and answers whether the service is ready."""

    def __init__(
        self,
        service: Service[Any],
        settings: Settings,
        transactions: Transactions[Any],
        consumer: Consumer,
        gate: TimerGate,
        metrics: Metrics,
    ) -> None:
        """Look at nothing yet."""
        self._service = service
        self._settings = settings
        self._transactions = transactions
        self._consumer = consumer
        self._gate = gate
        self._metrics = metrics
        self._connection: Connection | None = None
        self._looking = asyncio.Lock()
        self._looked_at = 0.0
        self._troubles: list[str] = ["starting"]
        self._outbox_age_s = 0.0
        self.ticked_at = time.monotonic()
        self.draining = False

    async def troubles(self) -> list[str]:
        """What stands in the way of being ready; empty when nothing does."""
        await self.look()
        consumer = self._consumer
        found = list(self._troubles)
        if self.draining:
            found.append("stopping")
        if waits_for := self._transactions.session.waits_for:
            found.append(f"nothing takes effect: {waits_for}")
        if not consumer.assigned_once:
            found.append("the consumer has not been assigned its partitions yet")
        found += consumer.owned.troubles() + self._gate.troubles() + consumer.clocks.troubles()
        if consumer.breaker.tripped_at is not None:
            found.append(
                "a burst of unreadable records has stopped consumption: section42 breaker " + self._service.name
            )
        if self._outbox_age_s > self._settings.outbox_age_s_max:
            found.append("facts wait in the outbox: is Kafka away?")
        self._metrics.ready.labels(self._service.name).set(not found)
        return found

    def alive(self) -> bool:
        """Whether the event loop and the housekeeping beat; never asks the database or the broker."""
        return time.monotonic() - self.ticked_at < _STUCK_S

    async def look(self) -> None:
        """Read the figures again, unless that was done a moment ago; a database that is away is a trouble."""
        async with self._looking:
            if time.monotonic() - self._looked_at < _FRESH_S and not self._troubles:
                return
            try:
                await asyncio.wait_for(self._read(), _PATIENCE_S)
                self._troubles = []
            except RETRYABLE as error:
                self._troubles = [f"the database does not answer ({named(error)})"]
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
            self._looked_at = time.monotonic()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=2)

    async def _read(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self._service.name, "watch")
        connection, metrics, name = self._connection, self._metrics, self._service.name
        now = self._transactions.clock.now()
        facts, since = await connection.fetchrow(_OUTBOX)
        self._outbox_age_s = _age(since, now)
        metrics.outbox_facts.labels(name).set(facts)
        metrics.outbox_age.labels(name).set(self._outbox_age_s)
        held = {parked: (count, since) for parked, count, since in await connection.fetch(_HELD)}
        for parked, kind in ((False, "waiting"), (True, "parked")):
            count, since = held.get(parked, (0, None))
            metrics.held.labels(name, kind).set(count)
            metrics.held_age.labels(name, kind).set(_age(since, now))
        metrics.timers_overdue.labels(name).set(await connection.fetchval(_OVERDUE, now))
        metrics.breaker_open.labels(name).set(self._consumer.breaker.tripped_at is not None)
        metrics.refusing.labels(name).set(len(self._consumer.owned.refused))
        self._lag()

    def _lag(self) -> None:
        records: dict[str, int] = defaultdict(int)
        seconds: dict[str, float] = defaultdict(float)
        now = wall_seconds()
        prefix = len(self._settings.topic_prefix)
        owned = self._consumer.owned
        for partition, behind in owned.standing.behind.items():
            topic = partition[0][prefix:]
            records[topic] += behind
            since = owned.standing.behind_since.get(partition, now)
            seconds[topic] = max(seconds[topic], now - since if behind else 0.0)
        open_s: dict[str, float] = defaultdict(float)
        for (topic, _), held_up_s in owned.standing.held_up().items():
            open_s[topic[prefix:]] = max(open_s[topic[prefix:]], held_up_s)
        for topic in self._service.topics:
            self._metrics.open_transaction.labels(self._service.name, topic).set(open_s[topic])
            self._metrics.lag_records.labels(self._service.name, topic).set(records[topic])
            self._metrics.lag_seconds.labels(self._service.name, topic).set(max(seconds[topic], 0.0))


def _age(since: Any, now: Any) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0
