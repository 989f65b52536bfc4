"""Until when timers may fire: as late as clocks agree that it is, and everything taken by then has been read.

A database that was restored would else fire an alarm whose cancelling event lies unread in the log (delivery rule 17).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from shared.chassis.delivery.applying import position_rows
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.log_ends import LogEnds
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.timing.clock_watch import ClockWatch
from shared.chassis.delivery.timing.clocks import AGREE_S
from shared.chassis.process.blame import named
from shared.chassis.process.clock import Clock, monotonic_seconds
from shared.chassis.process.metrics import Metrics

log = structlog.get_logger()
_LONG_S = 60.0
_IN_TIME_S = 10.0


class TimerGate:
    """Opens for the timers of one service up to an instant, and shuts behind them."""

    def __init__(
        self, transactions: Transactions[Any], clock: Clock, clocks: ClockWatch, ends: LogEnds, metrics: Metrics
    ) -> None:
        """Be shut."""
        self._transactions = transactions
        self._clock = clock
        self._clocks = clocks
        self._ends = ends
        self._metrics = metrics
        self._looked: tuple[datetime, dict[Partition, int]] | None = None
        self._waits_since: float | None = None
        self._waits_for = ""
        self._told = False
        self.broken: dict[UUID, float] = {}
        """Cases whose timer broke on an error of ours, and when it was last tried."""

    def overdue_before(self) -> datetime:
        """What fell due before that should have fired by now, if it may."""
        return self._clock.now() - timedelta(seconds=_IN_TIME_S)

    def wanted(self) -> datetime:
        """Up to when timers that are due ask for the gate to open.

        Two clocks that agree may differ a little: so much later than it fell due there is nothing under way any more
        that was taken before.
        """
        return self._clock.now() - timedelta(seconds=AGREE_S)

    async def opened(self) -> datetime | None:
        """The instant by which timers may fire, or None as long as they have to wait."""
        answer = await self._ask()
        if isinstance(answer, datetime):
            return answer
        self._wait(answer)
        return None

    def shut(self) -> None:
        """What falls due from now on is behind a look of its own."""
        self._looked = self._waits_since = None
        self._told = False
        self._metrics.timers_waiting.labels(self._transactions.service.name).set(0)

    def troubles(self) -> list[str]:
        """What timers have waited for longer than a minute."""
        if self._waits_since is None or monotonic_seconds() - self._waits_since < _LONG_S:
            return []
        return [f"timers are due and wait: {self._waits_for}"]

    async def _ask(self) -> datetime | str:
        now = self._clocks.present()
        if isinstance(now, str):
            return now
        if self._looked is None:
            try:
                self._looked = now - timedelta(seconds=AGREE_S), await self._where_logs_end()
            except Exception as error:  # noqa: BLE001  Kafka is away: whatever is in it comes first
                return f"nobody knows where the logs end ({named(error)})"
        until, ends = self._looked
        if behind := await self._behind(ends):
            topic, number = behind[0]
            others = f" and {len(behind) - 1} others are" if len(behind) > 1 else " is"
            return f"{topic} {number}{others} to be read first"
        return until

    async def _where_logs_end(self) -> dict[Partition, int]:
        return await self._ends.for_readers(await self._ends.partitions())

    async def _behind(self, ends: dict[Partition, int]) -> list[Partition]:
        """The partitions that nobody has read so far; where they were is all one, and whose they are."""
        wanted: Collection[Partition] = ends.keys()
        async with self._transactions.lock:
            known = await self._transactions.run(lambda connection: position_rows.read(connection, wanted)) or {}
        return sorted(p for p, end in ends.items() if p not in known or known[p].next_offset < end)

    def _wait(self, for_what: str) -> None:
        now = monotonic_seconds()
        since = self._waits_since = now if self._waits_since is None else self._waits_since
        self._waits_for = for_what
        service = self._transactions.service.name
        self._metrics.timers_waiting.labels(service).set(max(now - since, 0.001))
        if now - since > _LONG_S and not self._told:
            self._told = True
            log.warning("timers_wait", service=service, reason=for_what)
