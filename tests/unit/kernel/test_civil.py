"""The kernel's civil time against an oracle of another make, for every start day from 1999 to 2101."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.civil import (
    LONDON,
    add_months,
    london_day,
    months_band,
    over_after_months,
    start_of_day,
)
from tests.support import calendar_oracle as oracle

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.date()
FIRST = oracle.day_number(1999, 1, 1)
LAST = oracle.day_number(2101, 12, 31)
EVERY_DAY = range(FIRST, LAST + 1)


def instant(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def seconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(seconds=1)


def day(number: int) -> date:
    return EPOCH_DAY + timedelta(days=number)


def at_london(*civil: int, fold: int = 0) -> datetime:
    return datetime(*civil, tzinfo=LONDON, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_the_oracle_counts_every_day() -> None:
    assert len(EVERY_DAY) == 103 * 365 + 25
    assert [number for number in EVERY_DAY if date(*oracle.civil(number)) != day(number)] == []


@pytest.mark.parametrize("months", [-12, -6, -1, 0, 1, 3, 6, 12, 13])
def test_adding_months_differs_from_the_oracle_on_no_day(months: int) -> None:
    differ = [
        number for number in EVERY_DAY if add_months(day(number), months) != day(oracle.months_on(number, months))
    ]
    assert differ == []


def test_every_civil_day_in_london_begins_when_the_oracle_says() -> None:
    assert [number for number in EVERY_DAY if seconds(start_of_day(day(number))) != oracle.midnight(number)] == []


@pytest.mark.parametrize("months", [3, 6])
def test_over_after_months_differs_from_the_oracle_on_no_start_day(months: int) -> None:
    """At London's midnight, a second before the next, and half past midnight in UTC, perhaps another day."""
    differ = [
        start
        for number in EVERY_DAY
        for start in (oracle.midnight(number), oracle.midnight(number + 1) - 1, number * oracle.DAY + 1_800)
        if seconds(over_after_months(instant(start), months)) != oracle.over_after(start, months)
    ]
    assert differ == []


def test_the_bands_change_at_the_oracles_instants_and_not_a_second_before() -> None:
    differ = []
    for number in EVERY_DAY:
        start = number * oracle.DAY + 43_200
        for months in (3, 6):
            for end in (oracle.over_after(start, months) - 1, oracle.over_after(start, months)):
                if months_band(instant(start), instant(end)) != oracle.band(start, end):
                    differ.append((start, end))  # noqa: PERF401
    assert differ == []


def test_every_change_of_the_clocks_is_where_the_rule_of_law_has_it() -> None:
    for year in range(1999, 2102):
        for change in oracle.summer(year):
            before, after = instant(change - 1), instant(change)
            assert before.astimezone(LONDON).utcoffset() != after.astimezone(LONDON).utcoffset()
            assert london_day(before) == london_day(after) == before.date()


def test_no_midnight_in_london_is_skipped_or_comes_twice() -> None:
    for number in EVERY_DAY:
        local = datetime.combine(day(number), datetime.min.time(), LONDON)
        assert local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def test_half_past_one_comes_twice_when_the_clocks_go_back() -> None:
    """Python calls the two equal while both carry a London zone; in UTC, all that we store, they differ."""
    first = datetime(2027, 10, 31, 1, 30, tzinfo=LONDON, fold=0)
    second = datetime(2027, 10, 31, 1, 30, tzinfo=LONDON, fold=1)
    assert first == second
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert london_day(first) == london_day(second) == date(2027, 10, 31)
    assert start_of_day(date(2027, 11, 1)) - start_of_day(date(2027, 10, 31)) == timedelta(hours=25)


def test_half_past_one_does_not_come_when_the_clocks_go_forward() -> None:
    """An instant carries its offset, so the gap cannot be named on the wire; the day is an hour short."""
    gap = datetime(2028, 3, 26, 1, 30, tzinfo=LONDON)
    assert gap.astimezone(UTC).astimezone(LONDON).hour == 2
    assert start_of_day(date(2028, 3, 27)) - start_of_day(date(2028, 3, 26)) == timedelta(hours=23)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 2, 28), -12, date(2024, 2, 28)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
    ],
)
def test_months_end_where_the_shorter_month_ends(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


def test_adding_months_has_no_inverse() -> None:
    there = add_months(date(2027, 8, 31), 6)
    assert add_months(there, -6) == date(2027, 8, 29)


def test_months_are_counted_on_londons_days_and_not_on_utcs() -> None:
    """29 August 2027, 00:30 in London, is still the 28th in UTC: six months on is the 29th, not the 28th."""
    start = at_london(2027, 8, 29, 0, 30)
    assert start.date() == date(2027, 8, 28)
    assert over_after_months(start, 6) == at_london(2028, 3, 1)
    assert over_after_months(start - timedelta(hours=1), 6) == at_london(2028, 2, 29)


def test_exactly_six_months_is_not_over_and_a_day_more_is() -> None:
    start = at_london(2024, 1, 15, 9)
    over = over_after_months(start, 6)
    assert over == at_london(2024, 7, 16)
    assert over.tzinfo is UTC
    assert months_band(start, over - timedelta(microseconds=1)) == "3-6"
    assert months_band(start, over) == "over-6"


def test_three_months_are_included_in_the_first_band() -> None:
    start = at_london(2024, 1, 31, 9)
    assert months_band(start, at_london(2024, 4, 30, 23, 59)) == "0-3"
    assert months_band(start, at_london(2024, 5, 1)) == "3-6"


@pytest.mark.parametrize("zone", [UTC, LONDON, ZoneInfo("Pacific/Auckland"), timezone(timedelta(hours=-9))])
def test_the_day_is_londons_whatever_zone_an_instant_was_written_in(zone: timezone | ZoneInfo) -> None:
    late = datetime(2024, 6, 30, 23, 30, tzinfo=UTC)
    assert london_day(late.astimezone(zone)) == date(2024, 7, 1)
    assert over_after_months(late.astimezone(zone), 6) == at_london(2025, 1, 2)
