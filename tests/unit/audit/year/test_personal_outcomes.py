"""What adults wanted and how far they got it: of enquiries and of people, each with its own base (table SG4)."""

from datetime import timedelta

import pytest

from shared.contracts.doors import Achievement, MspAnswer
from tests.support.year_builders import (
    MID_YEAR,
    an_adult,
    an_enquiry,
    an_other_enquiry,
    cases,
    counted,
    in_london,
    merged,
    row,
    stood,
)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (MspAnswer.EXPRESSED, {"expressed": 1, "asked_enquiries": 1, "asked_adults": 1}),
        (MspAnswer.NONE_EXPRESSED, {"none_expressed": 1, "asked_enquiries": 1, "asked_adults": 1}),
        (MspAnswer.NOT_ASKED, {"not_asked": 1}),
        (MspAnswer.DONT_KNOW, {"dont_know": 1}),
        (None, {"not_recorded": 1}),
    ],
)
def test_not_asked_and_not_known_and_not_recorded_are_kept_apart(
    answer: MspAnswer | None, counts: dict[str, int]
) -> None:
    adults = [an_adult(enquiries=(an_enquiry("a", stood=stood(asked=answer)),))]

    assert counted(adults, "msp_") == counts
    assert row(adults, "msp_asked_enquiries")[1] == row(adults, "msp_asked_adults")[1] == 1


def test_people_and_enquiries_are_two_measures_with_two_bases() -> None:
    asked, not_asked = stood(asked=MspAnswer.EXPRESSED), stood(asked=MspAnswer.NOT_ASKED)
    adults = [
        an_adult(
            "ada", enquiries=(an_enquiry("a", stood=asked), an_enquiry("b", stood=not_asked)), merges=merged("ben")
        ),
        an_adult("ben", enquiries=(an_enquiry("c", stood=asked),), merges=merged("ada")),
        an_adult("cat", enquiries=(an_enquiry("d", stood=not_asked),)),
        an_adult("dan", enquiries=(an_enquiry("e"), an_other_enquiry("f", stood=asked))),
    ]

    assert row(adults, "msp_asked_enquiries") == (2, 4)
    assert row(adults, "msp_asked_adults") == (1, 2)


def test_somebody_asked_counts_from_the_first_enquiry_in_which_they_were() -> None:
    days = [stood(MID_YEAR + timedelta(days=n), asked=answer) for n, answer in enumerate(
        (MspAnswer.NOT_ASKED, MspAnswer.NONE_EXPRESSED, MspAnswer.EXPRESSED))]  # fmt: skip
    adult = an_adult(enquiries=tuple(an_enquiry(str(n), stood=one) for n, one in enumerate(days)))

    assert [one.day for one in cases([adult], "msp_asked_adults")] == [(MID_YEAR + timedelta(days=1)).date()]


def test_somebody_asked_in_another_year_is_not_asked_in_this_one() -> None:
    adult = an_adult(
        enquiries=(
            an_enquiry("a", in_london(2022, 5, 1), stood(in_london(2022, 6, 1), asked=MspAnswer.EXPRESSED)),
            an_enquiry("b", stood=stood(asked=MspAnswer.NOT_ASKED)),
        )
    )

    assert row([adult], "msp_asked_adults") == (0, 1)


def test_achievement_is_of_those_who_expressed_something() -> None:
    achieved = [Achievement.FULLY, Achievement.FULLY, Achievement.PARTIALLY, Achievement.NOT, None]
    enquiries = [
        an_enquiry(str(n), stood=stood(asked=MspAnswer.EXPRESSED, achieved=how)) for n, how in enumerate(achieved)
    ]
    enquiries.append(an_enquiry("x", stood=stood(asked=MspAnswer.NONE_EXPRESSED, achieved=Achievement.FULLY)))
    adults = [an_adult(enquiries=tuple(enquiries))]

    assert counted(adults, "achieved_") == {
        "fully": 2, "partially": 1, "not": 1, "not_recorded": 1, "fully_or_partially": 3,
    }  # fmt: skip
    assert row(adults, "achieved_fully_or_partially") == (3, 5)
