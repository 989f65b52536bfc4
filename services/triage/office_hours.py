"""When the council's office is open, and which days it works: London's civil time, weekends and bank holidays.

Seed 003:2516 says when the office closes; the opening at nine and the bank holidays are local settings, which the
sources do not give (domain 3.5).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from services.triage.policy import OfficeHours
from shared.kernel.civil import LONDON, london_day

_ONE_DAY = timedelta(days=1)


def out_of_hours(at: datetime, hours: OfficeHours) -> bool:
    """Whether the office is closed: open from the opening time, closed from the closing time (domain 3.5)."""
    local = at.astimezone(LONDON)
    closes = closing_time(local.date(), hours)
    return closes is None or not hours.opens <= local.time() < closes


@lru_cache(maxsize=4096)
def closing_time(day: date, hours: OfficeHours) -> time | None:
    """When the office closes on a day; None where it does not open at all."""
    if day.weekday() >= len(hours.closes) or day in hours.also_closed:
        return None
    if day in bank_holidays(hours.country, hours.subdivision, day.year):
        return None
    return hours.closes[day.weekday()]


def close_of_working_day_after(at: datetime, days: int, hours: OfficeHours) -> datetime:
    """When the office closes on the last of so many working days after the day of `at`.

    The day itself never counts, whether the office was open or not: one working day after any moment of a Friday
    ends on Monday.
    """
    return _close_after(london_day(at), days, hours)


@lru_cache(maxsize=4096)
def _close_after(day: date, days: int, hours: OfficeHours) -> datetime:
    left = days
    while True:
        day += _ONE_DAY
        closes = closing_time(day, hours)
        if closes is not None:
            left -= 1
            if left <= 0:
                return datetime.combine(day, closes, tzinfo=LONDON).astimezone(UTC)


@lru_cache(maxsize=256)
def bank_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The bank holidays of a year, substitute days included."""
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
