"""A financial year is 1 April to 31 March in civil dates of London (design section 4, rule 14)."""

from datetime import UTC, date, datetime

import pytest

from services.audit.year import NotAYear, financial_year
from tests.support.year_builders import a_concern, an_adult, count, in_london


def test_a_year_begins_and_ends_in_london_not_in_utc() -> None:
    year = financial_year("2023-24")

    assert (year.first, year.last) == (date(2023, 4, 1), date(2024, 3, 31))
    assert year.starts_at == datetime(2023, 3, 31, 23, 0, tzinfo=UTC)  # summer time began on 26 March 2023
    assert year.ends_at == datetime(2024, 3, 31, 23, 0, tzinfo=UTC)  # and on 31 March 2024 itself
    assert year.as_at == year.ends_at


@pytest.mark.parametrize("name", ["1999-00", "2022-23", "2023-24", "2099-00"])
def test_a_year_is_written_as_it_is_read(name: str) -> None:
    assert financial_year(name).name == name
    assert financial_year(f" {name} ").before.last.year == int(name[:4])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("2023-25", "2023-25 is no financial year: 2023-24 is 1 April 2023 to 31 March 2024"),
        ("2023-23", "2023-23 is no financial year: 2023-24 is"),
        ("1999-01", "1999-00 is 1 April 1999 to 31 March 2000"),
        ("2023", "is written like 2023-24"),
        ("2023/24", "is written like 2023-24"),
        ("2023-2024", "is written like 2023-24"),
        ("9999-00", "is written like 2023-24"),
        ("٢٠٢٣-24", "is written like 2023-24"),
        ("", "is written like 2023-24"),
    ],
)
def test_what_is_no_year_is_refused_with_how_one_is_written(name: str, says: str) -> None:
    with pytest.raises(NotAYear, match=says):
        financial_year(name)


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (in_london(2024, 3, 31, 23, 59, 59), "2023-24"),
        (in_london(2024, 4, 1, 0), "2024-25"),
        (datetime(2024, 3, 31, 22, 59, 59, tzinfo=UTC), "2023-24"),
        (datetime(2024, 3, 31, 23, 30, tzinfo=UTC), "2024-25"),  # half past midnight in London: summer time
        (datetime(2025, 3, 31, 23, 30, tzinfo=UTC), "2025-26"),
        (datetime(2018, 3, 31, 22, 30, tzinfo=UTC), "2017-18"),
        (in_london(2023, 4, 1, 0), "2023-24"),
        (in_london(2023, 3, 31, 23, 59, 59), "2022-23"),
    ],
)
def test_a_concern_belongs_to_the_year_of_its_day_in_london(at: datetime, year: str) -> None:
    adults = [an_adult("ada", a_concern("a", at))]
    years = ["2017-18", "2022-23", "2023-24", "2024-25", "2025-26"]

    assert [name for name in years if count(adults, "concerns", name)] == [year]


def test_a_year_that_is_not_over_is_looked_at_as_at_the_present() -> None:
    present = in_london(2024, 1, 15)

    assert financial_year("2023-24").seen_at(present).as_at == present
    assert financial_year("2022-23").seen_at(present) == financial_year("2022-23")
    assert financial_year("2023-24").seen_at(present).before == financial_year("2022-23")
