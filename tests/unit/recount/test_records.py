"""Which concerns there are, whose they are, which are one incident, and which were withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.recount.identities import derived
from deploy.recount.incidents import incidents
from tests.support.recounted import About, Line, an_id, instant, line, told

A, B, C = About("a"), About("b"), About("c")
NHS = {"nhs_number": "999 000 0018"}


def concerns(*lines: Line) -> set[str]:
    return {concern.report["reference"] for concern in told(lines).records.concerns.values()}


def adult_of(about: About, *lines: Line) -> str:
    return told(lines).records.concerns[about.concern_id].adult_id


@pytest.mark.parametrize(
    "said",
    [
        {"narrative": "the man in room 4"},
        {"narrative": None, "adult": {"description": "the man in room 4"}},
        {"narrative": None, "place": {"name": "a home"}},
        {"narrative": None, "adult": {"field_of_a_newer_sender": 1}},
        {"adult": {"birth_date": "2005-05-01"}},
        {"happened_on": "2023-05-01"},
        {"happened_on": "2023-05-02"},
        {"adult": {"birth_date": "2023-05-02"}},
        {"narrative": None, "provider": {"name": "a home"}},
        {"adult": {"birth_date": "01/02/2020"}},
    ],
)
def test_a_report_that_says_who_or_where_of_an_adult_is_a_concern(said: dict[str, Any]) -> None:
    assert concerns(A.reported("2023-05-01", **said)) == {"a"}


@pytest.mark.parametrize(
    "said",
    [
        {"narrative": None},
        {"narrative": "  "},
        {"narrative": None, "adult": {"name": " ", "birth_date": None}},
        {"adult": {"birth_date": "2005-05-02"}},
        {"adult": {"birth_date": "25/12/2015"}},
    ],
)
def test_nobody_and_a_child_are_no_concern(said: dict[str, Any]) -> None:
    assert concerns(A.reported("2023-05-01", **said)) == set()


def test_a_report_is_one_concern_however_often_it_is_sent() -> None:
    first, again = A.reported("2023-05-01"), A.reported("2023-06-01", narrative="more")

    received = told([first, again]).records.concerns[A.concern_id]

    assert (received.received_at.month, received.report["narrative"]) == (5, "seen")


def test_what_was_refused_may_be_sent_again() -> None:
    assert concerns(A.reported("2023-05-01", narrative=None), A.reported("2023-05-02")) == {"a"}


def test_an_identifier_names_one_adult_for_good() -> None:
    first = A.reported("2023-05-01", adult=NHS | {"person_reference": "p1"})
    by_number = About("b", "another").reported("2023-05-02", adult=NHS)
    by_reference = C.reported("2023-05-03", adult={"person_reference": "p1"})

    assert adult_of(C, first, by_number, by_reference) == A.adult_id
    assert adult_of(About("b", "another"), first, by_number) == A.adult_id


def test_a_reference_means_somebody_together_with_its_sender_alone() -> None:
    first = A.reported("2023-05-01", adult={"person_reference": "p1"})
    other = About("b", "another")

    assert adult_of(other, first, other.reported("2023-05-02", adult={"person_reference": "p1"})) == other.adult_id


def test_where_identifiers_point_at_two_the_nhs_number_counts() -> None:
    one, two = A.reported("2023-05-01", adult=NHS), B.reported("2023-05-02", adult={"person_reference": "p1"})

    assert adult_of(C, one, two, C.reported("2023-05-03", adult=NHS | {"person_reference": "p1"})) == A.adult_id


def linked(at: str, one: About = A, other: About = B, *, when: str | None = None, back: bool = False) -> Line:
    data = {"concern_id": one.concern_id, "duplicate_of": other.concern_id, "decided_by": "x"}
    kind = "duplicate-taken-back" if back else "duplicate-found"
    return line(f"concern.{kind}", at, data | {"decided_at": instant(when or at)})


def merged(at: str, one: About = A, other: About = B, *, name: str = "m", when: str | None = None) -> Line:
    data = {"merge_id": an_id(name), "adult_id": one.adult_id, "other_adult_id": other.adult_id}
    return line("adult.found-one", at, data | {"grounds": "g", "decided_by": "x", "decided_at": instant(when or at)})


def unmerged(at: str, *, name: str = "m", when: str | None = None) -> Line:
    data = {"merge_id": an_id(name), "grounds": "g", "decided_by": "x", "decided_at": instant(when or at)}
    return line("adult.found-different", at, data)


def number_of_incidents(*lines: Line) -> int:
    return len(incidents(told(lines)))


SAME = [about.reported("2023-05-01", adult=NHS) for about in (A, B, C)]
APART = [about.reported("2023-05-01") for about in (A, B, C)]


def test_linked_concerns_about_one_person_are_one_incident_whichever_was_marked() -> None:
    assert number_of_incidents(*SAME) == 3
    assert number_of_incidents(*SAME, linked("2023-05-02")) == 2
    assert number_of_incidents(*SAME, linked("2023-05-02", B, A), linked("2023-05-02", C, B)) == 1


def test_a_link_comes_before_its_concerns_and_waits() -> None:
    assert number_of_incidents(linked("2023-04-30"), *SAME) == 2


def test_concerns_of_two_people_are_linked_once_they_are_found_to_be_one() -> None:
    assert number_of_incidents(*APART, linked("2023-05-02")) == 3
    assert number_of_incidents(*APART, merged("2023-05-02"), linked("2023-05-03")) == 2
    assert number_of_incidents(*APART, merged("2023-05-02"), linked("2023-05-03"), unmerged("2023-05-04")) == 3


def test_of_two_decisions_about_a_pair_the_later_stands_whichever_came_last() -> None:
    link, back = linked("2023-05-02"), linked("2023-05-03", back=True)

    assert number_of_incidents(*SAME, link, back) == 3
    assert number_of_incidents(*SAME, link, linked("2023-05-05", when="2023-05-01", back=True)) == 2
    assert number_of_incidents(*SAME, link, back, linked("2023-05-05", when="2023-05-03")) == 3
    assert number_of_incidents(*SAME, link, back, linked("2023-05-05")) == 2
    assert number_of_incidents(*SAME, linked("2023-05-02", when="2023-05-01", back=True), link) == 2


def test_a_concern_is_no_duplicate_of_itself_and_of_no_decision_from_the_future() -> None:
    assert number_of_incidents(*SAME, linked("2023-05-02", A, A)) == 3
    assert number_of_incidents(*SAME, linked("2023-05-02", when="2023-05-03")) == 3


def test_a_chain_is_broken_by_a_withdrawal() -> None:
    chain = [*SAME, linked("2023-05-02", A, B), linked("2023-05-02", B, C)]

    assert number_of_incidents(*chain) == 1
    assert number_of_incidents(*chain, withdrawn("2023-05-03", B)) == 2


def withdrawn(at: str, about: About = A, *, when: str | None = None, back: bool = False) -> Line:
    kind = "concern.withdrawal-taken-back" if back else "concern.withdrawal-decided"
    data = {"concern_id": about.concern_id, "reason": "r", "decided_by": "x", "decided_at": instant(when or at)}
    return line(kind, at, data)


def stands_withdrawn(*lines: Line) -> bool:
    return told([A.reported("2023-05-01T09:00:00"), *lines]).records.concerns[A.concern_id].withdrawn


def test_a_concern_is_withdrawn_and_put_back_in_the_order_of_the_decisions() -> None:
    out, back = withdrawn("2023-05-02"), withdrawn("2023-05-04", back=True)

    assert stands_withdrawn(out)
    assert not stands_withdrawn(out, back)
    assert stands_withdrawn(out, back, withdrawn("2023-05-05"))
    assert not stands_withdrawn(out, back, withdrawn("2023-05-05", when="2023-05-04"))
    assert stands_withdrawn(out, withdrawn("2023-05-05", when="2023-05-01", back=True))
    assert not stands_withdrawn(withdrawn("2023-05-01T10:00:00", when="2023-05-02", back=True), out, back)


def test_taking_back_waits_for_a_withdrawal() -> None:
    assert not stands_withdrawn(withdrawn("2023-05-02T13:00:00", back=True), withdrawn("2023-05-03", when="2023-05-02"))


def test_nothing_is_withdrawn_before_it_was_received_or_in_the_future() -> None:
    assert not stands_withdrawn(withdrawn("2023-05-02", when="2023-04-30"))
    assert not stands_withdrawn(withdrawn("2023-05-02", when="2023-05-03"))


def persons(*lines: Line) -> int:
    people = told(lines).records.people
    return len({people.of(about.adult_id) for about in (A, B, C)})


def test_people_are_one_by_way_of_a_third_until_nothing_connects_them() -> None:
    chain = [merged("2023-05-02", A, B, name="m"), merged("2023-05-02", C, B, name="n")]

    assert persons(*chain) == 1
    assert persons(*chain, unmerged("2023-05-03")) == 2
    assert persons(*chain, merged("2023-05-03", A, B, name="o"), unmerged("2023-05-03")) == 1


def test_a_merge_is_taken_back_for_good_and_not_by_what_was_decided_before_it() -> None:
    assert persons(merged("2023-05-02"), unmerged("2023-05-03"), merged("2023-05-04")) == 3
    assert persons(merged("2023-05-02"), unmerged("2023-05-03", when="2023-05-01")) == 2
    assert persons(merged("2023-05-02"), unmerged("2023-05-03", when="2023-05-04")) == 2
    assert persons(unmerged("2023-05-03"), merged("2023-05-04", when="2023-05-02")) == 3


def test_nobody_is_merged_with_themselves_or_in_the_future_and_an_id_is_used_once() -> None:
    assert persons(merged("2023-05-02", A, A)) == 3
    assert persons(merged("2023-05-02", when="2023-05-03")) == 3
    assert persons(merged("2023-05-02", A, B), merged("2023-05-03", A, C)) == 2


def test_a_person_is_known_by_the_least_of_their_records() -> None:
    people = told([merged("2023-05-02", A, B), merged("2023-05-02", B, C, name="n")]).records.people

    assert people.of(C.adult_id) == min(A.adult_id, B.adult_id, C.adult_id)
    assert people.of("nobody") == "nobody"
    assert A.adult_id == derived("adult", A.concern_id)
