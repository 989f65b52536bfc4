"""Whether a process is alive: its housekeeping goes on, or waits for something that we know of; and whether it fails.

Who is started again because the database is away waits for it again, and has everything to look up; so what is waited
for with a name is a matter of being ready, and this of nothing but a standstill that nobody can explain.
"""

import time
from collections.abc import Callable

_FAILS_S = 10.0
"""For how long the housekeeping may fail before it is a trouble: a hiccup is none."""
_STUCK_S = 90.0
"""Longer than one statement may take: the database may have fallen silent in the middle of it."""


class Liveness:
    """When the housekeeping last began a turn, or was last seen to wait."""

    def __init__(self, waits_for: Callable[[], str], now: Callable[[], float] = time.monotonic) -> None:
        """Begin now; `waits_for` says what is waited for, or nothing."""
        self._waits_for = waits_for
        self._now = now
        self._at = now()
        self._fails: tuple[float, str] | None = None

    def beats(self) -> None:
        """The housekeeping begins a turn."""
        self._at = self._now()

    def there(self) -> bool:
        """Whether all is well so far; to be asked also while nobody wants to know, lest a wait go by unseen."""
        if self._waits_for():
            self.beats()
        return self._now() - self._at < _STUCK_S

    def went(self, error: str = "") -> None:
        """A turn is over, and this is the error that it met, if it met one."""
        since = self._now() if self._fails is None else self._fails[0]
        self._fails = (since, error) if error else None

    def troubles(self) -> list[str]:
        """That nothing of the housekeeping has been done for a while: retries, the mirror, what is refused."""
        if self._fails is None or self._now() - self._fails[0] < _FAILS_S:
            return []
        return [f"the housekeeping fails ({self._fails[1]}): see tending_failed in the log"]
