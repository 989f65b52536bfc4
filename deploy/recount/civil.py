"""London's civil days, and the months and years counted in them."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
_DECEMBER = 12


def day(at: datetime) -> date:
    """The date on a London wall at a moment."""
    return at.astimezone(_LONDON).date()


def months_on(start: date, months: int) -> date:
    """The day so many months on, or back; the last of the month where there is no such day."""
    year, month = start.year, start.month + months
    while month > _DECEMBER:
        year, month = year + 1, month - _DECEMBER
    while month < 1:
        year, month = year - 1, month + _DECEMBER
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def birthday(born: date, years: int) -> date:
    """The day on which somebody attains an age; who was born on 29 February does so on 1 March where there is none."""
    if (born.month, born.day) == (2, 29) and not calendar.isleap(born.year + years):
        return date(born.year + years, 3, 1)
    return date(born.year + years, born.month, born.day)


def band(start: date, end: date) -> str:
    """How long something was open: within three months, within six, or over; exactly three is within three."""
    if end <= months_on(start, 3):
        return "within_3_months"
    return "3_to_6_months" if end <= months_on(start, 6) else "over_6_months"


def first_day_over(start: date) -> date:
    """The first day on which something is open for more than six months."""
    return months_on(start, 6) + timedelta(days=1)


class Year:
    """A financial year, written 2023-24."""

    def __init__(self, name: str) -> None:
        """Take it apart; ValueError, which says how a year is written, where it is none."""
        first, _, last = name.partition("-")
        digits = first + last
        if (len(first), len(last)) != (4, 2) or not (digits.isascii() and digits.isdigit()) or digits < "190000":
            raise ValueError(f"'{name}' names no financial year: 1 April 2023 to 31 March 2024 is written 2023-24")
        starts = int(first)
        if (starts + 1) % 100 != int(last):
            right = f"{starts}-{(starts + 1) % 100:02}"
            raise ValueError(f"{name} is no financial year: {right} is 1 April {starts} to 31 March {starts + 1}")
        self.name = name
        self.begins = date(starts, 4, 1)
        self.ends = date(starts + 1, 3, 31)

    def holds(self, one: date) -> bool:
        """Whether a day is in the year."""
        return self.begins <= one <= self.ends
