"""An action of a safeguarding plan ends: it is done, or no longer needed and somebody says why (form_sg2).

It may end before its plan is approved, since what keeps an adult safe today does not wait for a signature.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Action, Plan
from services.enquiry.findings_noted import fingerprint
from services.enquiry.plans import plan_of, with_plan
from services.enquiry.records import Answer, Taken, of_id
from shared.contracts.doors import PlanActionEnded
from shared.kernel.decision import Reason, Refused, Wait, refused

_UNKNOWN: Refused = refused(
    "action_unknown",
    "The plan has no action of this id. Accepted are the ids it was made with; further actions need a plan of "
    "their own, that names this one in `supersedes`.",
    "action_id",
)
_ENDED_ALREADY: Refused = refused(
    "action_ended_already",
    "The action was ended before, by another record. What remains to be done is accepted as an action of a plan "
    "that supersedes this one.",
    "action_id",
)
_TOO_EARLY: Refused = refused(
    "ended_at_too_early",
    "`ended_at` is accepted when it is not before the plan was made.",
    "ended_at",
)


def end_action(enquiry: Enquiry, record: PlanActionEnded, _: Taken) -> Answer:
    """The action ended. A plan says all its actions when it is made, so one it does not name will never come."""
    plan = plan_of(enquiry.findings, record.plan_id)
    ended = _ended(plan, _action_of(plan, record.action_id), record)
    return with_plan(enquiry, ended) if isinstance(ended, Plan) else ended


def ended_before(enquiry: Enquiry, record: PlanActionEnded) -> bool:
    """Whether the same was recorded before."""
    action = _action_of(plan_of(enquiry.findings, record.plan_id), record.action_id)
    return action is not None and action.ending == fingerprint(record)


def _action_of(plan: Plan | None, action_id: str) -> Action | None:
    return of_id(plan.actions if plan is not None else (), "action_id", action_id)


def _ended(plan: Plan | None, action: Action | None, record: PlanActionEnded) -> Plan | Wait | Refused:
    """The plan with its action ended, or why not, or why not yet."""
    if plan is None:
        return Wait("the plan to be made")
    if action is None:
        return _UNKNOWN
    if record.ended_at < plan.made_at:
        return _TOO_EARLY
    if action.ended_at is not None:
        return _ENDED_ALREADY
    ended = replace(action, ended_at=record.ended_at, done=record.done, ending=fingerprint(record))
    return replace(plan, actions=tuple(ended if one is action else one for one in plan.actions))


def unexplained(record: PlanActionEnded) -> Iterable[Reason]:
    """What was not done is given up for a reason."""
    if not record.done and record.reason is None:
        yield Reason(
            code="reason_missing",
            says="The action was not done, so `reason` says why it is no longer needed.",
            where="reason",
        )
