"""What is open at a year's end, how much of that is over six months old, and what drifted in the year."""

from datetime import datetime

import pytest

from services.audit.cases import Concluded
from services.audit.year import Kind, cases_of, financial_year
from services.audit.year.counted import Counted
from tests.support.year_builders import (
    YEAR,
    an_adult,
    an_enquiry,
    an_other_enquiry,
    cases,
    count,
    enquiry_id,
    in_london,
    row,
    stood,
)

MEASURES = ("enquiries_open_at_end", "enquiries_over_6_months_at_end", "enquiries_drifted")


def found(start: datetime, end: datetime | None = None, year: str = "2023-24") -> list[int]:
    """Whether it is open at the end, over six months then, drifted in the year."""
    adults = [an_adult(enquiries=(an_enquiry("a", start, None if end is None else stood(end)),))]
    return [count(adults, measure, year) for measure in MEASURES]


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (in_london(2024, 3, 31, 23, 59, 59), None, [1, 0, 0]),
        (in_london(2024, 4, 1, 0), None, [0, 0, 0]),
        (in_london(2024, 3, 1), in_london(2024, 3, 31, 23, 59, 59), [0, 0, 0]),
        (in_london(2024, 3, 1), in_london(2024, 4, 1, 0), [1, 0, 0]),
        (in_london(2023, 9, 30), None, [1, 1, 1]),  # six months on 30 March, over from the 31st
        (in_london(2023, 10, 1), None, [1, 0, 0]),  # six months on 1 April, over from the 2nd
        (in_london(2022, 9, 30), None, [1, 1, 0]),  # over from 31 March 2023
        (in_london(2022, 10, 1), None, [1, 1, 1]),  # over from 2 April 2023
        (in_london(2022, 10, 1), in_london(2023, 4, 1, 23, 59, 59), [0, 0, 0]),  # exactly six months is not over
        (in_london(2022, 10, 1), in_london(2023, 4, 2, 0), [0, 0, 1]),
        (in_london(2023, 8, 31), in_london(2024, 2, 29, 23, 59, 59), [0, 0, 0]),
        (in_london(2023, 8, 31), in_london(2024, 3, 1, 0), [0, 0, 1]),
        (in_london(2020, 1, 1), in_london(2023, 3, 31), [0, 0, 0]),
    ],
)
def test_open_and_drifting(start: datetime, end: datetime | None, says: list[int]) -> None:
    assert found(start, end) == says


def test_an_enquiry_drifts_in_one_year_only_however_long_it_stays_open() -> None:
    years = ["2021-22", "2022-23", "2023-24", "2024-25"]

    assert [found(in_london(2022, 5, 1), None, year)[2] for year in years] == [0, 1, 0, 0]
    assert [found(in_london(2022, 5, 1), None, year)[1] for year in years] == [0, 1, 1, 1]


def test_its_cases_name_the_day_it_started_or_was_over() -> None:
    adults = [an_adult(enquiries=(an_enquiry("a", in_london(2023, 8, 31)),))]
    days = [in_london(2023, 8, 31).date(), in_london(2024, 3, 1).date(), in_london(2024, 3, 1).date()]

    assert [cases(adults, measure) for measure in MEASURES] == [
        [Counted(Kind.ENQUIRY, enquiry_id("a"), day)] for day in days
    ]
    assert row(adults, "enquiries_over_6_months_at_end") == (1, 1)


@pytest.mark.parametrize("ended", [None, stood(in_london(2024, 6, 1))])
def test_other_and_withdrawn_enquiries_do_not_drift_here(ended: Concluded | None) -> None:
    start = in_london(2023, 5, 1)
    adults = [
        an_adult(enquiries=(an_other_enquiry("a", start, ended), an_enquiry("b", start, ended, withdrawn=True))),
    ]

    assert [count(adults, measure) for measure in MEASURES] == [0, 0, 0]


def test_while_the_year_runs_nothing_is_over_six_months_before_it_is() -> None:
    adults = [an_adult(enquiries=(an_enquiry("a", in_london(2023, 6, 10)),))]
    before, after = (YEAR.seen_at(in_london(2023, 12, day, 0)) for day in (10, 11))

    assert [len(cases_of(adults, before, measure)) for measure in MEASURES] == [1, 0, 0]
    assert [len(cases_of(adults, after, measure)) for measure in MEASURES] == [1, 1, 1]
    assert [len(cases_of(adults, financial_year("2023-24"), measure)) for measure in MEASURES] == [1, 1, 1]
