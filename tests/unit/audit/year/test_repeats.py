"""More than three separate incidents in (t - 12 months, t] make a repeat, of a whole person (seed 003:3695)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.audit.cases import Concern
from services.audit.year import Kind
from services.audit.year.counted import Counted
from tests.support.year_builders import MID_YEAR, a_concern, adult_id, an_adult, cases, in_london, merged, row, same

DAYS = [MID_YEAR + timedelta(days=n) for n in range(5)]


def concerns(*days: datetime) -> list[Concern]:
    return [a_concern(f"{n}", at) for n, at in enumerate(days)]


def repeats(*days: datetime, year: str = "2023-24", **changes: Any) -> list[Counted]:
    return cases([an_adult("ada", *concerns(*days), **changes)], "repeat_adults", year)


def test_the_fourth_incident_is_a_repeat_and_the_third_is_not() -> None:
    assert repeats(*DAYS[:3]) == []
    assert repeats(*DAYS[:4]) == repeats(*DAYS) == [Counted(Kind.ADULT, adult_id("ada"), DAYS[3].date())]


@pytest.mark.parametrize(
    ("oldest", "found"),
    [(in_london(2022, 9, 12, 23, 59), 0), (in_london(2022, 9, 13, 0), 1)],
)
def test_the_window_leaves_out_the_same_day_a_year_before(oldest: datetime, found: int) -> None:
    assert len(repeats(oldest, in_london(2023, 1, 1), in_london(2023, 2, 1), in_london(2023, 9, 12))) == found


def test_the_window_reaches_into_the_year_before_but_the_repeat_counts_where_it_is_met() -> None:
    days = [in_london(2023, 3, day) for day in (1, 2, 3)]

    assert len(repeats(*days, in_london(2023, 4, 1))) == 1
    assert repeats(*days, in_london(2023, 4, 1), year="2022-23") == []
    assert repeats(*days, in_london(2023, 3, 31)) == []


def test_four_on_one_day_are_four() -> None:
    assert len(repeats(*(MID_YEAR + timedelta(minutes=n) for n in range(4)))) == 1


def test_reports_of_one_incident_are_not_separate_and_the_withdrawn_do_not_count() -> None:
    assert repeats(*DAYS[:4], linked=(same("3", "0"),)) == []
    withdrawn = [*concerns(*DAYS[:3]), a_concern("3", DAYS[3], withdrawn=True)]
    assert cases([an_adult("ada", *withdrawn)], "repeat_adults") == []


def test_a_merge_completes_a_repeat() -> None:
    halves = concerns(*DAYS[:2]), [a_concern(f"ben {n}", at) for n, at in enumerate(DAYS[2:4])]
    apart = [an_adult("ada", *halves[0]), an_adult("ben", *halves[1])]
    together = [an_adult("ada", *halves[0], merges=merged("ben")), an_adult("ben", *halves[1], merges=merged("ada"))]

    assert row(apart, "repeat_adults") == (0, 2)
    assert row(together, "repeat_adults") == (1, 1)
