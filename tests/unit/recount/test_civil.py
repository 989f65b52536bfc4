"""London's days, the bands of three and six months, ages, and financial years by their names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from deploy.recount.civil import Year, band, birthday, day, first_day_over, months_on


@pytest.mark.parametrize(
    ("at", "then"),
    [
        (datetime(2023, 3, 31, 22, 59, tzinfo=UTC), date(2023, 3, 31)),
        (datetime(2023, 3, 31, 23, 0, tzinfo=UTC), date(2023, 4, 1)),
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), date(2023, 12, 31)),
    ],
)
def test_a_day_ends_at_midnight_in_london(at: datetime, then: date) -> None:
    assert day(at) == then


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2023, 1, 15), -1, date(2022, 12, 15)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
    ],
)
def test_months_end_on_the_last_day_there_is(start: date, months: int, then: date) -> None:
    assert months_on(start, months) == then


@pytest.mark.parametrize(
    ("end", "took"),
    [
        (date(2023, 4, 1), "within_3_months"),
        (date(2023, 7, 1), "within_3_months"),
        (date(2023, 7, 2), "3_to_6_months"),
        (date(2023, 10, 1), "3_to_6_months"),
        (date(2023, 10, 2), "over_6_months"),
    ],
)
def test_exactly_three_months_are_within_three_and_exactly_six_not_over(end: date, took: str) -> None:
    assert band(date(2023, 4, 1), end) == took


def test_the_first_day_over_six_months_is_the_day_after() -> None:
    assert first_day_over(date(2023, 8, 31)) == date(2024, 3, 1)


def test_who_was_born_on_29_february_attains_an_age_on_1_march_in_a_common_year() -> None:
    assert birthday(date(2004, 2, 29), 18) == date(2022, 3, 1)
    assert birthday(date(2004, 2, 29), 20) == date(2024, 2, 29)


def test_a_year_is_1_april_to_31_march() -> None:
    year = Year("2023-24")

    assert [year.holds(date(2023, 3, 31)), year.holds(date(2023, 4, 1))] == [False, True]
    assert [year.holds(date(2024, 3, 31)), year.holds(date(2024, 4, 1))] == [True, False]


def test_a_century_ends_in_two_noughts() -> None:
    assert Year("1999-00").ends == date(2000, 3, 31)


@pytest.mark.parametrize("name", ["2023", "2023/24", "23-24", "2023-2024", "abcd-ef", "", "٢٠٢٣-٢٤", "0001-02"])
def test_what_is_no_year_is_told_how_one_is_written(name: str) -> None:
    with pytest.raises(ValueError, match="is written 2023-24"):
        Year(name)


def test_two_years_that_do_not_follow_are_told_which_would() -> None:
    with pytest.raises(ValueError, match="2023-24 is 1 April 2023 to 31 March 2024"):
        Year("2023-25")
