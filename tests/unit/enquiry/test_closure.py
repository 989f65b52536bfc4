"""Closing an enquiry takes two people, and never depends on who came last."""

from datetime import timedelta
from typing import Any

import pytest

from services.enquiry.cases import Case, Enquiry
from services.enquiry.policy import POLICY
from services.enquiry.service import service
from shared.contracts.doors import Achievement, MspAnswer
from shared.contracts.enquiry import EnquiryConcluded, EnquiryOpened
from shared.kernel.event import Event
from tests.support.builders import ADA, NOON, told
from tests.support.enquiry_builders import (
    CONCERN,
    ENQUIRY,
    LATER,
    a_closure_approval,
    a_conversion,
    a_proposal,
    an_asking,
    an_assessment,
    closure_id,
)
from tests.support.interleave import Story, story


def after(*events: Event) -> Story[Case]:
    return story(service, [told(event, str(place), LATER) for place, event in enumerate((a_conversion(), *events))])


def conclusions(of: Story[Case]) -> list[EnquiryConcluded]:
    return [fact for fact in of.facts if isinstance(fact, EnquiryConcluded)]


def standing(of: Story[Case]) -> tuple[str, ...]:
    enquiry = of.cases[ENQUIRY]
    assert isinstance(enquiry, Enquiry)
    return tuple(str(proposal.closure_id) for proposal in enquiry.proposals)


def test_an_enquiry_starts_when_the_decider_decided() -> None:
    opened = after()
    assert opened.facts == [EnquiryOpened(enquiry_id=ENQUIRY, concern_id=CONCERN, adult_id=ADA, started_at=NOON)]


def test_a_conversion_stated_again_opens_nothing() -> None:
    again = after(a_conversion(decided_at=NOON + timedelta(days=1)))
    assert len(again.facts) == 1
    assert again.cases == after().cases


def test_a_closure_proposed_and_approved_by_two_people_concludes() -> None:
    closed = after(an_asking("safer"), an_assessment(safer="partially"), a_proposal(), a_closure_approval())
    assert conclusions(closed) == [
        EnquiryConcluded(
            enquiry_id=ENQUIRY,
            concern_id=CONCERN,
            adult_id=ADA,
            started_at=NOON,
            concluded_at=NOON + timedelta(days=32),
            closure_id=closure_id("A"),
            reason="enquiry-complete",
            proposed_by="worker-1",
            approved_by="manager-1",
            asked=MspAnswer.EXPRESSED,
            achieved=Achievement.PARTIALLY,
            policy=POLICY.version,
        )
    ]


@pytest.mark.parametrize("approver", ["worker-1", "WORKER-1", "Worker-1"])
def test_the_proposer_cannot_approve(approver: str) -> None:
    refused = after(a_proposal(), a_closure_approval(approved_by=approver))
    assert refused.refused_codes == ("same_person",)
    assert conclusions(refused) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "social_worker"}, "role_may_not_approve"),
        ({"approved_at": NOON + timedelta(days=30)}, "approved_at_too_early"),
        ({"approved_at": LATER + timedelta(minutes=6)}, "approved_at_in_the_future"),
    ],
)
def test_an_approval_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    refused = after(a_proposal(), a_closure_approval(**changes))
    assert refused.refused_codes == (code,)
    assert conclusions(refused) == []


@pytest.mark.parametrize("role", sorted(POLICY.approver_roles))
def test_every_role_of_the_policy_may_approve(role: str) -> None:
    assert len(conclusions(after(a_proposal(), a_closure_approval(role=role)))) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proposed_at": NOON - timedelta(seconds=1)}, "proposed_at_too_early"),
        ({"proposed_at": LATER + timedelta(minutes=6)}, "proposed_at_in_the_future"),
        ({"supersedes": "A"}, "supersedes_itself"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    assert after(a_proposal(**changes)).refused_codes == (code,)


def test_a_refused_approval_can_be_followed_by_a_lawful_one() -> None:
    closed = after(a_proposal(), a_closure_approval(approved_by="worker-1"), a_closure_approval())
    assert len(conclusions(closed)) == 1


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("B", "A")])
def test_of_two_proposals_that_contradict_the_second_is_refused_in_either_order(first: str, second: str) -> None:
    refused = after(a_proposal(first), a_proposal(second))
    assert refused.refused_codes == ("contradicts_a_proposal",)
    assert standing(refused) == (str(closure_id(first)),)


def test_a_later_proposal_supersedes_the_one_it_names() -> None:
    closed = after(
        a_proposal("A"),
        a_proposal("B", supersedes="A", reason="adult-moved"),
        a_closure_approval("A"),
        a_closure_approval("B"),
    )
    assert closed.refused_codes == ("proposal_superseded",)
    assert [fact.reason for fact in conclusions(closed)] == ["adult-moved"]


def test_a_proposal_waits_for_the_one_it_supersedes() -> None:
    early = after(a_proposal("B", supersedes="A"))
    assert len(early.held) == 1
    late = after(a_proposal("B", supersedes="A"), a_proposal("A"))
    assert late.held == []
    assert standing(late) == (str(closure_id("A")), str(closure_id("B")))


def test_one_proposal_is_superseded_once() -> None:
    forked = after(a_proposal("A"), a_proposal("B", supersedes="A"), a_proposal("C", supersedes="A"))
    assert forked.refused_codes == ("contradicts_a_proposal",)


def test_the_same_proposal_again_changes_nothing() -> None:
    events = a_proposal("A"), a_proposal("B", supersedes="A")
    again = after(*events, *events, a_closure_approval("B"), *events)
    assert again.refused == {}
    assert len(conclusions(again)) == 1


def test_another_proposal_under_a_used_id_is_refused() -> None:
    assert after(a_proposal(), a_proposal(reason="other")).refused_codes == ("closure_id_used",)


def test_an_approval_waits_for_its_proposal() -> None:
    early = after(a_closure_approval())
    assert len(early.held) == 1
    assert conclusions(after(a_closure_approval(), a_proposal())) == conclusions(
        after(a_proposal(), a_closure_approval())
    )


def test_the_same_approval_again_changes_nothing_and_another_is_refused() -> None:
    closed = after(a_proposal(), a_closure_approval(), a_closure_approval())
    assert closed.refused == {}
    assert len(conclusions(closed)) == 1
    twice = after(a_proposal(), a_closure_approval(), a_closure_approval(approved_by="manager-2"))
    assert twice.refused_codes == ("enquiry_concluded",)


def test_nothing_waits_for_ever_at_a_concluded_enquiry() -> None:
    closed = after(a_closure_approval("X"), a_proposal("C", supersedes="X"), a_proposal(), a_closure_approval())
    assert closed.held == []
    assert closed.refused_codes == ("enquiry_concluded", "enquiry_concluded")


def test_a_refusal_quotes_nothing_that_was_sent() -> None:
    answer = service.decide(
        after(a_proposal()).cases,
        a_closure_approval(role="canary-role", approved_by="canary-person"),
        told(a_proposal()).meta,
    )
    assert "canary" not in repr(answer)
