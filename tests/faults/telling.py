"""How stories are told: what is said when, at which door, and how long people take."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple


class Told(NamedTuple):
    """One thing somebody says, and how late by their own calendar it was said."""

    at: datetime
    type: str
    data: dict[str, Any]


class Pace(NamedTuple):
    """How long people take: minutes of a real day's wall clock, or months where the clock is driven."""

    step: timedelta
    long: timedelta
    driven: bool


WALL = Pace(timedelta(seconds=8), timedelta(seconds=10), driven=False)
DRIVEN = Pace(timedelta(days=3), timedelta(days=210), driven=True)


class Teller:
    """Tells by the dice."""

    def __init__(self, dice: random.Random, pace: Pace) -> None:
        self._dice = dice
        self._pace = pace

    def _later(self, at: datetime, slow: float = 0.0) -> datetime:
        late = self._pace.long if self._chance(slow) else timedelta(0)
        return at + self._pace.step * self._dice.uniform(0.2, 1) + late

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share


def say(at: datetime) -> str:
    """An instant as people's systems write it."""
    return at.isoformat(timespec="milliseconds")
