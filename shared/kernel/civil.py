"""Civil time in London: the days, months and hours that the rules of law and practice speak of.

Instants are stored in UTC; every rule about days or months goes through a civil date in Europe/London, because
six months counted in UTC end an hour, and so a day, off around a change of the clocks.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
BANDS = ("0-3", "3-6", "over-6")
"""Ages in calendar months, the youngest first (seed 003:900)."""
_ONE_DAY = timedelta(days=1)


def london_day(at: datetime) -> date:
    """The civil date in London at an instant."""
    return at.astimezone(LONDON).date()


@lru_cache(maxsize=65536)
def add_months(day: date, months: int) -> date:
    """The same day of the month some months on (or back), the month's last day where it is shorter.

    31 August + 6 months is 28 or 29 February; the operation has no inverse.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=65536)
def start_of_day(day: date) -> datetime:
    """00:00 in London on a civil date, as an instant in UTC. London has never skipped a midnight since 1900."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def over_after_months(start: datetime, months: int) -> datetime:
    """The instant from which a thing started at `start` has been open for *more than* so many calendar months.

    00:00 London time on the day after (start date + months, month end clamped): exactly six months is not over
    (design section 4, rule 10; seed 003:3464).
    """
    return _over_after(london_day(start), months)


def months_band(start: datetime, end: datetime) -> str:
    """The age band of something open from `start` to `end`: 0-3 months (three included), 3-6, over 6."""
    return band_of_day(london_day(start), end)


def band_of_day(day: date, end: datetime) -> str:
    """As `months_band`, of something that started on a civil day in London: the hour plays no part."""
    if end < _over_after(day, 3):
        return BANDS[0]
    return BANDS[1] if end < _over_after(day, 6) else BANDS[2]


def _over_after(day: date, months: int) -> datetime:
    return start_of_day(add_months(day, months) + _ONE_DAY)
