"""What is said again and again is said now and then, with how often it was left out: a log is there to be read."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_MOST = 500


@dataclass
class _Turn:
    began: float
    left_out: int = 0


class Seldom:
    """Lets a thing be said once in so many seconds."""

    def __init__(self, every_s: float, now: Callable[[], float] = time.monotonic) -> None:
        """Nothing has been said yet."""
        self._every_s = every_s
        self._now = now
        self._turns: dict[Hashable, _Turn] = {}

    def may(self, what: Hashable) -> int | None:
        """How often it was left out since it was said last, where it may be said now; else None."""
        now = self._now()
        turn = self._turns.get(what)
        if turn is not None and now - turn.began < self._every_s:
            turn.left_out += 1
            return None
        if len(self._turns) >= _MOST:  # nothing that is said often is among the oldest
            del self._turns[min(self._turns, key=lambda one: self._turns[one].began)]
        self._turns[what] = _Turn(now)
        return 0 if turn is None else turn.left_out

    def over(self, *, at_once: bool = False) -> dict[Hashable, int]:
        """What was left out and has not been said again since its time was over, how often; and forget it."""
        now = self._now()
        ended = {
            what: turn.left_out
            for what, turn in self._turns.items()
            if turn.left_out and (at_once or now - turn.began >= self._every_s)
        }
        for what in ended:
            del self._turns[what]
        return ended

    @property
    def owes(self) -> bool:
        """Whether something was left out that nobody has been told of."""
        return any(turn.left_out for turn in self._turns.values())
