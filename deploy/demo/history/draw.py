"""Drawing: from shares, from spans, and times of day in an office and outside one.

Times inside the history are London's civil time without an offset, which they get when a line is written.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

import holidays

from deploy.demo.history.distributions import Shares
from shared.kernel.civil import LONDON

DAY = timedelta(days=1)
_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001  of UTC, without its offset
_WEEK = timedelta(weeks=1)
_OPENS, _SHUTS = 8.6, 17.2


_BOUNDS: dict[int, tuple[Shares, list[str], list[float]]] = {}
"""The names and bounds of a table of shares, worked out once; kept with the table, so that its id stays its own."""


def one(rng: Random, shares: Shares) -> str:
    """One of the names, by its share."""
    known = _BOUNDS.get(id(shares))
    if known is None or known[0] is not shares:
        known = _BOUNDS[id(shares)] = (shares, list(shares), list(accumulate(shares.values())))
    return rng.choices(known[1], cum_weights=known[2])[0]


def some(rng: Random, shares: Shares, number: int) -> list[str]:
    """So many different names, by their shares, or fewer where there are not so many."""
    found: dict[str, None] = {}
    for _ in range(number * 6):
        if len(found) == number:
            break
        found[one(rng, shares)] = None
    return list(found)


def span(rng: Random, spans: Sequence[tuple[float, float, float]]) -> float:
    """A number from one of several spans, each with its share."""
    _, low, high = rng.choices(spans, weights=[share for share, _, _ in spans])[0]
    return rng.uniform(low, high)


def likely(rng: Random, share: float) -> bool:
    """Yes, with this share."""
    return rng.random() < share


@lru_cache(maxsize=1)
def _bank_holidays() -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(2020, 2026)))


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Monday to Friday, bank holidays excepted."""
    return day.weekday() < 5 and day not in _bank_holidays()  # noqa: PLR2004  Saturday


def working_day(day: date, *, seven_days: bool = False) -> date:
    """This day if there is work on it, else the next one with work."""
    while not seven_days and not is_working_day(day):
        day += DAY
    return day


def in_office(rng: Random, at: datetime, *, seven_days: bool = False) -> datetime:
    """This instant if the office works then, else one early on its next day."""
    hour = at.hour + at.minute / 60
    if hour >= _SHUTS:
        at = datetime.combine(at.date() + DAY, time())
    day = working_day(at.date(), seven_days=seven_days)
    if day != at.date() or not _OPENS <= hour < _SHUTS:
        return datetime.combine(day, time(9)) + timedelta(seconds=rng.randrange(150 * 60))
    return at


def on_day(rng: Random, day: date) -> datetime:
    """Some time in office hours of a day, so early that more can follow on it."""
    return datetime.combine(day, time(9)) + timedelta(seconds=rng.randrange(6 * 3600))


@lru_cache(maxsize=4096)
def ahead(day: date) -> timedelta:
    """How far London is ahead of UTC on a day, from two in the morning on: nothing here happens earlier at night."""
    return LONDON.utcoffset(datetime.combine(day, time(12))) or timedelta()


def utc(at: datetime) -> datetime:
    """A civil time of London as one of UTC, both without their offset."""
    return at - ahead(at.date())


def week(at: datetime) -> int:
    """The number of the replay's step of a week that a time lies in; it ends on Monday at 00:00 UTC."""
    return -((_EPOCH - utc(at)) // _WEEK)


def next_week(rng: Random, at: datetime) -> datetime:
    """A working time in the week after."""
    monday = at.date() + timedelta(days=7 - at.date().weekday())
    return on_day(rng, working_day(monday + timedelta(days=rng.randrange(3))))
