"""A safeguarding plan is made by one person and approved by a manager who is somebody else (form_sg2).

Practitioners may authorise their own work, safeguarding excepted (seed 003:2943; design section 4, rule 5;
domain sections 5.2 and 5.3). A later plan names the one it supersedes, and until it is approved in its turn the
plan approved before it stays in force: an adult is never without the plan that was agreed.
"""

from collections.abc import Iterable
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Action, Findings, Plan
from services.enquiry.findings_noted import fingerprint
from services.enquiry.records import Answer, Taken, about, found, of_id, same_as
from shared.contracts.doors import PlanApproved, PlanMade
from shared.contracts.enquiry import PlanApprovalNoted
from shared.kernel.civil import london_day
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused

_ID_USED: Refused = refused(
    "plan_id_used",
    "Another plan was recorded under this plan id. A different one is accepted under its own.",
    "plan_id",
)
_CONTRADICTS: Refused = refused(
    "contradicts_a_plan",
    "Another plan stands for this enquiry. A later one is accepted when `supersedes` names the one that stands.",
    "supersedes",
)
_BEFORE_THE_SUPERSEDED: Refused = refused(
    "made_at_too_early",
    "`made_at` is accepted when it is not before the plan it supersedes was made.",
    "made_at",
)
_APPROVED_ALREADY: Refused = refused(
    "plan_approved_already",
    "The plan was approved before, by another record. A changed plan is accepted as a plan of its own, that names "
    "this one in `supersedes`.",
    "plan_id",
)


def make_plan(enquiry: Enquiry, record: PlanMade, _: Taken) -> Answer:
    """The plan, awaiting approval, in the place of the one it supersedes or of none."""
    plan = Plan(
        plan_id=record.plan_id,
        made_by=record.made_by,
        made_at=record.made_at,
        actions=tuple(
            Action(action_id=action.action_id, owner=action.owner, due_on=action.due_on) for action in record.actions
        ),
        fingerprint=fingerprint(record),
        supersedes=record.supersedes,
    )
    plans = enquiry.findings.plans
    return _out_of_place(plans, plan) or found(enquiry, plans=(*plans, plan))


def made_before(enquiry: Enquiry, record: PlanMade) -> bool | Refused:
    """Whether this plan was recorded before, whatever became of it since."""
    known = plan_of(enquiry.findings, record.plan_id)
    return same_as(known and known.fingerprint, fingerprint(record), _ID_USED)


def approve_plan(enquiry: Enquiry, record: PlanApproved, taken: Taken) -> Answer:
    """The plan approved, and in force unless one that supersedes it was approved.

    A manager may have approved it before they saw the one that supersedes it: that does not undo the approval.
    """
    plan = plan_of(enquiry.findings, record.plan_id)
    if plan is None:
        return Wait("the plan to be made")
    if reasons := tuple(_unlawful(plan, record)):
        return Refused(reasons)
    if plan.approved_at is not None:
        return _APPROVED_ALREADY
    approved = replace(plan, approved_by=record.approved_by, approved_at=record.approved_at)
    fact = PlanApprovalNoted(**about(enquiry), record=record, policy=taken.policy.version)
    return Decision({enquiry.enquiry_id: with_plan(enquiry, approved)}, (fact,))


def approved_before(enquiry: Enquiry, record: PlanApproved) -> bool:
    """Whether this approval was recorded before."""
    plan = plan_of(enquiry.findings, record.plan_id)
    return plan is not None and (plan.approved_by, plan.approved_at) == (record.approved_by, record.approved_at)


def plan_of(findings: Findings, plan_id: UUID) -> Plan | None:
    """The plan of that id, if it has been made."""
    return of_id(findings.plans, "plan_id", plan_id)


def with_plan(enquiry: Enquiry, changed: Plan) -> Enquiry:
    """The enquiry with a plan changed in its place."""
    plans = enquiry.findings.plans
    return found(enquiry, plans=tuple(changed if plan.plan_id == changed.plan_id else plan for plan in plans))


def plan_in_force(findings: Findings) -> Plan | None:
    """The last plan that was approved: one that supersedes it, and is not approved, changes nothing yet."""
    return next((plan for plan in reversed(findings.plans) if plan.approved_at is not None), None)


def plan_awaiting_approval(findings: Findings) -> Plan | None:
    """The last plan, if nobody has approved it; one whose every action is no longer needed was given up."""
    if not findings.plans:
        return None
    last = findings.plans[-1]
    given_up = all(action.ended_at is not None and not action.done for action in last.actions)
    return None if last.approved_at is not None or given_up else last


def open_actions(findings: Findings) -> tuple[Action, ...]:
    """The actions of the plan in force that are neither done nor no longer needed."""
    plan = plan_in_force(findings)
    return tuple(action for action in plan.actions if action.ended_at is None) if plan is not None else ()


def _out_of_place(plans: tuple[Plan, ...], plan: Plan) -> Wait | Refused | None:
    """Why a plan does not follow the one that stands, if so."""
    standing = plans[-1] if plans else None
    if plan.supersedes != (standing.plan_id if standing is not None else None):
        if plan.supersedes is None or any(earlier.plan_id == plan.supersedes for earlier in plans):
            return _CONTRADICTS
        return Wait("the plan it supersedes")
    if standing is not None and plan.made_at < standing.made_at:
        return _BEFORE_THE_SUPERSEDED
    return None


def impossible_plan(record: PlanMade) -> Iterable[Reason]:
    """What a plan contradicts in itself: its own id, the ids of its actions, or their days."""
    if record.supersedes == record.plan_id:
        yield Reason(
            code="supersedes_itself",
            says="`supersedes` names an earlier plan, or is left out on the first.",
            where="supersedes",
        )
    if len({action.action_id for action in record.actions}) < len(record.actions):
        yield Reason(
            code="action_repeated",
            says="Each action of a plan is named once, under an id of its own.",
            where="actions",
        )
    if any(action.due_on < london_day(record.made_at) for action in record.actions):
        yield Reason(
            code="due_on_too_early",
            says="An action is due before the plan was made. `due_on` is accepted from the day of `made_at` on.",
            where="actions",
        )


def _unlawful(plan: Plan, record: PlanApproved) -> Iterable[Reason]:
    """Why an approval does not hold. Staff ids that differ by case alone are one person's."""
    if record.approved_by.casefold() == plan.made_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody approves their own plan; approval by another manager is accepted.",
            where="approved_by",
        )
    if record.approved_at < plan.made_at:
        yield Reason(
            code="approved_at_too_early",
            says="`approved_at` is accepted when it is not before the plan was made.",
            where="approved_at",
        )
