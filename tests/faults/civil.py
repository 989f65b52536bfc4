"""Times of day in London, as far as the recount, which counts days, has no need of them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from deploy.recount.civil import day, first_day_over

_LONDON = ZoneInfo("Europe/London")
# fmt: off
_BANK_HOLIDAYS = frozenset((
    "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26",
    "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26",
    "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
))
# fmt: on
_YEARS = {one[:4] for one in _BANK_HOLIDAYS}


def instant(text: str) -> datetime:
    """An instant out of a message."""
    return datetime.fromisoformat(text).astimezone(UTC)


def over_six_months(start: datetime) -> datetime:
    """The first instant at which something open since then has been open for more than six months."""
    return midnight(first_day_over(day(start)))


def midnight(of: date) -> datetime:
    """A day's first instant in London."""
    return datetime(of.year, of.month, of.day, tzinfo=_LONDON).astimezone(UTC)


def office_closed(at: datetime) -> bool | None:
    """Whether nobody is in the office: before nine, after five (half past four on Fridays); None if we cannot tell."""
    local = at.astimezone(_LONDON)
    if str(local.year) not in _YEARS:
        return None
    if local.weekday() > 4 or local.date().isoformat() in _BANK_HOLIDAYS:
        return True
    return not "09:00" <= local.strftime("%H:%M") < ("16:30" if local.weekday() == 4 else "17:00")
