"""How far everybody is, ten times a second: for recovery times, and to know when all is quiet."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.log import Where

READS = {
    "intake": ("concern-reports", "intake-decisions"),
    "triage": ("concerns", "triage-decisions", "audit.repeat-concerns"),
    "enquiry": ("section-42-conversions", "enquiry-records", "audit.repeat-concerns"),
    "audit": ("concerns", "triage", "enquiries", "audit-reviews"),
}
"""Which topics each service reads, as the contracts say."""
_EVERY_S = 0.1
_STOP_S = 10.0
_TOPICS = sorted({topic for topics in READS.values() for topic in topics})
_POSITIONS = " UNION ALL ".join(f"SELECT '{s}', topic, partition, next_offset FROM {s}.positions" for s in READS)
_WAITING = " UNION ALL ".join(f"SELECT '{s}', (SELECT count(*) FROM {s}.outbox)" for s in READS)
_DUE = "SELECT " + " + ".join(f"(SELECT count(*) FROM {s}.cases WHERE due <= $1)" for s in READS)
Standing = dict[str, dict[tuple[str, int], int]]


@dataclass
class Recovery:
    """One death, or what else `why` says: when, of what, and how long until work went on and all there was was done."""

    service: str
    alone: bool
    at: float
    ends: dict[tuple[str, int], int]
    positions: dict[tuple[str, int], int]
    first_commit_s: float | None = None
    caught_up_s: float | None = None
    why: str = "death"


@dataclass
class Monitor:
    """Watches one installation from outside."""

    where: Where
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    positions: Standing = field(default_factory=lambda: {service: {} for service in READS})
    outboxes: dict[str, int] = field(default_factory=dict)
    recoveries: list[Recovery] = field(default_factory=list)
    passes: int = 0

    async def run(self) -> None:
        """Look and look again, until cancelled, whichever server is away."""
        while True:
            connection: Any = None
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.where.bootstrap, group_id=None, enable_auto_commit=False,
                request_timeout_ms=2000, isolation_level="read_committed",
            )  # fmt: skip
            try:
                connection = await asyncpg.connect(self.where.database_url, timeout=5, command_timeout=5)
                await consumer.start()
                while True:
                    await asyncio.wait_for(self._look(connection, consumer), 10)
                    await asyncio.sleep(_EVERY_S)
            except Exception:  # noqa: BLE001  a server is away: look again when it may be back
                await asyncio.sleep(_EVERY_S)
            finally:
                if connection is not None:
                    connection.terminate()
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(consumer.stop(), 2)

    def died(self, service: str, *, alone: bool, why: str = "death") -> None:
        """A process of this service was killed or hindered just now; `alone` when no other instance was left."""
        at = self.positions[service]
        ends = {place: end for place, end in self.ends.items() if place[0] in READS[service]}
        self.recoveries.append(Recovery(service, alone, time.monotonic(), ends, dict(at), why=why))

    @property
    def behind(self) -> dict[str, int]:
        """How many records each service has still to apply, and rows it has still to publish."""
        return {
            service: self.outboxes.get(service, 0)
            + sum(max(0, end - self.positions[service].get(p, 0)) for p, end in self.ends.items() if p[0] in topics)
            for service, topics in READS.items()
        }

    async def quiet(self, deadline_s: float, now: Any) -> float:
        """Wait until nobody has anything left to do; how long that took. Raises at the deadline, saying who has."""
        began = time.monotonic()
        last: object = None
        connection = await asyncpg.connect(self.where.database_url, command_timeout=20)
        try:
            while True:
                seen = self.passes
                while self.passes < seen + 2:
                    _in_time(began, deadline_s, f"the servers answered and all was quiet: {last}")
                    await asyncio.sleep(_EVERY_S / 2)
                due = await connection.fetchval(_DUE, now)
                standing = (due, {s: dict(p) for s, p in self.positions.items()}, dict(self.ends))
                if not due and not any(self.behind.values()) and standing == last:
                    return time.monotonic() - began
                last = standing
                _in_time(began, deadline_s, f"all is quiet: behind {self.behind}, timers due {due}")
        finally:
            with contextlib.suppress(TimeoutError):
                await connection.close(timeout=_STOP_S)

    async def _look(self, connection: Any, consumer: Any) -> None:
        partitions = [TopicPartition(self.where.prefix + topic, n) for topic in _TOPICS for n in range(6)]
        ends = await consumer.end_offsets(partitions)
        width = len(self.where.prefix)
        self.ends = {(p.topic[width:], p.partition): end for p, end in ends.items()}
        for service, topic, number, offset in await connection.fetch(_POSITIONS):
            self.positions[service][topic[width:], number] = offset
        self.outboxes = dict(await connection.fetch(_WAITING))
        self.passes += 1
        now = time.monotonic()
        for one in self.recoveries:
            if one.caught_up_s is not None:
                continue
            at = self.positions[one.service]
            if one.first_commit_s is None and at != one.positions:
                one.first_commit_s = now - one.at
            if all(at.get(place, 0) >= end for place, end in one.ends.items()):
                one.caught_up_s = now - one.at


def _in_time(began: float, deadline_s: float, what: str) -> None:
    if time.monotonic() - began > deadline_s:
        raise AssertionError(f"within {deadline_s} s it did not come to pass that {what}")


def spread(seconds: list[float]) -> dict[str, float]:
    """The median, the 95th hundredth and the most of some durations."""
    if not seconds:
        return {"n": 0}
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95)]
    return {"n": len(ordered), "p50": round(at[0], 2), "p95": round(at[1], 2), "max": round(ordered[-1], 2)}
