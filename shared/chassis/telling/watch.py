"""The watch: what a service says of itself, read from its own tables when it is asked and at most every few seconds.

What cannot be known just now is shown as no number: what it was a while ago may be the very opposite of what it is.
"""

import asyncio
import time
from collections import defaultdict
from math import nan
from typing import Any

import asyncpg
import structlog

from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.consumer import Consumer
from shared.chassis.delivery.consuming.membership import Membership
from shared.chassis.delivery.timing.timer_gate import TimerGate
from shared.chassis.postgres.database import Connection, connect
from shared.chassis.process.blame import blame, named
from shared.chassis.process.clock import wall_seconds
from shared.chassis.process.errors import NotLetIn
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings
from shared.chassis.service import Service
from shared.chassis.telling.liveness import Liveness
from shared.chassis.telling.probing import Probes
from shared.chassis.telling.topic_settings import TopicSettings

log = structlog.get_logger()
_EVERY_S = 1.0
_FRESH_S = 2.0
_PATIENCE_S = 2.0
_AT_ONCE_S = 0.25
_OUTBOX = "SELECT coalesce(sum(facts), 0), min(since) FROM outbox"
_HELD = "SELECT parked, count(*), min(since) FROM held GROUP BY parked"
_OVERDUE = "SELECT count(*) FROM cases WHERE due <= $1 AND key <> ALL ($2::uuid[])"


class Watch:
    """Keeps the gauges true and answers whether the service is ready."""

    def __init__(
        self,
        service: Service[Any],
        settings: Settings,
        transactions: Transactions[Any],
        consumer: Consumer,
        membership: Membership,
        gate: TimerGate,
        probes: Probes,
        metrics: Metrics,
    ) -> None:
        """Look at nothing yet."""
        self._service = service
        self._settings = settings
        self._transactions = transactions
        self._consumer = consumer
        self._membership = membership
        self._gate = gate
        self._probes = probes
        self._metrics = metrics
        self._topic_settings = TopicSettings(service, settings, metrics)
        self._connection: Connection | None = None
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = 0.0
        self._troubles: list[str] = ["starting"]
        self._outbox_age_s = 0.0
        self.liveness = Liveness(lambda: transactions.session.waits_for)
        self.draining = False

    async def troubles(self) -> list[str]:
        """What stands in the way of being ready; empty when nothing does."""
        self._of_kafka()
        await self.look()
        found = list(self._troubles)
        if self.draining:
            found.append("stopping")
        if waits_for := self._transactions.session.waits_for:
            found.append(f"nothing takes effect: {waits_for}")
        if trouble := self._membership.trouble():
            found.append(trouble)
        found += self._probes.troubles() + self._reading() + self.liveness.troubles()
        if self._outbox_age_s > self._settings.outbox_age_s_max:
            found.append("facts wait in the outbox: is Kafka away?")
        self._metrics.ready.labels(self._service.name).set(not found)
        return found

    async def look(self) -> None:
        """Read the figures again, unless that was done a moment ago, and wait for them a moment.

        Whoever asks is answered soon, whatever the database does: what takes longer is in the next answer.
        """
        if self._looking is None and (self._troubles or time.monotonic() - self._looked_at >= _FRESH_S):
            self._looking = asyncio.create_task(self._look(), name="looking")
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=_AT_ONCE_S)

    async def _look(self) -> None:
        """A database that is away, or breaks a question, is a trouble."""
        try:
            await asyncio.wait_for(self._of_the_database(), _PATIENCE_S)
            self._troubles = []
        except Exception as error:  # noqa: BLE001  as it says
            said = (
                "does not let us look" if isinstance(error, asyncpg.InsufficientPrivilegeError) else "does not answer"
            )
            self._troubles = [str(error) if isinstance(error, NotLetIn) else f"the database {said} ({named(error)})"]
            self._nobody_knows()
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None
        finally:
            self._looked_at, self._looking = time.monotonic(), None

    async def run(self) -> None:
        """Look at the logs and try to write, for ever, whatever the transactions wait for."""
        await asyncio.gather(self._look_at_the_logs(), self._probes.run())

    async def close(self) -> None:
        """Let go of the connections."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking}, timeout=1)
        await self._probes.close()
        if self._connection is not None:
            await self._connection.close(timeout=2)

    async def _look_at_the_logs(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self.liveness.there()
            try:
                await self._consumer.look()
                if (reader := self._consumer.owned.reader()) is not None:
                    await self._topic_settings.look(reader)
            except Exception as error:  # noqa: BLE001  Kafka away: the next second will do
                log.warning("looking_failed", service=self._service.name, **blame(error))

    def _reading(self) -> list[str]:
        """What keeps us from reading."""
        consumer = self._consumer
        found = consumer.failing.troubles() + consumer.owned.troubles()
        found += self._gate.troubles() + consumer.clocks.troubles()
        explained = set(consumer.clocks.stopped)
        if consumer.breaker.tripped_at is not None:
            explained |= consumer.owned.positions.keys()
            found.append(
                "a burst of unreadable records has stopped consumption: section42 breaker " + self._service.name
            )
        found += consumer.owned.standing.troubles(explained, self._settings.topic_prefix)
        return found + consumer.elsewhere.troubles(self._settings.topic_prefix)

    async def _of_the_database(self) -> None:
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
        overdue = await connection.fetchval(_OVERDUE, self._gate.overdue_before(), list(self._gate.broken))
        metrics.timers_overdue.labels(name).set(overdue)

    def _nobody_knows(self) -> None:
        """What the tables say is not known: a number of a while ago would be believed."""
        metrics, name = self._metrics, self._service.name
        self._outbox_age_s = 0.0
        of_tables = [metrics.outbox_facts.labels(name), metrics.outbox_age.labels(name)]
        of_tables += [gauge.labels(name, kind) for gauge in (metrics.held, metrics.held_age) for kind in _KINDS]
        for gauge in (*of_tables, metrics.timers_overdue.labels(name)):
            gauge.set(nan)

    def _of_kafka(self) -> None:
        """How far behind we are, by topic; what Kafka has said nothing of for a while is no number."""
        name, owned, prefix = self._service.name, self._consumer.owned, len(self._settings.topic_prefix)
        self._metrics.breaker_open.labels(name).set(self._consumer.breaker.tripped_at is not None)
        self._metrics.refusing.labels(name).set(len(owned.refused))
        records: dict[str, float] = defaultdict(float)
        oldest: dict[str, float] = defaultdict(float)
        now, standing = wall_seconds(), owned.standing
        for partition, behind in standing.behind.items():
            topic = partition[0][prefix:]
            records[topic] += behind
            since = standing.behind_since.get(partition, now)
            oldest[topic] = max(oldest[topic], now - since if behind else 0.0)
        nobodys = self._consumer.elsewhere.unread()
        for (topic, _), unread in nobodys.items():
            records[topic[prefix:]] += unread.behind
            oldest[topic[prefix:]] = max(oldest[topic[prefix:]], now - unread.since)
        silent = {topic[prefix:] for topic, _ in standing.silent()}
        stood = standing.standing() | {partition: unread.still_s for partition, unread in nobodys.items()}
        open_s, still_s = _longest(standing.held_up(), prefix), _longest(stood, prefix)
        for topic in self._service.topics:
            unknown = topic in silent
            self._metrics.lag_records.labels(name, topic).set(nan if unknown else records[topic])
            self._metrics.lag_seconds.labels(name, topic).set(nan if unknown else oldest[topic])
            self._metrics.open_transaction.labels(name, topic).set(open_s.get(topic, 0.0))
            self._metrics.standing.labels(name, topic).set(still_s.get(topic, 0.0))


_KINDS = ("waiting", "parked")


def _longest(by_partition: Any, prefix: int) -> dict[str, float]:
    """Of each topic, the partition that has been so for longest."""
    found: dict[str, float] = {}
    for (topic, _), seconds in by_partition.items():
        found[topic[prefix:]] = max(found.get(topic[prefix:], 0.0), seconds)
    return found


def _age(since: Any, now: Any) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0
