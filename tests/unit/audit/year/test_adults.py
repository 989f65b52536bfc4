"""People count once, by their age on the 31 March that ends the year, or at death if earlier (domain 2.3)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.audit.cases import Flag
from services.audit.year import Kind
from services.audit.year.counted import Counted
from tests.support.year_builders import (
    MID_YEAR,
    a_concern,
    adult_id,
    an_adult,
    an_enquiry,
    an_other_enquiry,
    cases,
    counted,
    in_london,
    merged,
    row,
    same,
)

MEASURE = "adults_possibly_one"


def band(**known: Any) -> str:
    """The age group in 2023-24 of somebody of whom so much is known."""
    found = counted([an_adult("ada", a_concern("a"), **known)], "adults_in_concerns:")
    (name,) = found
    return name


def test_somebody_with_many_cases_is_one_person_from_the_first_of_them() -> None:
    days = [MID_YEAR + timedelta(days=n) for n in (20, 10)]
    adult = an_adult(
        "ada",
        *(a_concern(str(n), at) for n, at in enumerate(days)),
        enquiries=tuple(an_enquiry(str(n), at) for n, at in enumerate(days)),
    )

    first = Counted(Kind.ADULT, adult_id("ada"), days[1].date())
    assert cases([adult], "adults_in_concerns") == cases([adult], "adults_in_enquiries") == [first]
    assert cases([adult], "adults_in_enquiries:not_known") == [first]
    assert row([adult], "adults_in_enquiries:not_known") == (1, 1)


def test_an_other_enquiry_or_one_of_another_year_makes_nobody_an_adult_in_enquiries() -> None:
    others = an_other_enquiry("a"), an_enquiry("b", in_london(2023, 3, 31))

    assert row([an_adult("ada", enquiries=others)], "adults_in_enquiries") == (0, None)


@pytest.mark.parametrize(
    ("born_by", "group"),
    [
        (2006, "18-64"),  # 18 on 31 March 2024
        (1960, "18-64"),  # 64
        (1959, "65-74"),
        (1950, "65-74"),
        (1949, "75-84"),
        (1940, "75-84"),
        (1939, "85-94"),
        (1930, "85-94"),
        (1929, "95+"),
        (1910, "95+"),
        (2007, "not_known"),  # 17: no adult's age
        (None, "not_known"),
    ],
)
def test_age_is_that_on_31_march(born_by: int | None, group: str) -> None:
    assert band(born_by=born_by) == group


def test_the_same_person_is_a_year_older_a_year_later() -> None:
    adult = an_adult("ada", a_concern("a", in_london(2023, 3, 1)), a_concern("b"), born_by=1959)

    assert counted([adult], "adults_in_concerns:", "2022-23") == {"18-64": 1}
    assert counted([adult], "adults_in_concerns:", "2023-24") == {"65-74": 1}


@pytest.mark.parametrize(
    ("died_on", "age_at_death", "born_by", "group"),
    [
        (date(2023, 10, 2), 64, 1959, "18-64"),  # 65 had they lived to 31 March
        (date(2024, 3, 31), 64, 1959, "18-64"),
        (date(2024, 4, 1), 64, 1959, "65-74"),  # alive on 31 March
        (date(2023, 10, 2), 64, None, "18-64"),
        (date(2024, 4, 1), 64, None, "not_known"),
        (date(2023, 10, 2), None, 1959, "not_known"),  # 64 or 65: their birthday may lie on either side
        (date(2023, 10, 2), None, 1955, "65-74"),  # 68 or 69
        (date(2024, 3, 31), None, 1960, "18-64"),  # 64 on that very day, and not yet 65
        (date(2024, 2, 1), None, 1959, "not_known"),
        (date(2023, 3, 31), None, 1958, "65-74"),
        (date(2023, 10, 2), None, None, "not_known"),
    ],
)
def test_whoever_died_before_has_the_age_at_death(
    died_on: date, age_at_death: int | None, born_by: int | None, group: str
) -> None:
    assert band(died_on=died_on, age_at_death=age_at_death, born_by=born_by) == group


def test_where_records_of_one_person_differ_the_least_adult_that_knows_is_believed() -> None:
    least, other = sorted(("ada", "ben"), key=adult_id)
    concern = a_concern("a")

    def together(of_least: int | None, of_other: int | None) -> dict[str, int]:
        return counted(
            [
                an_adult(other, concern, born_by=of_other, merges=merged(least)),
                an_adult(least, born_by=of_least, merges=merged(other)),
            ],
            "adults_in_concerns:",
        )

    assert together(1930, 1990) == {"85-94": 1}
    assert together(None, 1990) == {"18-64": 1}
    assert together(1990, None) == {"18-64": 1}


def test_a_duplicate_of_an_incident_of_last_year_makes_nobody_a_person_of_this_year() -> None:
    adult = an_adult("ada", a_concern("a", in_london(2023, 3, 31)), a_concern("b"), linked=(same("b", "a"),))

    assert row([adult], "adults_in_concerns") == (0, None)


def test_who_may_be_another_is_counted_as_possibly_one_until_a_person_says() -> None:
    def flagged(*, aside: bool) -> tuple[int, int | None]:
        flag = Flag("possibly_duplicated_adult", adult_id("ben"), aside)
        return row([an_adult("ada", a_concern("a"), flags=(flag,)), an_adult("ben", a_concern("b"))], MEASURE)

    assert flagged(aside=False) == (1, 2)
    assert flagged(aside=True) == (0, 2)


def test_whoever_is_one_of_a_person_s_records_the_person_may_be_another() -> None:
    flag = Flag("possibly_duplicated_adult", adult_id("zoe"))
    both = [
        an_adult("ada", a_concern("a"), merges=merged("ben")),
        an_adult("ben", merges=merged("ada"), flags=(flag,)),
    ]

    assert row(both, MEASURE) == (1, 1)
    assert row([an_adult("ben", flags=(flag,))], MEASURE) == (0, 0)
