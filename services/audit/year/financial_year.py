"""A financial year, by its name: 1 April to 31 March in civil dates of London (design section 4, rule 14)."""

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.kernel.civil import start_of_day

_NAME = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})")
_ONE_DAY = timedelta(days=1)


class NotAYear(ValueError):
    """What was written names no financial year; the message says how one is written."""


class Year(NamedTuple):
    """A financial year: its first and last civil day, and the instants at which it starts and is over.

    `as_at` is when what is open at its end is looked at: the end, or the present while the year still runs.
    """

    first: date
    last: date
    starts_at: datetime
    ends_at: datetime
    as_at: datetime

    @property
    def name(self) -> str:
        """The year as it is written: 2023-24."""
        return f"{self.first.year}-{self.last.year % 100:02}"

    @property
    def before(self) -> "Year":
        """The year before."""
        return beginning_in(self.first.year - 1).seen_at(self.as_at)

    def seen_at(self, present: datetime) -> "Year":
        """The same year as it can be known at present: what would be too old by its end is not yet, while it runs."""
        return self._replace(as_at=min(self.ends_at, present))

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in the year."""
        return self.starts_at <= at < self.ends_at

    def holds_day(self, day: date) -> bool:
        """Whether a civil day lies in the year."""
        return self.first <= day <= self.last


def beginning_in(calendar_year: int) -> Year:
    """The financial year that begins on 1 April of a calendar year."""
    first, last = date(calendar_year, 4, 1), date(calendar_year + 1, 3, 31)
    ends_at = start_of_day(last + _ONE_DAY)
    return Year(first, last, start_of_day(first), ends_at, ends_at)


def financial_year(name: str) -> Year:
    """The financial year of that name, such as 2023-24. Raises NotAYear, which says how it is written."""
    written = _NAME.fullmatch(name.strip())
    if written is None:
        raise NotAYear("a financial year is written like 2023-24, for 1 April 2023 to 31 March 2024")
    year = beginning_in(int(written[1]))
    if year.name[-2:] != written[2]:
        raise NotAYear(
            f"{written[0]} is no financial year: {year.name} is 1 April {year.first.year} to 31 March {year.last.year}"
        )
    return year
