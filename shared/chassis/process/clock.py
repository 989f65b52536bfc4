"""Time as a port: the only readers of the clock.

In production it is the wall's. In tests and replays it is driven: it stands still until somebody says how late
it is, and what is recorded bears its own time, so that two years can pass in a minute through separate processes.
"""

import asyncio
import contextlib
import time
from datetime import UTC, datetime
from typing import Protocol

from shared.kernel.fields import EARLIEST


class Clock(Protocol):
    """What the chassis asks of time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    async def wait(self, until: datetime | None, at_most_s: float) -> None:
        """Return when the clock may have reached `until`, or after so many real seconds."""
        ...


class WallClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    async def wait(self, until: datetime | None, at_most_s: float) -> None:
        """Sleep until then, or as long as allowed."""
        left = at_most_s if until is None else min(at_most_s, (until - self.now()).total_seconds())
        if left > 0:
            await asyncio.sleep(left)


class DrivenClock:
    """A clock that moves only when it is told to; it starts at the beginning of time, before every timer."""

    def __init__(self) -> None:
        """Stand at 1900, at no step."""
        self._now = EARLIEST
        self.step = -1
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The instant last announced."""
        return self._now

    def move(self, step: int, now: datetime) -> None:
        """Go forward to an announced step; an older announcement changes nothing."""
        if step > self.step:
            self.step, self._now = step, max(self._now, now)
            self._moved.set()

    async def wait(self, until: datetime | None, at_most_s: float) -> None:
        """Return when the clock moves, or after so many real seconds."""
        if until is not None and until <= self._now:
            return
        self._moved.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), at_most_s)


def wall_seconds() -> float:
    """The machine's clock in seconds, to hold beside Kafka's timestamps, which are the wall's in a replay too."""
    return time.time()


def monotonic_seconds() -> float:
    """The machine's clock that nobody sets: it tells how long a thing took, and never how late it is."""
    return time.monotonic()
