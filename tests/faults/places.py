"""The places where a service can be told to die or to stop by itself, and which of them has its turn next."""

from __future__ import annotations

import random
from collections import Counter

PLACES = (
    "after-read", "after-look", "after-decide", "before-apply", "after-commit",
    "relay-fetched", "relay-journalled", "relay-sent", "relay-deleted",
)  # fmt: skip
TIMER_PLACES = ("timer-before-commit", "timer-after-commit")
RECOVERY_PLACES = ("recovery-applied",)
_STOPS = 0.25
_LATEST = 8


def choose(dice: random.Random, fired: Counter[str], *, timers: bool, recovering: bool, may_stop: bool) -> str:
    """A failpoint, by the dice, among the places where least has happened so far."""
    places = (*PLACES, *(TIMER_PLACES * 2 if timers else ()), *(RECOVERY_PLACES * 4 if recovering else ()))
    rarest = sorted(places, key=lambda place: (fired[f"{place}:kill"] + fired[f"{place}:stop"], dice.random()))
    place = dice.choice(rarest[: max(3, len(rarest) // 2)])
    action = "stop" if may_stop and dice.random() < _STOPS else "kill"
    # A service seldom fires timers, and then for many cases at once.
    return f"{place}:{action}:{dice.randint(1, 2 if place in TIMER_PLACES else _LATEST)}"
