"""London's calendar from first principles, to hold the kernel's against: whole numbers, no library's dates.

Days are counted from 1 March of the year 0 of the Gregorian calendar, by adding up years and months.
Clocks go by the European rule in force since 1996: forward at 01:00 UTC on the last Sunday of March, and back
at 01:00 UTC on the last Sunday of October. Instants are whole seconds since 1970 in UTC.
"""

from functools import cache

DAY = 86_400
HOUR = 3_600
_MONTHS_FROM_MARCH = (31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28)


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1 January 1970 of a civil date."""
    return _count(year, month, day) - _count(1970, 1, 1)


@cache
def _before_month(year: int, month: int) -> int:
    years, months = (year, month - 3) if month >= 3 else (year - 1, month + 9)
    return years * 365 + years // 4 - years // 100 + years // 400 + sum(_MONTHS_FROM_MARCH[:months])


def _count(year: int, month: int, day: int) -> int:
    return _before_month(year, month) + day - 1


@cache
def month_of(number: int) -> tuple[int, int]:
    """The year and month of a day number, found by looking."""
    year = 1970 + number // 366
    while day_number(year + 1, 1, 1) <= number:
        year += 1
    month = 1
    while month < 12 and day_number(year, month + 1, 1) <= number:
        month += 1
    return year, month


def civil(number: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
    year, month = month_of(number)
    return year, month, number - day_number(year, month, 1) + 1


def months_on(number: int, months: int) -> int:
    """The day number some months on: counted month by month, then as far into the month as it goes."""
    year, month, day = civil(number)
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12)
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    last = day_number(*following, 1) - 1
    return min(day_number(year, month, day), last)


@cache
def summer(year: int) -> tuple[int, int]:
    """When British Summer Time begins and ends in a year, as instants."""
    return _last_sunday(year, 3) * DAY + HOUR, _last_sunday(year, 10) * DAY + HOUR


def _last_sunday(year: int, month: int) -> int:
    number = day_number(year, month, 31)
    while (number + 4) % 7 != 0:  # 1 January 1970 was a Thursday, the fourth day after a Sunday
        number -= 1
    return number


def offset(instant: int) -> int:
    """Seconds by which London is ahead of UTC at an instant."""
    year, _ = month_of(instant // DAY)
    begins, ends = summer(year)
    return HOUR if begins <= instant < ends else 0


def london_day_number(instant: int) -> int:
    """The civil day in London at an instant."""
    return (instant + offset(instant)) // DAY


def midnight(number: int) -> int:
    """The instant at which a civil day begins in London: of the two offsets, the one in force there."""
    candidates = {number * DAY - shift for shift in (0, HOUR)}
    (begins,) = (instant for instant in candidates if instant + offset(instant) == number * DAY)
    return begins


def over_after(instant: int, months: int) -> int:
    """The instant from which something begun at an instant is open for more than so many months."""
    return midnight(months_on(london_day_number(instant), months) + 1)


def band(start: int, end: int) -> str:
    """The age band of something open from one instant to another."""
    if end >= over_after(start, 6):
        return "over-6"
    return "3-6" if end >= over_after(start, 3) else "0-3"
