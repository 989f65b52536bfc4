"""Practice figures: what a service counts its own cases as, apart from whether it is well.

They are asked less often the longer they take, over a connection of their own, and nothing waits for them: a database
that is slow to count must not make a service look ill. While older code's counts are written again, none is shown.
"""

import asyncio
import contextlib
import time
from typing import Any

import structlog
from prometheus_client import Gauge as PrometheusGauge

from shared.chassis.figures import Counted
from shared.chassis.postgres.database import Connection, connect
from shared.chassis.process.blame import blame
from shared.chassis.process.clock import Clock
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings
from shared.chassis.projections import NOT_LISTED, OUTDATED, lists_of
from shared.chassis.service import Service

log = structlog.get_logger()
_MARKS = "SELECT mark, sum(cases)::bigint FROM case_counts GROUP BY mark"
_OLDEST = """
SELECT list, oldest FROM unnest($1::text[]) AS lists (list) CROSS JOIN LATERAL (
    SELECT min(since) AS oldest FROM list_rows WHERE list_rows.list = lists.list AND since IS NOT NULL
) AS longest WHERE oldest IS NOT NULL
"""
_AT_LEAST_S = 1.0
_REST_FOR_WORK = 30
_PATIENCE_S = 0.25


class Practice:
    """The practice gauges of one service."""

    def __init__(self, service: Service[Any], settings: Settings, clock: Clock, metrics: Metrics) -> None:
        """Declare the gauges; count nothing yet."""
        self._service = service
        self._settings = settings
        self._clock = clock
        self._next_at = 0.0
        self._counting: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._not_listed = metrics.not_listed.labels(service.name)
        self._gauges = {
            gauge.name: PrometheusGauge(gauge.name, gauge.says, ("service", *gauge.labels), registry=metrics.registry)
            for gauge in service.gauges
        }

    async def refresh(self) -> None:
        """Count again if it is time, and wait a moment: a quick count is in the answer, a slow one in the next."""
        if self._counting is None and time.monotonic() >= self._next_at and self._service.gauges:
            self._counting = asyncio.create_task(self._count(), name="practice")
        if self._counting is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._counting), _PATIENCE_S)

    async def close(self) -> None:
        """Stop counting."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()

    async def _count(self) -> None:
        started = time.monotonic()
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._settings, self._service.name, "practice")
            counted, now = await self._counted(self._connection), self._clock.now()
            for gauge in self._service.gauges:
                shown = self._gauges[gauge.name]
                shown.clear()
                for labels, number in gauge.of(counted, now).items() if counted is not None else ():
                    shown.labels(self._service.name, *labels).set(number)
            if counted is not None:
                self._not_listed.set(sum(counted.cases.get(NOT_LISTED, {}).values()))
        except Exception as error:  # noqa: BLE001  whatever it was, what was counted a while ago is no number any more
            log.warning("practice_not_counted", service=self._service.name, **blame(error))
            for shown in self._gauges.values():
                shown.clear()
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None
        finally:
            took = time.monotonic() - started
            self._next_at = time.monotonic() + max(_AT_LEAST_S, _REST_FOR_WORK * took)
            self._counting = None

    async def _counted(self, connection: Connection) -> Counted | None:
        if await connection.fetchval(OUTDATED, self._service.projection):
            return None
        marks = await connection.fetch(_MARKS)
        oldest = await connection.fetch(_OLDEST, [view.path for view in lists_of(self._service) if view.since])
        return Counted.of(marks, dict(oldest))
