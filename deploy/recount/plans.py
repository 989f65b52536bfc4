"""Safeguarding plans of one enquiry, as they bear on closing it: one in force, its actions, one that waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deploy.recount.answers import LATER, MANAGERS, TAKEN, Answer, one_person, refused, wrong
from deploy.recount.civil import day

Said = dict[str, Any]


@dataclass
class Plans:
    """The plans, each in the place of the one before it; which are approved; how each action ended: done, or not."""

    made: dict[str, Said] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    ended: dict[tuple[str, str], bool] = field(default_factory=dict)

    def make(self, said: Said) -> Answer:
        """A plan, the first or one that names the last."""
        before = next(reversed(self.made.values()), None)
        if said["supersedes"] != (before["plan_id"] if before is not None else None):
            earlier = said["supersedes"] is None or said["supersedes"] in self.made
            return refused("contradicts_a_plan") if earlier else LATER
        if before is not None and said["made_at"] < before["made_at"]:
            return refused("made_at_too_early")
        self.made[said["plan_id"]] = said
        return TAKEN

    def approve(self, said: Said) -> Answer:
        """A manager's approval, of a plan that another may have superseded since."""
        plan = self.made.get(said["plan_id"])
        if plan is None:
            return LATER
        why = wrong(
            same_person=one_person(said["approved_by"], plan["made_by"]),
            approved_at_too_early=said["approved_at"] < plan["made_at"],
        )
        if why or plan["plan_id"] in self.approved:
            return refused(*(why or {"plan_approved_already"}))
        self.approved.add(plan["plan_id"])
        return TAKEN

    def end_action(self, said: Said) -> Answer:
        """An action is done, or no longer needed; the first word on it stands."""
        plan = self.made.get(said["plan_id"])
        if plan is None:
            return LATER
        action = (said["plan_id"], said["action_id"])
        if action not in _actions(plan):
            return refused("action_unknown")
        if said["ended_at"] < plan["made_at"]:
            return refused("ended_at_too_early")
        if action in self.ended:
            return refused("action_ended_already")
        self.ended[action] = said["done"]
        return TAKEN

    def unfinished(self) -> set[str]:
        """Whether the plan in force has open actions, or the last plan waits for approval and was not given up."""
        plans = list(self.made.values())
        last, in_force = plans[-1:], [plan for plan in plans if plan["plan_id"] in self.approved][-1:]
        given_up = all(self.ended.get(action) is False for plan in last for action in _actions(plan))
        return wrong(
            actions_open=any(action not in self.ended for plan in in_force for action in _actions(plan)),
            plan_awaits_approval=any(plan["plan_id"] not in self.approved for plan in last) and not given_up,
        )


def _actions(plan: Said) -> list[tuple[str, str]]:
    return [(plan["plan_id"], action["action_id"]) for action in plan["actions"]]


def against(kind: str, said: Said) -> set[str]:
    """What is against a record of a plan by itself, whatever the enquiry."""
    match kind:
        case "plan-made":
            actions = said["actions"]
            return wrong(
                supersedes_itself=said["supersedes"] == said["plan_id"],
                action_repeated=len({action["action_id"] for action in actions}) < len(actions),
                due_on_too_early=any(action["due_on"] < day(said["made_at"]) for action in actions),
            )
        case "plan-approved":
            return wrong(role_may_not_approve=said["role"] not in MANAGERS)
        case "plan-action-ended":
            return wrong(reason_missing=not said["done"] and said["reason"] is None)
        case _:
            return set()
