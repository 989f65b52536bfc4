"""What a concern waits for, as a worklist and the figures show it (design section 4, rules 3 and 5)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.awaiting import awaits, is_undecided
from services.triage.cases import Awaiting, Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision
from tests.support.builders import NOON, a_concern, an_approval, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, an_answer, decided

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
SENT, NOT_MET = TriageDecision.SENT_TO_OTHER_AUTHORITY, TriageDecision.NOT_MET


def decision(name: str, kind: TriageDecision, after: str | None = None) -> Told:
    return told(decided(kind, name, after), name, LATER)


def approval(name: str) -> Told:
    return told(an_approval(name), f"approved {name}", LATER)


def answer(name: str, *, accepted: bool, hours: float = 3) -> Told:
    return told(an_answer(name, accepted=accepted, hours=hours), f"answered {name} {accepted} {hours}", LATER)


A, B = decision("A", SENT), decision("B", NOT_MET, "A")
TAKEN, DECLINED = answer("A", accepted=True), answer("A", accepted=False)


@pytest.mark.parametrize(
    ("events", "stage", "undecided"),
    [
        ([], Awaiting.DECISION, True),
        ([decision("A", NOT_MET)], Awaiting.APPROVAL, True),
        ([decision("A", NOT_MET), approval("A")], Awaiting.NOTHING, False),
        ([decision("A", NOT_MET), approval("A"), decision("B", NOT_MET, "A")], Awaiting.CORRECTION, False),
        ([decision("A", NOT_MET), approval("A"), decision("B", NOT_MET, "A"), approval("B")], Awaiting.NOTHING, False),
        ([A, approval("A")], Awaiting.AUTHORITY, False),
        ([A, approval("A"), TAKEN], Awaiting.NOTHING, False),
        ([A, approval("A"), DECLINED], Awaiting.DECISION, True),
        ([A, approval("A"), DECLINED, answer("A", accepted=True, hours=4)], Awaiting.NOTHING, False),
        ([A, approval("A"), answer("A", accepted=True, hours=4), DECLINED], Awaiting.NOTHING, False),
        ([A, approval("A"), DECLINED, B], Awaiting.APPROVAL, True),
        ([A, approval("A"), B], Awaiting.CORRECTION, False),
        ([A, approval("A"), DECLINED, B, approval("B")], Awaiting.NOTHING, False),
        ([A, approval("A"), decision("B", SENT, "A"), approval("B"), DECLINED], Awaiting.AUTHORITY, False),
    ],
)
def test_a_concern_waits_for_what_has_to_come_next(events: list[Told], stage: Awaiting, *, undecided: bool) -> None:
    case = story(service, [RECEIVED, *events]).cases[HERE]

    assert isinstance(case, Concern)
    assert awaits(case) is stage
    assert is_undecided(case) is undecided


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([SENT, NOT_MET]), st.sampled_from(["", "approved", "yes", "no"])), max_size=5)
)
def test_whatever_was_decided_it_waits_for_what_is_worked_out_by_hand(
    steps: list[tuple[TriageDecision, str]],
) -> None:
    """The oracle walks through the decisions, keeping what a person at the desk would keep in mind."""
    events, mind, pending = [RECEIVED], "open", False
    for n, (kind, then) in enumerate(steps):
        name, after = "ABCDE"[n], "ABCDE"[n - 1] if n else None
        events.append(decision(name, kind, after))
        pending = then == ""
        if then:
            events.append(approval(name))
            mind = "closed" if kind is NOT_MET else "sent"
        if then in ("yes", "no") and kind is SENT:
            events.append(answer(name, accepted=then == "yes"))
            mind = "closed" if then == "yes" else "open"

    expected: dict[Any, Any] = {
        ("open", False): "awaiting_decision",
        ("open", True): "awaiting_approval",
        ("sent", False): "awaiting_authority",
        ("sent", True): "awaiting_correction",
        ("closed", True): "awaiting_correction",
    }
    case = story(service, events).cases[HERE]
    assert isinstance(case, Concern)
    assert awaits(case) == case.awaiting == expected.get((mind, pending), "nothing")
