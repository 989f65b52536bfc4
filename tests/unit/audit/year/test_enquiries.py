"""Enquiries count by their start, conclusions by theirs, and how long one took by calendar months (domain 2.3)."""

from datetime import datetime

import pytest

from services.audit.year import Kind
from services.audit.year.counted import Counted
from shared.contracts.doors import AbuseType, Location, SourceOfRisk
from tests.support.year_builders import (
    MID_YEAR,
    an_adult,
    an_enquiry,
    an_other_enquiry,
    cases,
    count,
    counted,
    enquiry_id,
    in_london,
    row,
    stood,
)


def test_starts_and_conclusions_are_different_enquiries() -> None:
    adult = an_adult(
        enquiries=(
            an_enquiry("a", in_london(2023, 3, 31, 23, 59, 59), stood(in_london(2024, 3, 31, 23, 59, 59))),
            an_enquiry("b", in_london(2023, 4, 1, 0), stood(in_london(2024, 4, 1, 0))),
            an_other_enquiry("c", MID_YEAR, stood()),
        )
    )

    assert [one.case_id for one in cases([adult], "enquiries_started")] == [enquiry_id("b")]
    assert [one.case_id for one in cases([adult], "other_enquiries_started")] == [enquiry_id("c")]
    assert cases([adult], "enquiries_concluded") == [
        Counted(Kind.ENQUIRY, enquiry_id("a"), in_london(2024, 3, 31).date())
    ]
    assert count([adult], "enquiries_concluded", "2024-25") == 1


def test_a_reopened_enquiry_is_open_until_it_is_concluded_again() -> None:
    reopened = an_adult(enquiries=(an_enquiry("a", in_london(2022, 5, 1)),))

    assert [count([reopened], "enquiries_concluded", year) for year in ("2022-23", "2023-24")] == [0, 0]
    assert [count([reopened], "enquiries_started", year) for year in ("2022-23", "2023-24")] == [1, 0]


@pytest.mark.parametrize(
    ("start", "end", "band"),
    [
        (in_london(2023, 6, 10), in_london(2023, 9, 10, 23, 59, 59), "within_3_months"),  # three months are included
        (in_london(2023, 6, 10, 23, 59), in_london(2023, 9, 11, 0), "3_to_6_months"),
        (in_london(2023, 6, 10), in_london(2023, 12, 10, 23, 59, 59), "3_to_6_months"),
        (in_london(2023, 6, 10), in_london(2023, 12, 11, 0), "over_6_months"),
        (in_london(2023, 8, 31), in_london(2024, 2, 29, 23, 59), "3_to_6_months"),  # the month's end is clamped
        (in_london(2023, 8, 31), in_london(2024, 3, 1, 0), "over_6_months"),
        (in_london(2023, 6, 10), in_london(2023, 6, 10), "within_3_months"),
    ],
)
def test_months_are_calendar_months_and_the_last_day_is_included(start: datetime, end: datetime, band: str) -> None:
    adults = [an_adult(enquiries=(an_enquiry("a", start, stood(end)),))]

    assert counted(adults, "concluded_") == {band: 1}
    assert row(adults, f"concluded_{band}") == (1, 1)


def test_each_category_of_the_standing_risks_counts_once_an_enquiry() -> None:
    found = stood(
        abuse_types=(AbuseType.FINANCIAL, AbuseType.NEGLECT, AbuseType.FINANCIAL),
        locations=(Location.OWN_HOME, Location.OWN_HOME),
        sources=(SourceOfRisk.SELF, SourceOfRisk.OTHER_UNKNOWN),
    )
    adults = [an_adult(enquiries=(an_enquiry("a", stood=found), an_enquiry("b", stood=stood())))]

    assert counted(adults, "enquiry_abuse_type:") == {"financial": 1, "neglect": 1}
    assert counted(adults, "enquiry_location:") == {"own_home": 1}
    assert counted(adults, "enquiry_source_of_risk:") == {"self": 1, "other_unknown": 1}
    assert row(adults, "enquiry_location:own_home") == (1, 2)


def test_what_an_other_enquiry_found_is_counted_nowhere() -> None:
    other = an_other_enquiry("c", MID_YEAR, stood(abuse_types=(AbuseType.FINANCIAL,)))

    assert counted([an_adult(enquiries=(other,))], "") == {"other_enquiries_started": 1, "conversion_all": 1}
