"""A decision is complete and contradicts nothing in itself: design section 4, rule 3; Care Act 2014, s42."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from services.triage.lawful_form import reasons_against
from services.triage.service import service
from shared.contracts.doors import Answer, Disposal, TriageDecided, TriageDecision
from tests.support.builders import (
    NOON,
    NOT_ALL_MET,
    a_concern,
    a_decision,
    a_report,
    decision_id,
    limbs,
    told,
)
from tests.support.interleave import story

HERE, ELSEWHERE = a_report().concern_id, a_report("REF-2").concern_id


def codes(decision: TriageDecided) -> tuple[str, ...]:
    return tuple(reason.code for reason in reasons_against(decision, NOON + timedelta(hours=1)))


@pytest.mark.parametrize("decision", TriageDecision)
@pytest.mark.parametrize("answers", list(product(Answer, repeat=3)))
def test_a_decision_agrees_with_its_limbs(decision: TriageDecision, answers: tuple[Answer, Answer, Answer]) -> None:
    """All 135 of them. Not known is not yes: the duty needs all three."""
    met = answers == (Answer.YES, Answer.YES, Answer.YES)
    expected: tuple[str, ...] = ()
    if decision is TriageDecision.S42_MET and not met:
        expected = ("limbs_not_all_met",)
    if decision in (TriageDecision.OTHER_ENQUIRY, TriageDecision.NOT_MET) and met:
        expected = ("duty_has_arisen",)

    assert codes(a_decision("A", HERE, decision, limbs=limbs(*answers))) == expected


@pytest.mark.parametrize(
    ("decision", "changes", "expected"),
    [
        # Disposals: at least one with not met, no action alone, none with anything else (domain 1.5).
        (TriageDecision.NOT_MET, {"disposals": ()}, ("disposal_missing",)),
        (TriageDecision.NOT_MET, {"disposals": (Disposal.SIGNPOSTED, Disposal.REVIEW)}, ()),
        (
            TriageDecision.NOT_MET,
            {"disposals": (Disposal.NO_ACTION, Disposal.REVIEW)},
            ("no_action_stands_alone",),
        ),
        (TriageDecision.OTHER_ENQUIRY, {"disposals": (Disposal.REVIEW,)}, ("disposals_without_not_met",)),
        (
            TriageDecision.SENT_TO_OTHER_AUTHORITY,
            {"disposals": (Disposal.NO_ACTION,)},
            ("disposals_without_not_met",),
        ),
        (TriageDecision.DUPLICATE, {"disposals": (Disposal.NO_ACTION,)}, ("disposals_without_not_met",)),
        # Another authority is named when, and only when, the concern is sent there.
        (TriageDecision.SENT_TO_OTHER_AUTHORITY, {"authority": None}, ("authority_missing",)),
        (TriageDecision.OTHER_ENQUIRY, {"authority": "solihull"}, ("authority_without_sending",)),
        # A duplicate names another concern.
        (TriageDecision.DUPLICATE, {"duplicate_of": None}, ("duplicate_of_missing",)),
        (TriageDecision.DUPLICATE, {"duplicate_of": HERE}, ("duplicate_of_itself",)),
        (TriageDecision.OTHER_ENQUIRY, {"duplicate_of": ELSEWHERE}, ("duplicate_of_without_duplicate",)),
        # And itself supersedes nothing.
        (TriageDecision.OTHER_ENQUIRY, {"supersedes": decision_id("A")}, ("supersedes_itself",)),
    ],
)
def test_a_decision_says_what_belongs_to_it_and_nothing_else(
    decision: TriageDecision, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert codes(a_decision("A", HERE, decision, **({"limbs": NOT_ALL_MET} | changes))) == expected


def test_disposals_do_not_go_with_an_enquiry() -> None:
    assert codes(a_decision(disposals=(Disposal.NO_ACTION,))) == ("disposals_without_not_met",)


@pytest.mark.parametrize(("ahead", "refused"), [(timedelta(minutes=5), False), (timedelta(minutes=5, seconds=1), True)])
def test_a_deciding_systems_clock_may_be_five_minutes_ahead(ahead: timedelta, *, refused: bool) -> None:
    decision = a_decision(decided_at=NOON + timedelta(hours=1) + ahead)

    assert codes(decision) == (("decided_at_in_the_future",) if refused else ())


def test_every_contradiction_is_answered_at_once_and_no_value_is_quoted() -> None:
    decision = a_decision(
        decision=TriageDecision.NOT_MET,
        authority="canary-authority",
        duplicate_of=HERE,
        supersedes=decision_id("A"),
    )

    reasons = reasons_against(decision, NOON)

    assert [reason.code for reason in reasons] == [
        "duty_has_arisen",
        "disposal_missing",
        "authority_without_sending",
        "duplicate_of_itself",
        "supersedes_itself",
        "decided_at_in_the_future",
    ]
    assert all("canary" not in reason.says and str(HERE) not in reason.says for reason in reasons)
    assert all("accepted" in reason.says.casefold() for reason in reasons)


def test_the_form_is_answered_whether_or_not_the_concern_has_been_received() -> None:
    wrong = told(a_decision(limbs=NOT_ALL_MET), "2", NOON + timedelta(hours=1))

    before, after = story(service, [wrong]), story(service, [told(a_concern()), wrong])

    assert before.refused == after.refused == {"2": ("limbs_not_all_met",)}
    assert not before.held
