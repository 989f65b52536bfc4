"""A manager returns a proposal to close: it is never approved, and the next one supersedes it."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.enquiry.policy import POLICY
from shared.contracts.enquiry import ClosureProposalNoted
from tests.support.builders import ADA
from tests.support.course_builders import (
    a_cause,
    a_referral,
    a_referral_answer,
    a_return,
    a_suspension,
    after,
    an_answer,
    days,
    enquiry_of,
    types,
)
from tests.support.enquiry_builders import CONCERN, ENQUIRY, LATER, a_closure_approval, a_proposal

NEXT = a_proposal("B", supersedes="A", proposed_at=days(33))
APPROVED = a_closure_approval("B", approved_at=days(34))


def test_a_proposal_is_stated_and_awaits_its_approval() -> None:
    assert after(a_proposal()).facts[-1] == ClosureProposalNoted(
        enquiry_id=ENQUIRY, concern_id=CONCERN, adult_id=ADA, record=a_proposal()
    )


def test_a_returned_proposal_cannot_be_approved_and_the_next_one_can() -> None:
    returned = after(a_proposal(), a_return(), a_closure_approval())
    assert returned.refused_codes == ("proposal_returned",)
    assert enquiry_of(returned).concluded is None
    assert types(after(a_proposal(), a_return(), NEXT, APPROVED))[-1] == "concluded"


def test_the_next_proposal_names_the_one_that_was_returned() -> None:
    assert after(a_proposal(), a_return(), a_proposal("B")).refused_codes == ("contradicts_a_proposal",)


def test_a_return_waits_for_its_proposal_and_may_come_after_the_next_one() -> None:
    assert len(after(a_return()).held) == 1
    ends = {(enquiry_of(one), len(one.facts)) for one in map(play, permutations((a_proposal(), a_return(), NEXT)))}
    assert len(ends) == 1


def play(order: tuple[Any, ...]) -> Any:
    return after(*order)


@pytest.mark.parametrize("returner", ["worker-1", "WORKER-1"])
def test_nobody_returns_their_own_proposal(returner: str) -> None:
    assert after(a_proposal(), a_return(returned_by=returner)).refused_codes == ("same_person",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "social_worker"}, "role_may_not_return"),
        ({"returned_at": LATER + timedelta(minutes=6)}, "returned_at_in_the_future"),
        ({"returned_at": days(30)}, "returned_at_too_early"),
    ],
)
def test_a_return_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    assert after(a_proposal(), a_return(**changes)).refused_codes == (code,)


@pytest.mark.parametrize("role", sorted(POLICY.approver_roles))
def test_every_managerial_role_may_return(role: str) -> None:
    assert types(after(a_proposal(), a_return(role=role)))[-1] == "closure-return-noted"


def test_the_same_return_again_changes_nothing_and_another_is_refused() -> None:
    assert types(after(a_proposal(), a_return(), a_return())).count("closure-return-noted") == 1
    assert after(a_proposal(), a_return(), a_return(returned_by="manager-2")).refused_codes == ("already_returned",)


def test_what_was_approved_is_not_returned() -> None:
    closed = after(a_proposal(), a_closure_approval(), a_return())
    assert closed.refused_codes == ("enquiry_concluded",)


def test_closing_waits_for_everything_and_every_objection_is_named() -> None:
    refused = after(
        a_cause(), a_suspension(), a_referral(), a_referral_answer(), a_proposal(), a_return(), a_closure_approval()
    )
    assert refused.refused_codes == (
        "proposal_returned",
        "enquiry_suspended",
        "caused_enquiry_unanswered",
        "police_enquiry_goes_first",
    )


def test_an_enquiry_is_not_closed_over_what_others_were_asked_for() -> None:
    assert after(a_cause(), a_proposal(), a_closure_approval()).refused_codes == ("caused_enquiry_unanswered",)
    unsatisfied = after(a_cause(), an_answer(satisfactory=False), a_proposal(), a_closure_approval())
    assert unsatisfied.refused_codes == ("caused_enquiry_unanswered",)
    assert types(after(a_cause(), an_answer(), a_proposal(), a_closure_approval()))[-1] == "concluded"
