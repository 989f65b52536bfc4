"""Which decision on a concern stands, by which team, and which enquiries follow from it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.recount.decisions import OfConcern
from deploy.recount.identities import of_other_enquiry
from tests.support.lawful import NOT_ALL_MET, limbs
from tests.support.recounted import About, Line, instant, told

A = About("a")
REPORT = A.reported("2023-05-01T09:00:00")


def decisions(*lines: Line) -> OfConcern | None:
    return told([REPORT, *lines]).triage.of.get(A.concern_id)


def standing(*lines: Line) -> str | None:
    found = decisions(*lines)
    return None if found is None or found.in_force is None else str(found.in_force["decision"])


NO = {"to_report": "yes", "to_sharing": "yes", "to_enquiry": "no"}
OVERRIDE = {"grounds": ["emergency"], "decided_by": "x", "adult_told": "told"}


@pytest.mark.parametrize(
    ("decision", "more"),
    [
        ("s42_met", {}),
        ("other_enquiry", {}),
        ("not_met", {}),
        ("sent_to_other_authority", {}),
        ("duplicate", {}),
        ("duplicate", {"limbs": limbs()}),
        ("s42_met", {"adult_view": "wants_no_action", "override": OVERRIDE}),
        ("s42_met", {"consents": NO, "override": OVERRIDE}),
        ("not_met", {"consents": {"to_sharing": "no"}, "override": OVERRIDE}),
        ("not_met", {"adult_view": "wants_no_action"}),
        ("other_enquiry", {"large_scale": A.concern_id, "lead_authority": "x"}),
        ("sent_to_other_authority", {"lead_authority": "solihull"}),
    ],
)
def test_a_lawful_decision_stands_once_it_is_approved(decision: str, more: dict[str, Any]) -> None:
    made = A.decided("2023-05-02", decision, **more)

    assert standing(made) is None
    assert standing(made, A.approved("2023-05-03")) == decision


@pytest.mark.parametrize(
    ("decision", "more"),
    [
        ("s42_met", {"limbs": NOT_ALL_MET}),
        ("not_met", {"limbs": limbs()}),
        ("other_enquiry", {"limbs": limbs()}),
        ("not_met", {"disposals": []}),
        ("not_met", {"disposals": ["no_action", "review"]}),
        ("s42_met", {"disposals": ["review"]}),
        ("sent_to_other_authority", {"authority": None}),
        ("not_met", {"authority": "x"}),
        ("duplicate", {"duplicate_of": None}),
        ("duplicate", {"duplicate_of": A.concern_id}),
        ("not_met", {"duplicate_of": A.enquiry_id}),
        ("s42_met", {"adult_view": "wants_no_action"}),
        ("other_enquiry", {"consents": NO}),
        ("s42_met", {"override": OVERRIDE}),
        ("not_met", {"large_scale": A.concern_id}),
        ("not_met", {"lead_authority": "x"}),
        ("sent_to_other_authority", {"lead_authority": "a third"}),
        ("s42_met", {"supersedes": A.decision("first")}),
        ("s42_met", {"decided_at": instant("2023-05-02T12:06:00")}),
        ("s42_met", {"decided_at": instant("2023-05-01T08:59:59")}),
    ],
)
def test_a_decision_that_contradicts_itself_or_its_time_never_stands(decision: str, more: dict[str, Any]) -> None:
    assert standing(A.decided("2023-05-02", decision, **more), A.approved("2023-05-03")) is None


def test_a_decision_and_its_approval_wait_for_what_they_are_about() -> None:
    early = [A.approved("2023-05-01T08:00:00", approved_at=instant("2023-05-01T08:00:00"))]
    made = A.decided("2023-05-01T08:01:00", decided_at=instant("2023-05-01T08:00:00"))

    assert told([*early, made, A.reported("2023-05-01T08:00:00")]).triage.of[A.concern_id].in_force is not None


@pytest.mark.parametrize(
    "more",
    [
        {"approved_by": "WORKER"},
        {"role": "social_worker"},
        {"approved_at": instant("2023-05-02T11:59:59")},
        {"approved_at": instant("2023-05-03T12:06:00")},
    ],
)
def test_an_approval_is_by_another_person_who_may_at_a_time_that_can_be(more: dict[str, Any]) -> None:
    assert standing(A.decided("2023-05-02"), A.approved("2023-05-03", **more)) is None


def test_a_second_decision_that_names_none_is_refused_and_so_is_one_that_names_an_earlier_one() -> None:
    first, second = A.decided("2023-05-02"), A.decided("2023-05-03", "not_met", name="second", after="first")
    third = A.decided("2023-05-04", "other_enquiry", name="third", after="first")

    assert standing(first, A.decided("2023-05-03", "not_met", name="x"), A.approved("2023-05-04", name="x")) is None
    assert standing(first, second, third, A.approved("2023-05-05", name="third")) is None
    assert standing(first, second, A.approved("2023-05-05", name="second")) == "not_met"


def test_a_correction_stands_once_it_is_approved_and_not_before() -> None:
    correction = A.decided("2023-05-04", "not_met", name="second", after="first")
    lines = [A.decided("2023-05-02"), A.approved("2023-05-03"), correction]

    assert standing(*lines) == "s42_met"
    assert standing(*lines, A.approved("2023-05-05", name="second")) == "not_met"
    assert standing(*lines, A.approved("2023-05-05")) == "s42_met"


def test_a_correction_waits_for_what_it_corrects_and_is_not_from_before_it() -> None:
    correction = A.decided("2023-05-04", "not_met", name="second", after="first")
    late = A.decided("2023-05-05", decided_at=instant("2023-05-02"))

    assert standing(correction, late, A.approved("2023-05-06", name="second")) == "not_met"
    early = A.decided("2023-05-04", "not_met", name="second", after="first", decided_at=instant("2023-05-02T11:00:00"))
    assert standing(A.decided("2023-05-02"), early, A.approved("2023-05-06", name="second")) is None


def enquiries(*lines: Line) -> dict[str, tuple[bool, int]]:
    of = told([REPORT, *lines]).enquiries.of
    kinds = {A.enquiry_id: "s42", of_other_enquiry(A.concern_id): "other"}
    return {kinds[one.enquiry_id]: (one.withdrawn, one.started_at.day) for one in of.values()}


def corrected(day: int, decision: str, name: str, after: str) -> list[Line]:
    made = A.decided(f"2023-05-{day:02}", decision, name=name, after=after)
    return [made, A.approved(f"2023-05-{day:02}T13:00:00", name=name)]


def test_an_enquiry_starts_when_it_was_decided_and_goes_on_through_corrections_of_its_kind() -> None:
    lines = [A.decided("2023-05-02"), A.approved("2023-05-05"), *corrected(6, "s42_met", "b", "first")]

    assert enquiries(*lines) == {"s42": (False, 2)}


def test_a_correction_ends_an_enquiry_and_another_starts_it_anew() -> None:
    lines = [A.decided("2023-05-02"), A.approved("2023-05-05"), *corrected(6, "other_enquiry", "b", "first")]

    assert enquiries(*lines) == {"s42": (True, 2), "other": (False, 6)}
    assert enquiries(*lines, *corrected(7, "s42_met", "c", "b")) == {"s42": (False, 7), "other": (True, 6)}


def handed(at: str, team: str, *, when: str | None = None) -> Line:
    more = {"team": team, "reason": "r", "decided_by": "x"}
    found = A.on_concern("triage.reroute-decided", at, "decided_at", **more)
    return found if when is None else found | {"data": found["data"] | {"decided_at": instant(when)}}


def team(*lines: Line) -> str | None:
    found = decisions(*lines, A.decided("2023-05-10"), A.approved("2023-05-12"))
    return None if found is None else found.team


@pytest.mark.parametrize(
    ("said", "to"),
    [
        ({}, "intake"),
        ({"source": "mental_health_staff", "channel": "hospital_team"}, "mental_health"),
        ({"known_to_mental_health_team": "yes"}, "mental_health"),
        ({"source": "ambulance"}, "hospital"),
        ({"source": "hospital_staff"}, "hospital"),
        ({"channel": "hospital_team"}, "hospital"),
        ({"channel": "practitioner", "practitioner_team": "older_people"}, "older_people"),
        ({"channel": "practitioner"}, "intake"),
        ({"practitioner_team": "older_people"}, "intake"),
    ],
)
def test_a_concern_goes_to_the_first_team_that_fits(said: dict[str, Any], to: str) -> None:
    lines = [A.reported("2023-05-01T09:00:00", **said), A.decided("2023-05-10"), A.approved("2023-05-12")]

    assert told(lines).triage.of[A.concern_id].team == to


def test_the_team_of_a_decision_is_the_one_that_had_the_concern_when_it_was_decided() -> None:
    assert team(handed("2023-05-02", "duty")) == "duty"
    assert team(handed("2023-05-02", "duty"), handed("2023-05-03", "intake")) == "intake"
    assert team(handed("2023-05-11", "duty")) == "intake"
    assert team(handed("2023-05-13", "duty")) == "intake"
    assert team(handed("2023-05-01T08:58:00", "duty", when="2023-05-01T09:01:00")) == "duty"


def test_a_concern_is_not_handed_to_nobody_or_to_who_has_it_or_before_it_was_last() -> None:
    assert team(handed("2023-05-02", "no_such_team")) == "intake"
    assert team(handed("2023-05-02", "duty"), handed("2023-05-04", "hospital", when="2023-05-02")) == "duty"
    assert team(handed("2023-05-02", "duty", when="2023-04-30")) == "intake"
    assert team(handed("2023-05-02", "duty", when="2023-05-03")) == "intake"


def test_a_decided_concern_is_handed_on_while_a_correction_awaits_approval() -> None:
    decided = [A.decided("2023-05-02"), A.approved("2023-05-03")]
    correction = A.decided("2023-05-06", "not_met", name="b", after="first")
    approved = A.approved("2023-05-07", name="b")

    between = decisions(*decided, correction, handed("2023-05-06T13:00:00", "duty", when="2023-05-05"), approved)
    closed = decisions(*decided, handed("2023-05-05", "duty"), correction, approved)

    assert between is not None
    assert between.team == "duty"
    assert closed is not None
    assert closed.team == "intake"


def answered(at: str, *, accepted: bool) -> Line:
    more = {"decision_id": A.decision("first"), "accepted": accepted, "recorded_by": "x"}
    return A.on_concern("triage.authority-answered", at, "answered_at", **more)


@pytest.mark.parametrize(
    ("answers", "to"),
    [
        ([("2023-05-04", False)], "duty"),
        ([("2023-05-04", True)], "intake"),
        ([("2023-05-03", False), ("2023-05-04", True)], "intake"),
        ([("2023-05-02T12:30:00", False)], "duty"),
        ([("2023-05-01T10:00:00", False)], "intake"),
    ],
)
def test_a_concern_that_another_authority_declined_is_undecided_again(answers: list[tuple[str, bool]], to: str) -> None:
    sent = [A.decided("2023-05-02", "sent_to_other_authority"), A.approved("2023-05-02T13:00:00")]
    said = [answered(at, accepted=accepted) for at, accepted in answers]
    anew = [A.decided("2023-05-08", name="b", after="first"), A.approved("2023-05-09", name="b")]

    found = decisions(*sent, *said, handed("2023-05-05", "duty"), *anew)

    assert found is not None
    assert found.team == to
