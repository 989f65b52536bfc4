"""A manager reopens a concluded enquiry: it keeps the day it started, and is closed again by another proposal."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.enquiry.policy import POLICY
from shared.contracts.enquiry import EnquiryKind, EnquiryReopened
from shared.kernel.event import Event
from tests.support.builders import ADA, NOON
from tests.support.course_builders import (
    a_reopening,
    a_return,
    after,
    an_assignment,
    days,
    enquiry_of,
    reopening_id,
    types,
)
from tests.support.enquiry_builders import CONCERN, ENQUIRY, LATER, a_closure_approval, a_proposal, closure_id

CLOSED = (a_proposal(), a_closure_approval())
CLOSED_AGAIN = (
    a_proposal("B", supersedes="A", proposed_at=days(50)),
    a_closure_approval("B", approved_at=days(51)),
)


def test_a_reopened_enquiry_goes_on_and_keeps_its_start() -> None:
    reopened = after(*CLOSED, a_reopening(), an_assignment(assigned_at=days(40)))
    assert reopened.refused == {}
    assert reopened.facts[-2] == EnquiryReopened(
        enquiry_id=ENQUIRY,
        concern_id=CONCERN,
        adult_id=ADA,
        started_at=NOON,
        kind=EnquiryKind.SECTION_42,
        reopening_id=reopening_id("A"),
        closure_id=closure_id("A"),
        reason="new-information",
        decided_by="manager-2",
        reopened_at=days(39),
    )
    assert enquiry_of(reopened).concluded is None
    assert enquiry_of(reopened).undone == (enquiry_of(after(*CLOSED)).concluded,)


def test_a_reopened_enquiry_is_closed_by_a_proposal_that_supersedes_the_one_that_had_closed_it() -> None:
    closed = after(*CLOSED, a_reopening(), *CLOSED_AGAIN)
    assert types(closed).count("concluded") == 2
    assert after(*CLOSED, a_reopening(), a_proposal("B")).refused_codes == ("contradicts_a_proposal",)


def test_what_closed_it_once_does_not_close_it_again() -> None:
    again = after(*CLOSED, a_reopening(), a_closure_approval(approved_by="manager-3"))
    assert again.refused_codes == ("closure_undone",)
    assert after(*CLOSED, a_reopening(), a_return()).refused_codes == ("proposal_approved",)


def test_the_same_again_changes_nothing() -> None:
    history = (*CLOSED, a_reopening())
    assert types(after(*history, *history)) == types(after(*history))
    assert types(after(*history, *CLOSED_AGAIN, *history)) == types(after(*history, *CLOSED_AGAIN))


def test_it_can_be_reopened_again_after_it_was_closed_again() -> None:
    twice = after(*CLOSED, a_reopening(), *CLOSED_AGAIN, a_reopening("B", "B", decided_at=days(60)))
    assert twice.refused == {}
    assert types(twice).count("reopened") == 2
    assert enquiry_of(twice).concluded is None


def test_a_reopening_waits_for_the_conclusion_it_names() -> None:
    assert len(after(a_reopening()).held) == 1
    assert len(after(a_proposal(), a_reopening()).held) == 1
    ends = {str((enquiry_of(one), one.facts)) for one in map(play, permutations((*CLOSED, a_reopening())))}
    assert len(ends) == 1


def play(order: tuple[Event, ...]) -> Any:
    return after(*order)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "social_worker"}, "role_may_not_reopen"),
        ({"decided_at": LATER + timedelta(minutes=6)}, "decided_at_in_the_future"),
        ({"decided_at": days(31)}, "decided_at_too_early"),
    ],
)
def test_a_reopening_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    assert after(*CLOSED, a_reopening(**changes)).refused_codes == (code,)


@pytest.mark.parametrize("role", sorted(POLICY.approver_roles))
def test_every_managerial_role_may_reopen(role: str) -> None:
    assert types(after(*CLOSED, a_reopening(role=role)))[-1] == "reopened"


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ((*CLOSED, a_reopening(), a_reopening(reason="other")), "reopening_id_used"),
        ((*CLOSED, a_reopening(), a_reopening(name="B")), "already_reopened"),
        ((*CLOSED, a_reopening(), *CLOSED_AGAIN, a_reopening(name="B")), "already_reopened"),
        ((*CLOSED, a_reopening("X")), "closure_concluded_nothing"),
        ((a_proposal(), a_reopening(), a_return()), "closure_concluded_nothing"),
        ((a_proposal(), a_reopening(), CLOSED_AGAIN[0]), "closure_concluded_nothing"),
    ],
)
def test_a_reopening_of_what_does_not_stand_is_refused(events: tuple[Event, ...], code: str) -> None:
    refused = after(*events)
    assert refused.refused_codes == (code,)
    assert refused.held == []
