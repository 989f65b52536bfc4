"""Days in other writings than the contract's: which days one can mean, and which year stands in it."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime

_FIRST, _LAST = 1900, 2199
_BETWEEN = "-/. "
_ORDERS = ("%Y{0}%m{0}%d", "%d{0}%m{0}%Y", "%m{0}%d{0}%Y")
_WELL_SPACED = tuple(order.format(between) for between in _BETWEEN for order in _ORDERS)
_WITHOUT_TIME = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[t ]00:00(:00(\.0+)?)?(z|\+00:?00)?")
_SPELT_OUT = (
    re.compile(
        r"([a-z]+,? )?(?P<day>[0-9]{1,2})(st|nd|rd|th)?[-/. ]+(?P<month>[a-z]{3,9})[.]?,?[-/. ]+(?P<year>[0-9]{4})"
    ),
    re.compile(r"(?P<month>[a-z]{3,9})[.]? (?P<day>[0-9]{1,2})(st|nd|rd|th)?,? (?P<year>[0-9]{4})"),
)
_MONTHS = [calendar.month_name[n].lower() for n in range(1, 13)]
_TWO_DIGITS_AT_THE_END = re.compile(r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ]([0-9]{2})")


def meant(text: str) -> set[date]:
    """Every day that a text can mean."""
    text = " ".join(text.split()).lower()
    if not text.isascii():
        return set()
    if found := _WITHOUT_TIME.fullmatch(text):
        text = found["day"]
    days = {_by(form, text) for form in _WELL_SPACED}
    for spelt in _SPELT_OUT:
        if found := spelt.fullmatch(text):
            months = [n for n, name in enumerate(_MONTHS, 1) if name.startswith(found["month"])]
            days |= {_by("%Y %m %d", f"{found['year']} {months[0]} {found['day']}")} if months else set()
    return {day for day in days if day is not None and _FIRST <= day.year <= _LAST}


def _by(form: str, text: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  a day alone
    except ValueError:
        return None


def youngest(text: str) -> date | None:
    """The latest birth date that a text may mean, if only by its year."""
    if days := meant(text):
        return max(days)
    years = [run for run in re.findall(r"[0-9]+", text) if len(run) == 4]  # noqa: PLR2004
    for run in re.findall(r"[0-9]+", text):
        if len(run) == 8:  # noqa: PLR2004  with nothing between
            years += [run[:4], run[4:]]
    if short := _TWO_DIGITS_AT_THE_END.fullmatch(" ".join(text.split())):
        years.append(f"20{short[1]}")
    possible = [int(year) for year in years if _FIRST <= int(year) <= _LAST]
    return date(max(possible), 12, 31) if possible else None
