"""Concerns of a year are separate incidents, by the first concern of each (design section 4, rule 14)."""

from datetime import timedelta

from services.audit.year import Kind
from services.audit.year.counted import Counted
from shared.contracts.doors import AbuseType, Channel, Source, TriageDecision
from tests.support.year_builders import (
    MID_YEAR,
    a_concern,
    an_adult,
    an_enquiry,
    an_other_enquiry,
    cases,
    concern_id,
    count,
    counted,
    in_london,
    row,
    same,
)

DAY = timedelta(days=1)


def test_an_incident_reported_twice_counts_once_as_its_first_concern() -> None:
    first = a_concern("b", source=Source.POLICE, channel=Channel.SYSTEM)
    again = a_concern("a", MID_YEAR + DAY, source=Source.FIRE, channel=Channel.PRACTITIONER)
    for adult in (
        an_adult("ada", first, again, linked=(same("a", "b"),)),
        an_adult("ada", again, first, triaged=(same("b", "a"),)),
    ):
        assert cases([adult], "concerns") == [Counted(Kind.CONCERN, concern_id("b"), MID_YEAR.date())]
        assert counted([adult], "source:") == {"police": 1}
        assert counted([adult], "channel:") == {"system": 1}


def test_two_concerns_of_one_instant_are_led_by_the_lesser_id() -> None:
    adult = an_adult("ada", a_concern("a"), a_concern("b"), linked=(same("a", "b"),))

    assert [one.case_id for one in cases([adult], "concerns")] == [min(concern_id("a"), concern_id("b"))]


def test_a_duplicate_in_the_next_year_counts_in_the_year_of_the_first() -> None:
    adult = an_adult(
        "ada",
        a_concern("a", in_london(2023, 3, 31, 23, 59, 59)),
        a_concern("b", in_london(2023, 4, 1, 0)),
        linked=(same("b", "a"),),
    )

    assert [count([adult], "concerns", year) for year in ("2022-23", "2023-24")] == [1, 0]


def test_where_the_first_is_withdrawn_the_incident_moves_to_the_next_concern() -> None:
    adult = an_adult(
        "ada",
        a_concern("a", in_london(2023, 3, 31), withdrawn=True),
        a_concern("b", in_london(2023, 4, 1)),
        linked=(same("b", "a"),),
    )

    assert [count([adult], "concerns", year) for year in ("2022-23", "2023-24")] == [0, 1]


def test_each_type_of_abuse_reported_counts_once() -> None:
    both = (AbuseType.PHYSICAL, AbuseType.NEGLECT, AbuseType.PHYSICAL)
    adults = [an_adult("ada", a_concern("a", abuse_types=both), a_concern("b", abuse_types=(AbuseType.NEGLECT,)))]

    assert counted(adults, "concern_abuse_type:") == {"physical": 1, "neglect": 2}
    assert row(adults, "concern_abuse_type:neglect") == (2, 2)


def test_decisions_are_those_that_stand_and_undecided_is_one_of_them() -> None:
    adult = an_adult(
        "ada",
        a_concern("a", decision=TriageDecision.NOT_MET, team="intake-team"),
        a_concern("b", decision=TriageDecision.S42_MET, team="hospital-team"),
        a_concern("c", decision=TriageDecision.NOT_MET),
        a_concern("d", team="intake-team"),
    )

    assert counted([adult], "decision:") == {"not_met": 2, "s42_met": 1, "undecided": 1}
    assert counted([adult], "team:") == {"hospital-team": 1, "intake-team": 1, "not_known": 1}
    assert row([adult], "team:not_known") == (1, 3)
    assert row([adult], "decision:undecided") == (1, 4)


def test_the_three_conversions_differ() -> None:
    before, after = in_london(2023, 3, 20), in_london(2024, 4, 9)
    adults = [
        an_adult(  # converted a year late: in the cohort, in no period
            "ada", a_concern("a", in_london(2024, 3, 30)), enquiries=(an_enquiry("a", after, concern="a"),)
        ),
        an_adult(  # received the year before: in the period, in no cohort
            "ben", a_concern("b", before), enquiries=(an_enquiry("b", in_london(2023, 4, 2), concern="b"),)
        ),
        an_adult("cat", a_concern("c"), enquiries=(an_other_enquiry("c"),)),
        an_adult("dan", a_concern("d"), a_concern("e", MID_YEAR + DAY)),
    ]

    assert row(adults, "concerns") == (4, None)
    assert row(adults, "conversion_s42") == (1, 4)
    assert row(adults, "conversion_all") == (2, 4)
    assert [one.case_id for one in cases(adults, "conversion_cohort")] == [concern_id("a")]
    assert row(adults, "conversion_cohort") == (1, 4)


def test_an_incident_is_converted_once_by_the_enquiry_of_any_of_its_concerns() -> None:
    concerns = a_concern("a"), a_concern("b", MID_YEAR + DAY)
    both = (an_enquiry("a", concern="a"), an_enquiry("b", concern="b"))
    adult = an_adult("ada", *concerns, linked=(same("b", "a"),), enquiries=both[1:])
    twice = an_adult("ada", *concerns, linked=(same("b", "a"),), enquiries=both)
    taken_back = an_adult("ada", *concerns, enquiries=(an_enquiry("a", concern="a", withdrawn=True),))

    assert count([adult], "conversion_cohort") == 1
    assert (count([twice], "conversion_cohort"), count([twice], "conversion_s42")) == (1, 2)
    assert count([taken_back], "conversion_cohort") == 0
