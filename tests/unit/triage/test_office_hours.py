"""Out of hours: from 5pm, from 4.30pm on Friday, and weekends: seed 003:2516; design section 4, rule 1."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.office_hours import bank_holidays, close_of_working_day_after, out_of_hours
from services.triage.policy import COVENTRY_2024_1
from services.triage.routing import route
from shared.contracts.doors import Source
from tests.support.builders import a_report

HOURS = COVENTRY_2024_1.hours
LONDON = ZoneInfo("Europe/London")

BANK_HOLIDAYS = {
    # As published on gov.uk for England and Wales.
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
}
PUBLISHED = {date.fromisoformat(f"{year}-{day}") for year, days in BANK_HOLIDAYS.items() for day in days.split()}


def closed(at: datetime) -> bool:
    return out_of_hours(at, HOURS)


def london(year: int, month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("at", "is_closed"),
    [
        (london(2024, 3, 7, 16, 30), False),  # Thursday
        (london(2024, 3, 7, 16, 59, 59), False),
        (london(2024, 3, 7, 17, 0), True),
        (london(2024, 3, 8, 16, 29, 59), False),  # Friday
        (london(2024, 3, 8, 16, 30), True),
        (london(2024, 3, 9, 11, 0), True),  # Saturday
        (london(2024, 3, 10, 11, 0), True),  # Sunday
        (london(2024, 3, 11, 8, 59, 59), True),  # Monday
        (london(2024, 3, 11, 9, 0), False),
        (london(2024, 3, 11, 0, 0), True),
        (london(2024, 3, 29, 11, 0), True),  # Good Friday
        (london(2024, 4, 1, 11, 0), True),  # Easter Monday
        (london(2022, 12, 27, 11, 0), True),  # a substitute day: Christmas Day was a Sunday
        (london(2023, 5, 8, 11, 0), True),  # the coronation
        (london(2024, 12, 27, 11, 0), False),  # the Friday after Boxing Day
    ],
)
def test_the_office_is_closed_from_five_from_half_past_four_on_fridays_on_weekends_and_bank_holidays(
    at: datetime, *, is_closed: bool
) -> None:
    assert closed(at) is is_closed


@pytest.mark.parametrize(
    ("at", "is_closed"),
    [
        # Before and after the clocks go forward on 31 March 2024, Easter left out.
        (datetime(2024, 3, 28, 16, 59, 59, tzinfo=UTC), False),  # winter: London keeps UTC
        (datetime(2024, 3, 28, 17, 0, tzinfo=UTC), True),
        (datetime(2024, 4, 2, 7, 59, 59, tzinfo=UTC), True),  # summer: 08:59:59 in London
        (datetime(2024, 4, 2, 8, 0, tzinfo=UTC), False),
        (datetime(2024, 4, 2, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2024, 4, 2, 16, 0, tzinfo=UTC), True),  # 17:00 in London
        # The Friday before and the Monday after the clocks go back on 27 October 2024.
        (datetime(2024, 10, 25, 15, 29, 59, tzinfo=UTC), False),
        (datetime(2024, 10, 25, 15, 30, tzinfo=UTC), True),  # 16:30 in London
        (datetime(2024, 10, 28, 8, 30, tzinfo=UTC), True),
        (datetime(2024, 10, 28, 9, 0, tzinfo=UTC), False),
        (datetime(2024, 10, 28, 16, 59, 59, tzinfo=UTC), False),
        (datetime(2024, 10, 28, 17, 0, tzinfo=UTC), True),
    ],
)
def test_hours_are_londons_on_both_sides_of_a_change_of_the_clocks(at: datetime, *, is_closed: bool) -> None:
    assert closed(at) is is_closed


def by_hand(at: datetime) -> bool:
    """The same rule without a time zone database or a calendar library: last Sundays, and a printed list."""

    def last_sunday(month: int) -> datetime:
        last = datetime(at.year, month, 31, 1, tzinfo=UTC)
        return last - timedelta(days=(last.weekday() + 1) % 7)

    summer = last_sunday(3) <= at < last_sunday(10)
    local = at + timedelta(hours=1 if summer else 0)
    minute = local.hour * 60 + local.minute
    closing = {0: 1020, 1: 1020, 2: 1020, 3: 1020, 4: 990}.get(local.weekday(), 0)
    return local.date() in PUBLISHED or not 540 <= minute < closing


@settings(deadline=None, max_examples=500)
@given(st.datetimes(datetime(2022, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_any_instant_is_in_or_out_of_hours_as_counted_by_hand(at: datetime) -> None:
    assert closed(at) == by_hand(at)


def test_every_quarter_of_an_hour_of_a_year_is_as_counted_by_hand() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(minutes=15 * n) for n in range(366 * 96)]

    assert [at for at in instants if closed(at) != by_hand(at)] == []


def test_the_calendar_knows_every_published_bank_holiday_and_no_other_working_day() -> None:
    known = {day for year in BANK_HOLIDAYS for day in bank_holidays("GB", "ENG", year) if day.weekday() < 5}

    assert known == PUBLISHED


def test_a_day_the_calendar_does_not_know_of_can_be_closed_too() -> None:
    hours = replace(HOURS, also_closed=frozenset({date(2024, 3, 6)}))

    assert out_of_hours(london(2024, 3, 6, 11, 0), hours)
    assert not out_of_hours(london(2024, 3, 6, 11, 0), HOURS)


@pytest.mark.parametrize(
    ("at", "days", "closes"),
    [
        (london(2024, 3, 6, 11, 0), 1, london(2024, 3, 7, 17, 0)),  # Wednesday
        (london(2024, 3, 6, 23, 59), 1, london(2024, 3, 7, 17, 0)),
        (london(2024, 3, 7, 0, 0), 1, london(2024, 3, 8, 16, 30)),  # to a Friday
        (london(2024, 3, 8, 16, 29), 1, london(2024, 3, 11, 17, 0)),  # from a Friday
        (london(2024, 3, 9, 11, 0), 1, london(2024, 3, 11, 17, 0)),  # from a Saturday
        (london(2024, 3, 28, 11, 0), 1, london(2024, 4, 2, 17, 0)),  # over Easter
        (london(2024, 3, 28, 11, 0), 2, london(2024, 4, 3, 17, 0)),
        (datetime(2024, 6, 30, 23, 30, tzinfo=UTC), 1, london(2024, 7, 2, 17, 0)),  # already Monday in London
    ],
)
def test_a_working_day_ends_when_the_office_closes_and_the_day_itself_does_not_count(
    at: datetime, days: int, closes: datetime
) -> None:
    assert close_of_working_day_after(at, days, HOURS) == closes


@settings(deadline=None)
@given(
    st.datetimes(datetime(2022, 1, 1), datetime(2025, 11, 30), timezones=st.just(UTC)),  # noqa: DTZ001  as above
    st.integers(1, 12),
)
def test_working_days_are_those_counted_on_a_printed_calendar(at: datetime, days: int) -> None:
    """The oracle counts the weekdays that are not printed as bank holidays, from the end backwards."""
    found = close_of_working_day_after(at, days, HOURS)

    start, end = at.astimezone(LONDON).date(), found.astimezone(LONDON).date()
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    working = [day for day in between if day.weekday() < 5 and day not in PUBLISHED]
    assert len(working) == days
    assert working[-1] == end
    assert by_hand(found)
    assert not by_hand(found - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("urgent", "at", "emergency_duty"),
    [
        (True, london(2024, 3, 10, 11, 0), True),
        (False, london(2024, 3, 10, 11, 0), False),
        (True, london(2024, 3, 6, 11, 0), False),
        (False, london(2024, 3, 6, 11, 0), False),
    ],
)
def test_only_what_is_urgent_and_out_of_hours_goes_to_the_emergency_duty_team(
    at: datetime, *, urgent: bool, emergency_duty: bool
) -> None:
    """Seed 003:2516: for urgent enquiries and emergencies only, outside of normal office hours."""
    assert route(a_report(urgent=urgent), at, COVENTRY_2024_1).emergency_duty is emergency_duty


def test_an_ambulance_concern_on_a_sunday_is_with_the_hospital_team_and_does_not_wait() -> None:
    """Seed 003:3534: the hospital team is the central point for all ambulance concerns, seven days a week."""
    way = route(a_report(source=Source.AMBULANCE), london(2024, 3, 10, 11, 0), COVENTRY_2024_1)

    assert (way.team, way.out_of_hours, way.emergency_duty, way.fast_track) == ("hospital", True, False, True)
