"""A year's figures counted by hand: each measure with its base."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.recount.identities import of_other_enquiry
from tests.support.recounted import About, Line, an_id, counted, instant, line

ONE = About("one")
NHS = {"nhs_number": "999 000 0018"}


def linked(at: str, one: About, other: About) -> Line:
    data = {
        "concern_id": one.concern_id,
        "duplicate_of": other.concern_id,
        "decided_by": "x",
        "decided_at": instant(at),
    }
    return line("concern.duplicate-found", at, data)


def test_nothing_sent_counts_nothing() -> None:
    assert {measure for measure, (count, _) in counted([]).items() if count} == set()


def test_a_concern_counts_in_the_year_it_was_received_in_london() -> None:
    lines = [About("a").reported("2023-03-31T22:59:59"), About("b").reported("2023-03-31T23:00:00")]

    assert counted(lines)["concerns"] == (1, None)
    assert counted(lines, "2022-23")["concerns"] == (1, None)


def test_an_incident_counts_once_as_its_first_concern() -> None:
    one, two, other = About("a"), About("b"), About("c")
    lines = [
        one.reported("2023-03-31", adult=NHS, source="police"),
        two.reported("2023-04-02", adult=NHS, source="fire"),
        other.reported("2023-04-03", adult=NHS, source="housing", channel="practitioner"),
    ]

    assert counted(lines)["concerns"] == (2, None)
    assert counted([*lines, linked("2023-04-05", one, two)])["concerns"] == (1, None)
    assert counted([*lines, linked("2023-04-05", one, two)], "2022-23")["concerns"] == (1, None)
    joined = counted([*lines, linked("2023-04-05", two, other)])
    assert {name: row for name, row in joined.items() if name.startswith(("source:", "channel:"))} == {
        "source:fire": (1, 1), "channel:system": (1, 1),
    }  # fmt: skip


def test_a_duplicate_that_triage_finds_counts_with_the_concern_it_names() -> None:
    one, two = About("a"), About("b")
    lines = [
        one.reported("2023-04-01", adult=NHS),
        two.reported("2023-04-02", adult=NHS),
        two.decided("2023-04-03", "duplicate", duplicate_of=one.concern_id),
    ]

    assert counted(lines)["concerns"] == (2, None)
    assert counted([*lines, two.approved("2023-04-04")])["concerns"] == (1, None)


def test_what_was_withdrawn_counts_nowhere_and_its_enquiry_goes_on() -> None:
    one = About("a")
    data = {"concern_id": one.concern_id, "reason": "r", "decided_by": "x", "decided_at": instant("2023-05-02")}
    rows = counted([*one.started("2023-05-01"), line("concern.withdrawal-decided", "2023-05-02", data)])

    assert rows["concerns"] == (0, None)
    assert rows["conversion_s42"] == (1, 0)
    assert rows["conversion_cohort"] == (0, 0)


def test_three_conversions_are_three_figures() -> None:
    early, met, other, corrected = About("a"), About("b"), About("c"), About("d")
    lines = [
        *early.started("2023-03-31"),
        *met.started("2023-04-01"),
        *[other.reported("2023-04-02"), other.decided("2023-04-03", "other_enquiry"), other.approved("2023-04-04")],
        *corrected.started("2023-04-05"),
        corrected.decided("2023-04-06", "not_met", name="b", after="first"),
        corrected.approved("2023-04-07", name="b"),
        About("late").reported("2024-03-31"),
        About("late").decided("2024-04-01"),
        About("late").approved("2024-04-02"),
    ]
    rows = counted(lines)

    assert rows["concerns"] == (4, None)
    assert rows["enquiries_started"] == (1, None)
    assert rows["other_enquiries_started"] == (1, None)
    assert rows["conversion_s42"] == (1, 4)
    assert rows["conversion_all"] == (2, 4)
    assert rows["conversion_cohort"] == (2, 4)
    assert {name[9:]: row for name, row in rows.items() if name.startswith("decision:")} == {
        "s42_met": (2, 4), "other_enquiry": (1, 4), "not_met": (1, 4), "sent_to_other_authority": (0, 4),
        "duplicate": (0, 4), "undecided": (0, 4),
    }  # fmt: skip
    assert rows["team:intake"] == (4, 4)


def test_an_undecided_concern_is_no_team_s() -> None:
    rows = counted([About("a").reported("2023-04-01"), *About("b").started("2023-04-01", source="ambulance")])

    assert rows["decision:undecided"] == (1, 2)
    assert {name: row for name, row in rows.items() if name.startswith("team:")} == {"team:hospital": (1, 1)}


def test_kinds_of_abuse_are_each_counted_once_for_a_concern() -> None:
    risks = [{"abuse_type": "neglect"}, {"abuse_type": "physical"}]
    rows = counted([About("a").reported("2023-04-01", abuse_types=["physical", "physical"], risks=risks)])

    assert {name: row for name, row in rows.items() if name.startswith("concern_abuse_type:")} == {
        "concern_abuse_type:neglect": (1, 1), "concern_abuse_type:physical": (1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("end", "took"),
    [
        ("2023-08-31", "concluded_within_3_months"),
        ("2023-09-01", "concluded_3_to_6_months"),
        ("2023-11-30", "concluded_3_to_6_months"),
        ("2023-12-01", "concluded_over_6_months"),
    ],
)
def test_a_concluded_enquiry_is_in_the_band_of_its_days(end: str, took: str) -> None:
    rows = counted([*ONE.started("2023-05-31"), *ONE.concluded(end)])

    assert {name for name, row in rows.items() if name.startswith("concluded_") and row == (1, 1)} == {took}
    assert rows["enquiries_concluded"] == (1, None)


def test_a_reopened_enquiry_is_concluded_in_the_year_in_which_it_is_closed_again() -> None:
    again = [ONE.proposed("2024-05-01", name="b", after="end"), ONE.closed("2024-05-02", name="b")]
    lines = [*ONE.started("2023-05-01"), *ONE.concluded("2023-06-01"), ONE.reopened("2023-07-01"), *again]

    assert counted(lines)["enquiries_concluded"] == (0, None)
    assert counted(lines)["enquiries_open_at_end"] == (1, None)
    assert counted(lines, "2024-25")["enquiries_concluded"] == (1, None)
    assert counted(lines, "2024-25")["concluded_over_6_months"] == (1, 1)


def enquiry(reference: str, *records: Line, adult: dict[str, Any] | None = None) -> list[Line]:
    """An enquiry from May to June with these records, which were made for another concern."""
    about = About(reference)
    moved = [each | {"data": each["data"] | {"enquiry_id": about.enquiry_id}, "id": f"{each['id']}-{reference}"}
             for each in records]  # fmt: skip
    return [*about.started("2023-05-01", adult=adult), *moved, *about.concluded("2023-06-30")]


def test_what_the_adult_wanted_is_counted_of_enquiries_and_of_people() -> None:
    rows = counted(
        [
            *enquiry("a", ONE.asked("2023-05-10", "expressed", "w"), ONE.achieved("2023-06-01", w="fully"), adult=NHS),
            *enquiry("b", ONE.asked("2023-05-10", "not_asked", reason_not_asked="r"), adult=NHS),
            *enquiry(
                "c", ONE.asked("2023-05-10", "expressed", "w", "v"), ONE.achieved("2023-06-01", w="not", v="fully")
            ),
            *enquiry("d", ONE.asked("2023-05-10", "expressed", "w")),
            *enquiry("e", ONE.asked("2023-05-10", "none_expressed")),
            *enquiry("f", ONE.asked("2023-05-10", "dont_know")),
            *enquiry("g"),
        ]
    )

    assert {name: row for name, row in rows.items() if name.startswith(("msp", "achieved"))} == {
        "msp_expressed": (3, 7), "msp_none_expressed": (1, 7), "msp_not_asked": (1, 7), "msp_dont_know": (1, 7),
        "msp_not_recorded": (1, 7), "msp_asked_enquiries": (4, 7), "msp_asked_adults": (4, 6),
        "achieved_fully": (1, 3), "achieved_partially": (1, 3), "achieved_not": (0, 3),
        "achieved_not_recorded": (1, 3), "achieved_fully_or_partially": (2, 3),
    }  # fmt: skip


def test_risk_is_counted_of_those_with_an_outcome_and_its_kinds_once_for_each_enquiry() -> None:
    two = [{"abuse_type": kind, "location": "own_home", "source_of_risk": "self"} for kind in ("neglect", "financial")]
    rows = counted(
        [
            *enquiry("a", ONE.risk("2023-05-10", risks=two), ONE.outcome("2023-05-11", "remained")),
            *enquiry("b", ONE.risk("2023-05-10"), ONE.outcome("2023-05-11", "reduced")),
            *enquiry("c", ONE.risk("2023-05-10", "identified_no_action"), ONE.outcome("2023-05-11", "removed")),
            *enquiry("d", ONE.risk("2023-05-10")),
            *enquiry("e", ONE.risk("2023-05-10", "inconclusive_action")),
            *enquiry("f"),
        ]
    )

    assert {name: row for name, row in rows.items() if name.startswith("risk")} == {
        "risk_identified": (4, 6), "risk_remained": (1, 3), "risk_reduced": (1, 3), "risk_removed": (1, 3),
        "risk_reduced_or_removed": (2, 3),
    }  # fmt: skip
    assert {name: row for name, row in rows.items() if name.startswith("enquiry_")} == {
        "enquiry_abuse_type:neglect": (5, 6), "enquiry_abuse_type:financial": (1, 6),
        "enquiry_source_of_risk:self": (5, 6), "enquiry_location:own_home": (5, 6),
    }  # fmt: skip


def test_who_lacked_capacity_was_supported_by_an_advocate_family_or_a_friend() -> None:
    rows = counted(
        [
            *enquiry("a", ONE.capacity("2023-05-10", "lacks"), ONE.support("2023-05-10", "declined", "friend")),
            *enquiry(
                "b", ONE.capacity("2023-05-10", "lacks"), ONE.support("2023-05-10", "accepted", "care_act_advocate")
            ),
            *enquiry("c", ONE.capacity("2023-05-10", "lacks")),
            *enquiry("d", ONE.capacity("2023-05-10", "has"), ONE.support("2023-05-10", "declined", "friend")),
        ]
    )

    assert rows["lacked_capacity"] == (3, 4)
    assert rows["lacked_capacity_supported"] == (2, 3)


def test_people_are_counted_once_and_an_other_enquiry_is_none_of_these() -> None:
    other = About("c")
    lines = [
        *enquiry("a", adult=NHS),
        *enquiry("b", adult=NHS),
        *[other.reported("2023-04-02"), other.decided("2023-04-03", "other_enquiry"), other.approved("2023-04-04")],
        *[other.proposed("2023-05-01"), other.closed("2023-05-02")],
    ]
    for each in lines[-2:]:
        each["data"]["enquiry_id"] = of_other_enquiry(other.concern_id)
    rows = counted(lines)

    assert rows["adults_in_concerns"] == (2, None)
    assert rows["adults_in_enquiries"] == (1, None)
    assert rows["enquiries_concluded"] == (2, None)


def band(*lines: Line, year: str = "2023-24") -> str:
    rows = counted(lines, year)
    found = [name for name, (count, _) in rows.items() if name.startswith("adults_in_concerns:") and count]
    return found[0].partition(":")[2] if len(found) == 1 else str(found)


def born(day: str | None, at: str = "2023-05-01", reference: str = "a") -> Line:
    return About(reference).reported(at, adult=NHS | {"name": "Asha Invented", "birth_date": day})


@pytest.mark.parametrize(
    ("birth_date", "group"),
    [
        (None, "not_known"),
        ("2005-05-01", "18-64"),
        ("1959-04-01", "18-64"),
        ("1959-03-31", "65-74"),
        ("1949-03-31", "75-84"),
        ("1939-04-01", "75-84"),
        ("1939-03-31", "85-94"),
        ("1929-03-31", "95+"),
    ],
)
def test_age_is_that_on_the_31_march_that_ends_the_year(birth_date: str | None, group: str) -> None:
    assert band(born(birth_date)) == group


def test_the_birth_date_that_was_reported_first_is_believed() -> None:
    lines = [born(None), born("1959-03-04", "2023-05-02", "b"), born("1959-04-03", "2023-05-03", "c")]

    assert band(*lines) == "65-74"


def died(on: str, at: str = "2024-03-30", **more: Any) -> list[Line]:
    known: dict[str, Any] = {"died_on": on, "review_considered": "no", "recorded_by": "x"}
    about = About("a")
    return [about.decided("2023-05-02"), about.approved("2023-05-03"),
            about.record("death-recorded", at, "recorded_at", **(known | more))]  # fmt: skip


def test_who_died_has_the_age_they_died_at() -> None:
    assert band(born("1959-03-20"), *died("2024-03-10", age_at_death=64)) == "18-64"
    assert band(born(None), *died("2024-03-10", age_at_death=64)) == "18-64"
    assert band(born(None), *died("2024-03-10")) == "not_known"
    assert band(born("1959-03-20"), *died("2024-03-10")) == "not_known"
    assert band(born("1957-03-20"), *died("2024-03-10")) == "65-74"
    assert band(born("1959-03-20"), *died("2024-04-10", "2024-04-11", age_at_death=64)) == "65-74"
    assert band(born("1959-03-20"), *died("2024-03-31", "2024-04-11")) == "65-74"


def test_of_two_records_of_one_person_the_least_that_knows_is_believed() -> None:
    one, two = sorted((About("a"), About("b")), key=lambda about: about.adult_id)
    data = {"merge_id": an_id("m"), "adult_id": one.adult_id, "other_adult_id": two.adult_id}
    merged = line(
        "adult.found-one", "2023-05-03", data | {"grounds": "g", "decided_by": "x", "decided_at": instant("2023-05-03")}
    )
    old, young = {"birth_date": "1929-03-31"}, {"birth_date": "1989-03-31"}

    assert band(one.reported("2023-05-02", adult=old), two.reported("2023-05-01", adult=young), merged) == "95+"
    assert band(one.reported("2023-05-02"), two.reported("2023-05-01", adult=young), merged) == "18-64"


def repeats(*days: str, year: str = "2023-24") -> tuple[int, int | None]:
    return counted([About(f"r{n}").reported(day, adult=NHS) for n, day in enumerate(days)], year)["repeat_adults"]


def test_more_than_three_incidents_within_twelve_months_repeat() -> None:
    assert repeats("2023-05-01", "2023-06-01", "2023-07-01") == (0, 1)
    assert repeats("2023-05-01", "2023-06-01", "2023-07-01", "2023-08-01") == (1, 1)
    assert repeats("2022-07-02", "2022-08-01", "2023-01-01", "2023-07-01") == (1, 1)
    assert repeats("2022-07-01", "2022-08-01", "2023-01-01", "2023-07-01") == (0, 1)
    assert repeats("2022-05-01", "2022-06-01", "2022-07-01", "2022-08-01", "2023-09-01") == (0, 1)
    assert repeats("2022-05-01", "2022-06-01", "2022-07-01", "2022-08-01", year="2022-23") == (1, 1)


@pytest.mark.parametrize(
    ("start", "end", "still", "over", "drifted"),
    [
        ("2023-09-30", None, 1, 1, 1),
        ("2023-10-01", None, 1, 0, 0),
        ("2023-09-30", "2024-03-31", 0, 0, 1),
        ("2023-09-30", "2024-03-30", 0, 0, 0),
        ("2023-05-01", "2023-11-01", 0, 0, 0),
        ("2023-05-01", "2023-11-02", 0, 0, 1),
        ("2022-05-01", None, 1, 1, 0),
        ("2022-10-01", None, 1, 1, 1),
        ("2022-09-30", None, 1, 1, 0),
        ("2024-04-01", None, 0, 0, 0),
        ("2023-09-30", "2024-04-01", 1, 1, 1),
    ],
)
def test_what_is_open_at_the_end_and_what_drifted(
    start: str, end: str | None, still: int, over: int, drifted: int
) -> None:
    rows = counted([*ONE.started(start), *(ONE.concluded(end) if end else ())])

    assert rows["enquiries_open_at_end"] == (still, None)
    assert rows["enquiries_over_6_months_at_end"] == (over, still)
    assert rows["enquiries_drifted"] == (drifted, None)


def in_doubt(*lines: Line) -> tuple[int, int | None]:
    return counted(lines)["adults_possibly_one"]


def test_who_may_be_one_is_counted_until_a_person_says() -> None:
    one, two = sorted((About("a"), About("b")), key=lambda about: about.adult_id)
    both = [
        one.reported("2023-05-01", adult=NHS | {"name": "Asha Invented"}),
        two.reported("2023-05-02", adult=NHS | {"name": "Bryn Otherwise"}),
    ]
    data = {"merge_id": an_id("m"), "adult_id": one.adult_id, "other_adult_id": two.adult_id, "grounds": "g"}
    by = {"decided_by": "x", "decided_at": instant("2023-05-03")}
    merged = line("adult.found-one", "2023-05-03", data | by)
    apart = {"merge_id": data["merge_id"], "grounds": "g", "decided_by": "x", "decided_at": instant("2023-05-04")}

    assert in_doubt(both[0]) == (0, 1)
    assert in_doubt(*both) == (1, 2)
    assert in_doubt(*both, merged) == (0, 1)
    assert in_doubt(*both, merged, line("adult.found-different", "2023-05-04", apart)) == (0, 2)
