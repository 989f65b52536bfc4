"""The timer worker: fires what has fallen due, once, whoever dies (delivery rule 10).

Cases are picked without a lock, then locked, then read again. A gate says up to which instant they may fire
(delivery rule 17); a driven clock has none, and here each step is reported at which nothing is due any more.
"""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from shared.chassis.delivery.applying.cases import next_due
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.timing.timer_gate import TimerGate
from shared.chassis.process.blame import blame
from shared.chassis.process.clock import Clock, DrivenClock, monotonic_seconds
from shared.chassis.process.errors import Stopping
from shared.chassis.process.metrics import Metrics

log = structlog.get_logger()
_CASES = 200
_LISTEN_AGAIN_S = 0.5
_LONGEST_WAIT_S = 1.0
_KNOCK_AGAIN_S = 0.1
_TRY_AGAIN_S = 60.0
_REPORT = "UPDATE clock_step SET step = $1 WHERE id = 1 AND step < $1"


class TimerWorker:
    """Fires one service's timers."""

    def __init__(self, transactions: Transactions[Any], clock: Clock, gate: TimerGate, metrics: Metrics) -> None:
        """Connect to nothing of its own."""
        self._transactions = transactions
        self._clock = clock
        self._gate = gate
        self._metrics = metrics

    async def run(self) -> None:
        """Fire for ever, until cancelled."""
        if isinstance(self._clock, DrivenClock):
            await self._run_driven(self._clock)
        while True:
            async with self._transactions.lock:
                due = await self._due(1, self._gate.wanted())
                ahead = None if due else await self._transactions.run(next_due)
            until = await self._gate.opened() if due else None
            if until is not None:
                async with self._transactions.lock:
                    fired = await self._fire(until)
                if fired:
                    continue
            if until is not None or not due:
                self._gate.shut()
            await self._clock.wait(None if self._gate.broken else ahead, _KNOCK_AGAIN_S if due else _LONGEST_WAIT_S)

    async def _run_driven(self, clock: DrivenClock) -> None:
        reported = -1
        while True:
            step = clock.step
            async with self._transactions.lock:
                fired = await self._fire(clock.now())
                if fired:
                    continue
                if step > reported:
                    await self._transactions.run(lambda connection, step=step: connection.execute(_REPORT, step))  # type: ignore[misc]
                    reported = step
                until = await self._transactions.run(next_due)
            if clock.step == reported:
                await clock.wait(None if self._gate.broken else until, _LONGEST_WAIT_S)

    async def _fire(self, until: datetime) -> int:
        """Fire a chunk of cases; when one of them breaks, each by itself, and leave the broken ones for a while."""
        keys = await self._due(_CASES, until)
        if not keys:
            return 0
        try:
            return await self._transactions.fire(keys, until)
        except Stopping:
            raise
        except Exception:  # noqa: BLE001  a bug in one case must not silence the timers of all others
            return sum([await self._alone(key, until) for key in keys])
        finally:
            self._show()

    async def _due(self, limit: int, until: datetime) -> list[UUID]:
        """The cases to fire; one that broke is tried again after a while, and forgotten once it is not due any more."""
        broken, long_ago = self._gate.broken, monotonic_seconds() - _TRY_AGAIN_S
        left_alone = {key for key, tried in broken.items() if tried > long_ago}
        keys = await self._transactions.due(limit, left_alone, until)
        if len(keys) < limit:
            for key in broken.keys() - left_alone - set(keys):
                del broken[key]
            self._show()
        return keys

    async def _alone(self, key: UUID, until: datetime) -> int:
        """Fire one case's timers. What breaks is told by its case, which is nobody's name, and left alone."""
        broken = self._gate.broken
        try:
            fired = await self._transactions.fire([key], until)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001  as above
            if key not in broken:
                service = self._transactions.service.name
                log.error("timer_broke", service=service, case=str(key),
                          hint=f"section42 timers {service}", **blame(error))  # fmt: skip
            broken[key] = monotonic_seconds()
            return 0
        broken.pop(key, None)
        return fired

    def _show(self) -> None:
        self._metrics.timers_broken.labels(self._transactions.service.name).set(len(self._gate.broken))


async def follow_clock(settings: Any, clock: DrivenClock) -> None:
    """Move a driven clock by what is announced on its topic, from the first announcement on, over Kafka's outages."""
    from aiokafka.errors import KafkaError  # noqa: PLC0415  as below

    while True:
        try:
            await _follow(settings, clock)
        except KafkaError as error:
            log.warning("clock_not_heard", topic="clock", **blame(error))
            await asyncio.sleep(_LISTEN_AGAIN_S)


async def _follow(settings: Any, clock: DrivenClock) -> None:
    from shared.chassis.delivery.kafka.unpacking import BoundedConsumer  # noqa: PLC0415  only replays and tests drive the clock
    from shared.contracts.doors import ClockTicked  # noqa: PLC0415

    consumer = BoundedConsumer(
        settings.topic_prefix + ClockTicked.topic,
        bootstrap_servers=list(settings.kafka.bootstrap_servers),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **settings.kafka.security,
    )
    await consumer.start()
    try:
        async for record in consumer:
            try:
                ticked = ClockTicked.model_validate_json(record.value or b"")
            except ValidationError:
                log.warning("tick_not_readable", topic=ClockTicked.topic, offset=record.offset)
            else:
                clock.move(ticked.step, ticked.now)
    finally:
        await asyncio.shield(consumer.stop())
