"""A person is an adult with every adult found to be one with them; what is counted of them, once (delivery rule 6)."""

from datetime import timedelta

from services.audit.year.persons import persons
from tests.support.year_builders import (
    MID_YEAR,
    a_concern,
    adult_id,
    an_adult,
    an_enquiry,
    cases,
    concern_id,
    count,
    merged,
    same,
)

DAY = timedelta(days=1)


def test_merged_adults_are_one_person_and_both_their_concerns_count() -> None:
    apart = [an_adult("ada", a_concern("a")), an_adult("ben", a_concern("b", MID_YEAR + DAY))]
    together = [
        an_adult("ada", a_concern("a"), merges=merged("ben")),
        an_adult("ben", a_concern("b", MID_YEAR + DAY), merges=merged("ada")),
    ]

    assert (count(apart, "concerns"), count(apart, "adults_in_concerns")) == (2, 2)
    assert (count(together, "concerns"), count(together, "adults_in_concerns")) == (2, 1)
    (person,) = cases(together, "adults_in_concerns")
    assert person.case_id == min(adult_id("ada"), adult_id("ben"))


def test_merges_carry_on_in_any_order_and_through_somebody_of_whom_nothing_else_is_known() -> None:
    adults = [
        an_adult("ada", merges=merged("nobody-we-know")),
        an_adult("dan"),
        an_adult("ben", merges=merged("nobody-we-know", "cat")),
        an_adult("cat", merges=merged("ben")),
    ]

    assert len(list(persons(iter(adults)))) == 2
    assert {one.adult_id for one in persons(adults)} == {
        min(adult_id("ada"), adult_id("ben"), adult_id("cat")),
        adult_id("dan"),
    }


def test_concerns_of_two_merged_adults_are_one_incident_where_they_were_linked() -> None:
    link = same("b", "a")
    together = [
        an_adult("ada", a_concern("a"), merges=merged("ben")),
        an_adult("ben", a_concern("b", MID_YEAR + DAY), linked=(link,), merges=merged("ada")),
    ]
    unmerged = [an_adult("ada", a_concern("a")), an_adult("ben", a_concern("b", MID_YEAR + DAY), linked=(link,))]

    assert [one.case_id for one in cases(together, "concerns")] == [concern_id("a")]
    assert count(unmerged, "concerns") == 2


def test_what_was_withdrawn_neither_counts_nor_connects() -> None:
    chain = (same("b", "a"), same("c", "b"))
    concerns = [a_concern("a"), a_concern("b", MID_YEAR + DAY), a_concern("c", MID_YEAR + 2 * DAY)]
    standing = an_adult("ada", *concerns, linked=chain)
    concerns[1] = a_concern("b", MID_YEAR + DAY, withdrawn=True)
    broken = an_adult("ada", *concerns, linked=chain)

    assert count([standing], "concerns") == 1
    assert count([broken], "concerns") == 2


def test_a_withdrawn_enquiry_counts_as_never_started() -> None:
    adult = an_adult("ada", a_concern("a"), enquiries=(an_enquiry("a", withdrawn=True), an_enquiry("b")))

    assert count([adult], "enquiries_started") == 1
    assert count([adult], "enquiries_open_at_end") == 1
