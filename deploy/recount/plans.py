"""Safeguarding plans of one enquiry, as they bear on closing it: one in force, its actions, one that waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deploy.recount.answers import LATER, MANAGERS, NOTHING, TAKEN, Answer, one_person
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
        if said["plan_id"] in self.made:
            return NOTHING
        if said["supersedes"] is not None and said["supersedes"] not in self.made:
            return LATER
        before = next(reversed(self.made.values()), None)
        if before is not None and (said["supersedes"] != before["plan_id"] or said["made_at"] < before["made_at"]):
            return NOTHING
        self.made[said["plan_id"]] = said
        return TAKEN

    def approve(self, said: Said) -> Answer:
        """A manager's approval, of a plan that another may have superseded since."""
        plan = self.made.get(said["plan_id"])
        if plan is None:
            return LATER
        if one_person(said["approved_by"], plan["made_by"]) or said["approved_at"] < plan["made_at"]:
            return NOTHING
        if plan["plan_id"] in self.approved:
            return NOTHING
        self.approved.add(plan["plan_id"])
        return TAKEN

    def end_action(self, said: Said) -> Answer:
        """An action is done, or no longer needed; the first word on it stands."""
        plan = self.made.get(said["plan_id"])
        if plan is None:
            return LATER
        action = (said["plan_id"], said["action_id"])
        if action not in _actions(plan) or action in self.ended or said["ended_at"] < plan["made_at"]:
            return NOTHING
        self.ended[action] = said["done"]
        return TAKEN

    def any_open(self) -> bool:
        """Whether the plan in force has open actions, or the last plan waits for approval and was not given up."""
        plans = list(self.made.values())
        if not plans:
            return False
        waits = plans[-1]["plan_id"] not in self.approved
        given_up = all(self.ended.get(action) is False for action in _actions(plans[-1]))
        in_force = [plan for plan in plans if plan["plan_id"] in self.approved][-1:]
        return (waits and not given_up) or any(
            action not in self.ended for plan in in_force for action in _actions(plan)
        )


def _actions(plan: Said) -> list[tuple[str, str]]:
    return [(plan["plan_id"], action["action_id"]) for action in plan["actions"]]


def coherent(name: str, said: Said) -> bool:
    """Whether a record of a plan contradicts itself, whatever the enquiry."""
    match name:
        case "enquiry.plan-made":
            return (
                said["supersedes"] != said["plan_id"]
                and len({action["action_id"] for action in said["actions"]}) == len(said["actions"])
                and all(action["due_on"] >= day(said["made_at"]) for action in said["actions"])
            )
        case "enquiry.plan-approved":
            return said["role"] in MANAGERS
        case "enquiry.plan-action-ended":
            return said["done"] or said["reason"] is not None
        case _:
            return True
