"""Days as people and systems write them, and which days each writing can mean.

A string of digits is no day, whoever sends it: some systems count seconds, others leave out what stands between. Where
day and month cannot be told apart there are two readings, and nobody chooses one.
"""

import re
from collections.abc import Iterator
from datetime import date

_FIRST, _LAST = 1900, 2199
_NUMBERS = re.compile(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ]00:00(?::00(?:\.0+)?)?(?:[Zz]|\+00:?00)?", re.ASCII)
_NAMED = re.compile(r"(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})\.?,?[-/. ]+(\d{4})", re.ASCII)
_NAMED_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII)
_SHORT = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ](\d\d)", re.ASCII)
_RUN = re.compile(r"\d+", re.ASCII)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_YEAR, _COMPACT = 4, 8
_THIS_CENTURY = 2000


def readings(text: str) -> frozenset[date]:
    """The days that a text can mean; none where it says no day, or only digits."""
    said = " ".join(text.split()).lower()
    if (midnight := _MIDNIGHT.fullmatch(said)) is not None:
        said = midnight[1]
    return frozenset(_possible(said))


def _possible(said: str) -> Iterator[date]:
    if (numbers := _NUMBERS.fullmatch(said)) is not None:
        one, _, two, three = numbers.groups()
        if len(one) == _YEAR and len(three) <= 2:  # noqa: PLR2004  a year has four digits, a day two at most
            yield from _day(one, two, three)
        elif len(three) == _YEAR and len(one) <= 2:  # noqa: PLR2004
            yield from _day(three, two, one)
            yield from _day(three, one, two)
    elif (named := _NAMED.fullmatch(said)) is not None:
        yield from _day(named[3], _month(named[2]), named[1])
    elif (named := _NAMED_FIRST.fullmatch(said)) is not None:
        yield from _day(named[3], _month(named[1]), named[2])


def _month(name: str) -> str:
    """The number of a month by its name, or by the beginning of it; 0 for any other word."""
    return str(next((n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0))


def _day(year: str, month: str, day: str) -> Iterator[date]:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return
    if _FIRST <= found.year <= _LAST:
        yield found


def latest(text: str) -> date | None:
    """The latest day that a text may mean by the year that stands in it, however it is written; None without a year."""
    if found := readings(text):
        return max(found)
    years = {int(part) for run in _RUN.findall(text) for part in _years(run)}
    if (short := _SHORT.fullmatch(" ".join(text.split()))) is not None:
        years.add(_THIS_CENTURY + int(short[1]))
    likely = [year for year in years if _FIRST <= year <= _LAST]
    return date(max(likely), 12, 31) if likely else None


def _years(run: str) -> tuple[str, ...]:
    """Where a year may stand in a run of digits: alone, or at either end of eight."""
    if len(run) == _YEAR:
        return (run,)
    return (run[:_YEAR], run[-_YEAR:]) if len(run) == _COMPACT else ()
