"""A manager who is not the decider approves: design section 4, rules 4 and 5; seed 003:2943."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.triage.decisions import decide
from services.triage.policy import COVENTRY_2024_1
from services.triage.service import service
from shared.contracts.doors import Disposal, TriageApproved, TriageDecided, TriageDecision, enquiry_id_of
from shared.contracts.triage import ConcernConverted, ConcernTriaged
from shared.kernel.decision import Decision
from tests.support.builders import (
    ADA,
    NOON,
    a_concern,
    a_decision,
    a_report,
    an_approval,
    decision_id,
    limbs,
    told,
)
from tests.support.interleave import Told, story

LATER = NOON + timedelta(hours=3)
HERE = a_report().concern_id
RECEIVED = told(a_concern(), "received")
DECIDED = told(a_decision(), "decided", LATER)


def at_door(approval: TriageApproved, name: str = "approved") -> Told:
    return told(approval, name, LATER)


def test_an_approved_decision_that_section_42_is_met_is_a_conversion_from_when_it_was_decided() -> None:
    """Design section 4, rule 4: an enquiry starts when the decider decided, not when it was approved."""
    facts = story(service, [RECEIVED, DECIDED, at_door(an_approval())]).facts

    assert facts[1:] == [
        ConcernTriaged(
            concern_id=HERE,
            adult_id=ADA,
            decision_id=decision_id("A"),
            decision=TriageDecision.S42_MET,
            limbs=limbs(),
            decided_by="worker-1",
            decided_at=NOON + timedelta(hours=1),
            approved_by="manager-1",
            approved_at=NOON + timedelta(hours=2),
            team="intake",
            policy="coventry-2024-1",
        ),
        ConcernConverted(
            concern_id=HERE,
            adult_id=ADA,
            enquiry_id=enquiry_id_of(HERE),
            decided_at=NOON + timedelta(hours=1),
            decision_id=decision_id("A"),
        ),
    ]


@pytest.mark.parametrize(
    "decision",
    [
        a_decision(kind=TriageDecision.OTHER_ENQUIRY),
        a_decision(kind=TriageDecision.NOT_MET, disposals=(Disposal.REVIEW, Disposal.SIGNPOSTED)),
        a_decision(kind=TriageDecision.SENT_TO_OTHER_AUTHORITY),
        a_decision(kind=TriageDecision.DUPLICATE, duplicate_of=a_report("REF-2").concern_id),
    ],
)
def test_any_other_decision_is_stated_as_it_was_sent_and_is_no_section_42_enquiry(decision: TriageDecided) -> None:
    facts = story(service, [RECEIVED, told(decision, "decided", LATER), at_door(an_approval())]).facts

    assert not any(isinstance(fact, ConcernConverted) for fact in facts)
    (triaged,) = (fact for fact in facts if isinstance(fact, ConcernTriaged))
    said = decision.model_dump(exclude={"supersedes"})
    assert {name: value for name, value in triaged.model_dump().items() if name in said} == said


def test_an_approval_waits_for_its_decision_and_its_concern_in_every_order() -> None:
    events = [RECEIVED, DECIDED, at_door(an_approval())]
    expected = story(service, events)

    for order in permutations(events):
        told_of = story(service, order)
        assert set(told_of.stated) == set(expected.stated)
        assert told_of.cases == expected.cases
        assert not told_of.held


@pytest.mark.parametrize("known", [[], [RECEIVED], [DECIDED]])
def test_an_approval_of_what_is_not_known_waits(known: list[Told]) -> None:
    told_of = story(service, [*known, at_door(an_approval())])

    assert len(told_of.held) == (2 if known == [DECIDED] else 1)
    assert told_of.refused == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"approved_by": "worker-1"}, "approver_is_decider"),
        ({"role": "social_worker"}, "role_may_not_approve"),
        ({"approved_at": NOON + timedelta(minutes=59)}, "approved_before_decided"),
        ({"approved_at": LATER + timedelta(minutes=5, seconds=1)}, "approved_at_in_the_future"),
    ],
)
def test_an_approval_that_contradicts_is_refused_and_the_decision_still_waits_for_another(
    changes: dict[str, Any], code: str
) -> None:
    wrong, right = at_door(an_approval(**changes), "wrong"), at_door(an_approval(), "right")

    told_of = story(service, [RECEIVED, DECIDED, wrong, right])

    assert told_of.refused == {"wrong": (code,)}
    assert told_of.stated == story(service, [RECEIVED, DECIDED, right]).stated


@pytest.mark.parametrize(
    "changes",
    [
        {"approved_at": NOON + timedelta(hours=1)},
        {"approved_at": LATER + timedelta(minutes=5)},
        *({"role": role} for role in sorted(COVENTRY_2024_1.approver_roles)),
    ],
)
def test_an_approval_at_once_within_the_clocks_difference_or_in_any_managerial_role_is_accepted(
    changes: dict[str, Any],
) -> None:
    assert story(service, [RECEIVED, DECIDED, at_door(an_approval(**changes))]).refused == {}


def test_an_approval_with_two_faults_is_told_both() -> None:
    wrong = an_approval(approved_by="worker-1", approved_at=NOON)
    also_wrong = an_approval(role="social_worker", approved_at=LATER + timedelta(days=1))

    told_of = story(service, [RECEIVED, DECIDED, at_door(wrong, "1"), at_door(also_wrong, "2")])

    assert told_of.refused == {
        "1": ("approver_is_decider", "approved_before_decided"),
        "2": ("role_may_not_approve", "approved_at_in_the_future"),
    }


def test_who_may_approve_is_data() -> None:
    told_of = story(service, [RECEIVED, DECIDED])
    policy = replace(COVENTRY_2024_1, approver_roles=frozenset({"duty_manager"}))
    approval = at_door(an_approval(role="duty_manager"))

    assert isinstance(decide(told_of.cases, approval.event, approval.meta, policy), Decision)


def test_the_same_approval_again_changes_nothing() -> None:
    events = [RECEIVED, DECIDED, at_door(an_approval(), "1")]

    told_of = story(service, [*events, at_door(an_approval(), "2")])

    assert told_of.refused == {}
    assert told_of.stated == story(service, events).stated
    assert told_of.cases == story(service, events).cases


def test_a_second_managers_approval_is_answered_that_the_first_one_stands() -> None:
    events = [RECEIVED, DECIDED, at_door(an_approval(), "1")]

    told_of = story(service, [*events, at_door(an_approval(approved_by="manager-2"), "2")])

    assert told_of.refused == {"2": ("already_approved",)}
    assert told_of.stated == story(service, events).stated


def test_a_superseded_decision_cannot_be_approved() -> None:
    later = told(a_decision("B", supersedes=decision_id("A")), "later", LATER)

    told_of = story(service, [RECEIVED, DECIDED, later, at_door(an_approval("A"), "1"), at_door(an_approval("B"), "2")])

    assert told_of.refused == {"1": ("decision_superseded",)}
    assert [fact.decision_id for fact in told_of.facts if isinstance(fact, ConcernTriaged)] == [decision_id("B")]


def test_a_decision_and_the_approval_of_another_concerns_decision_do_not_meet() -> None:
    elsewhere = an_approval("A", concern=a_report("REF-2").concern_id)

    told_of = story(service, [RECEIVED, DECIDED, at_door(elsewhere)])

    assert [held.event for held in told_of.held] == [elsewhere]
