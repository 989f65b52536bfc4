"""A safeguarding plan needs a manager's approval by somebody else (design section 4, rule 5)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.enquiry.plans import open_actions, plan_awaiting_approval, plan_in_force
from services.enquiry.policy import POLICY
from services.enquiry.service import service
from shared.contracts.enquiry import PlanActionNoted, PlanApprovalNoted, PlanNoted
from shared.kernel.event import Event
from tests.support.builders import NOON, told
from tests.support.enquiry_builders import LATER
from tests.support.findings_builders import (
    DAY,
    a_plan,
    a_plan_approval,
    after,
    an_action,
    an_action_ended,
    findings_of,
    found_id,
)

TWO = (an_action("a1"), an_action("a2"))


def in_force(*events: Event) -> object:
    plan = plan_in_force(findings_of(after(*events)))
    return plan.plan_id if plan is not None else None


def awaiting(*events: Event) -> object:
    plan = plan_awaiting_approval(findings_of(after(*events)))
    return plan.plan_id if plan is not None else None


def still_open(*events: Event) -> list[str]:
    return [action.action_id for action in open_actions(findings_of(after(*events)))]


def test_a_plan_made_and_approved_by_two_people_is_in_force() -> None:
    approved = after(a_plan(), a_plan_approval())
    assert [type(fact) for fact in approved.facts[1:]] == [PlanNoted, PlanApprovalNoted]
    assert in_force(a_plan()) is None
    assert awaiting(a_plan()) == found_id("plan", "A")
    assert in_force(a_plan(), a_plan_approval()) == found_id("plan", "A")
    assert awaiting(a_plan(), a_plan_approval()) is None


def test_an_approval_keeps_the_policy_it_was_held_against() -> None:
    (noted,) = (fact for fact in after(a_plan(), a_plan_approval()).facts if isinstance(fact, PlanApprovalNoted))
    assert noted.policy == POLICY.version
    assert noted.record == a_plan_approval()


@pytest.mark.parametrize("approver", ["worker-1", "WORKER-1", "Worker-1"])
def test_the_author_cannot_approve(approver: str) -> None:
    refused = after(a_plan(), a_plan_approval(approved_by=approver))
    assert refused.refused_codes == ("same_person",)
    assert plan_in_force(findings_of(refused)) is None


@pytest.mark.parametrize("role", sorted(POLICY.approver_roles))
def test_every_managerial_role_may_approve(role: str) -> None:
    assert in_force(a_plan(), a_plan_approval(role=role)) == found_id("plan", "A")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "social_worker"}, "role_may_not_approve"),
        ({"approved_at": NOON + 2 * DAY}, "approved_at_too_early"),
        ({"approved_at": LATER + timedelta(minutes=6)}, "approved_at_in_the_future"),
    ],
)
def test_an_approval_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    refused = after(a_plan(), a_plan_approval(**changes))
    assert refused.refused_codes == (code,)
    assert plan_in_force(findings_of(refused)) is None


def test_the_refusal_of_a_role_names_the_accepted_ones() -> None:
    approval = a_plan_approval(role="canary", approved_by="canary")
    answer = service.decide(after(a_plan()).cases, approval, told(approval, at=LATER).meta)
    assert "canary" not in repr(answer)
    assert all(role in repr(answer) for role in POLICY.approver_roles)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"made_at": LATER + timedelta(minutes=6), "actions": (an_action(due_on=LATER + DAY),)},
         "made_at_in_the_future"),
        ({"supersedes": "A"}, "supersedes_itself"),
        ({"actions": (an_action(), an_action())}, "action_repeated"),
        ({"actions": (an_action(due_on=NOON + 2 * DAY),)}, "due_on_too_early"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    refused = after(a_plan(**changes))
    assert refused.refused_codes == (code,)
    assert findings_of(refused).plans == ()


def test_an_action_may_be_due_on_the_very_day_as_london_counts_it() -> None:
    made_at = datetime(2024, 6, 1, 23, 30, tzinfo=UTC)  # the second of June in London
    second = an_action(due_on=datetime(2024, 6, 2, tzinfo=UTC))
    first = an_action(due_on=datetime(2024, 6, 1, tzinfo=UTC))
    assert after(a_plan(made_at=made_at, actions=(second,))).refused == {}
    assert after(a_plan(made_at=made_at, actions=(first,))).refused_codes == ("due_on_too_early",)


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("B", "A")])
def test_of_two_plans_that_contradict_the_second_is_refused(first: str, second: str) -> None:
    refused = after(a_plan(first), a_plan(second))
    assert refused.refused_codes == ("contradicts_a_plan",)
    assert awaiting(a_plan(first), a_plan(second)) == found_id("plan", first)


def test_one_plan_is_superseded_once() -> None:
    forked = after(a_plan("A"), a_plan("B", supersedes="A"), a_plan("C", supersedes="A"))
    assert forked.refused_codes == ("contradicts_a_plan",)


def test_a_plan_cannot_have_been_made_before_the_one_it_supersedes() -> None:
    early = a_plan("B", supersedes="A", made_at=NOON + 2 * DAY)
    assert after(a_plan("A"), early).refused_codes == ("made_at_too_early",)
    assert after(early, a_plan("A")).refused_codes == ("made_at_too_early",)


def test_a_plan_waits_for_the_one_it_supersedes() -> None:
    assert len(after(a_plan("B", supersedes="A")).held) == 1
    later = after(a_plan("B", supersedes="A"), a_plan("A"))
    assert later.held == []
    assert later.cases == after(a_plan("A"), a_plan("B", supersedes="A")).cases


def test_another_plan_under_a_used_id_is_refused_and_the_same_one_changes_nothing() -> None:
    assert after(a_plan(), a_plan(actions=TWO)).refused_codes == ("plan_id_used",)
    again = after(a_plan(), a_plan_approval(), a_plan(), a_plan_approval())
    assert again.refused == {}
    assert again.facts == after(a_plan(), a_plan_approval()).facts


def test_a_plan_is_approved_once() -> None:
    twice = after(a_plan(), a_plan_approval(), a_plan_approval(approved_by="manager-2"))
    assert twice.refused_codes == ("plan_approved_already",)


SUPERSEDING = (
    a_plan("A"),
    a_plan_approval("A"),
    a_plan("B", supersedes="A", made_at=NOON + 6 * DAY, actions=TWO),
    a_plan_approval("B", approved_at=NOON + 7 * DAY),
)


def test_an_approved_plan_stays_in_force_until_the_one_that_supersedes_it_is_approved() -> None:
    assert in_force(*SUPERSEDING[:3]) == found_id("plan", "A")
    assert awaiting(*SUPERSEDING[:3]) == found_id("plan", "B")
    assert in_force(*SUPERSEDING) == found_id("plan", "B")
    assert awaiting(*SUPERSEDING) is None


def test_whichever_order_plans_and_approvals_come_in_the_same_plan_is_in_force() -> None:
    ends = [after(*order) for order in permutations(SUPERSEDING)]
    assert len(ends) == 24
    assert all(end.cases == ends[0].cases and not end.refused and not end.held for end in ends)
    assert plan_in_force(findings_of(ends[0])) is not None


def test_an_action_that_ends_is_no_longer_open() -> None:
    made = (a_plan(actions=TWO), a_plan_approval())
    assert still_open(*made) == ["a1", "a2"]
    assert still_open(*made, an_action_ended(action_id="a1")) == ["a2"]
    assert still_open(*made, an_action_ended(action_id="a1", done=False, reason="adult-moved")) == ["a2"]


def test_open_actions_are_those_of_the_plan_in_force() -> None:
    assert still_open(a_plan()) == []
    assert still_open(*SUPERSEDING[:3]) == ["a1"]
    assert still_open(*SUPERSEDING[:3], an_action_ended("A")) == []
    assert still_open(*SUPERSEDING, an_action_ended("A")) == ["a1", "a2"]
    assert still_open(*SUPERSEDING, an_action_ended("B")) == ["a2"]


def test_an_action_may_end_before_its_plan_is_approved() -> None:
    ended = after(a_plan(), an_action_ended(), a_plan_approval())
    assert ended.refused == {}
    assert open_actions(findings_of(ended)) == ()


def test_an_ending_waits_for_its_plan() -> None:
    assert len(after(an_action_ended()).held) == 1
    assert after(an_action_ended(), a_plan()).cases == after(a_plan(), an_action_ended()).cases


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"done": False}, "reason_missing"),
        ({"action_id": "a9"}, "action_unknown"),
        ({"ended_at": NOON + 2 * DAY}, "ended_at_too_early"),
        ({"ended_at": LATER + timedelta(minutes=6)}, "ended_at_in_the_future"),
    ],
)
def test_an_ending_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    refused = after(a_plan(), an_action_ended(**changes))
    assert refused.refused_codes == (code,)
    assert [fact for fact in refused.facts if isinstance(fact, PlanActionNoted)] == []


def test_an_action_ends_once_and_the_same_ending_again_changes_nothing() -> None:
    ended = after(a_plan(), an_action_ended())
    assert after(a_plan(), an_action_ended(), an_action_ended()).facts == ended.facts
    other = after(a_plan(), an_action_ended(), an_action_ended(done=False, reason="adult-moved"))
    assert other.refused_codes == ("action_ended_already",)
    assert other.cases == ended.cases


def test_a_plan_whose_every_action_is_no_longer_needed_awaits_nobody() -> None:
    given_up = an_action_ended(done=False, reason="adult-declined")
    assert awaiting(a_plan(), given_up) is None
    assert awaiting(a_plan(actions=TWO), given_up) == found_id("plan", "A")
    assert awaiting(a_plan(), an_action_ended(done=True)) == found_id("plan", "A")
