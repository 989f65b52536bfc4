"""An action of a safeguarding plan ends: it is done, or no longer needed and somebody says why (form_sg2).

It may end before its plan is approved, since what keeps an adult safe today does not wait for a signature.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Action, Plan
from services.enquiry.findings_noted import NOTHING_NEW, closed_to_findings, fingerprint, note
from services.enquiry.plans import plan_of, with_plan
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import NOT_OPENED, about, declared, from_the_future
from shared.contracts.doors import PlanActionEnded
from shared.contracts.enquiry import PlanActionNoted
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

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


def end_action(
    enquiry: Enquiry | None, event: PlanActionEnded, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The action ended. A plan says all its actions when it is made, so one it does not name will never come."""
    if reasons := (*_unexplained(event), *from_the_future(event.ended_at, "ended_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    record = declared(event)
    plan = plan_of(enquiry.findings, record)
    action = _action_of(plan, record.action_id)
    if action is not None and action.ending == fingerprint(record):
        return NOTHING_NEW
    if closed := closed_to_findings(enquiry):
        return closed
    ended = _ended(plan, action, record)
    if not isinstance(ended, Plan):
        return ended
    findings = with_plan(enquiry.findings, ended)
    return note(enquiry, findings, PlanActionNoted(**about(enquiry), record=record))


def _action_of(plan: Plan | None, action_id: str) -> Action | None:
    actions = plan.actions if plan is not None else ()
    return next((action for action in actions if action.action_id == action_id), None)


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


def _unexplained(event: PlanActionEnded) -> Iterable[Reason]:
    if not event.done and event.reason is None:
        yield Reason(
            code="reason_missing",
            says="The action was not done, so `reason` says why it is no longer needed.",
            where="reason",
        )
