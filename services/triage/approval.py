"""Approval by a manager who is not the decider (design section 4, rule 5; seed 003:2943).

Practitioners may authorise and close their own work except in safeguarding. A decision is a fact for others
only when it is approved; an enquiry nevertheless starts when the decider decided (design section 4, rule 4). A
correction takes the place of the decision in force when it is approved, and not before.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage import conversions, other_authority
from services.triage.cases import Approval, Case, Concern, Decided, concern_in
from services.triage.decision_kept import told
from services.triage.policy import Policy
from services.triage.told_times import before_decision
from shared.contracts.common_rules import in_the_future, not_a_manager
from shared.contracts.doors import TriageApproved
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Event, Metadata


def approve(
    cases: Mapping[UUID, Case], event: TriageApproved, meta: Metadata, policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with its decision approved, and what follows from that; or why it cannot be approved."""
    if reasons := _reasons_against(event, meta, policy):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    decision = concern.decision(event.decision_id)
    if decision is None:
        return Wait("the decision it approves")
    approval = Approval(event.approved_by, event.role, event.approved_at.astimezone(UTC))
    if decision.approval == approval:
        return Decision({})
    if reasons := _reasons_against_pair(concern, decision, event):
        return Refused(reasons)
    approved = replace(concern, decisions=(*concern.decisions[:-1], replace(decision, approval=approval)))
    return Decision({event.concern_id: approved}, _facts(event.concern_id, concern, decision, approval))


def _reasons_against(event: TriageApproved, meta: Metadata, policy: Policy) -> tuple[Reason, ...]:
    """What is wrong with an approval whatever it approves."""
    because = "Safeguarding decisions need managerial approval."
    return (
        *not_a_manager(event.role, "approve", because, policy.approver_roles, policy.version),
        *in_the_future(event.approved_at, "approved_at", meta.recorded),
    )


def _reasons_against_pair(concern: Concern, decision: Decided, event: TriageApproved) -> tuple[Reason, ...]:
    """What keeps this approval from being one of this decision."""
    if concern.standing is not decision:
        return refused(
            "decision_superseded",
            "This decision has been superseded. An approval is accepted when it names the decision that stands.",
            "decision_id",
        ).reasons
    if decision.approval is not None:
        return refused(
            "already_approved",
            "This decision is approved already, and that approval stands; nothing more is needed. A correction is "
            "accepted as a decision of its own, whose `supersedes` names this one.",
            "decision_id",
        ).reasons
    reasons: list[Reason] = []
    if event.approved_by.casefold() == decision.decided_by.casefold():
        reasons.append(
            Reason(
                code="approver_is_decider",
                says="Whoever decided cannot approve. An approval is accepted from another person, in a "
                "role that may approve.",
                where="approved_by",
            )
        )
    if reason := before_decision("approved_at", event.approved_at, decision.decided_at):
        reasons.append(reason)
    return tuple(reasons)


def _facts(concern_id: UUID, concern: Concern, decision: Decided, approval: Approval) -> tuple[Event, ...]:
    """The decision as it stands; what becomes of the concern's enquiries; and the concern sent, where it is."""
    before = concern.in_force
    supersedes = None if before is None else before.decision_id
    return (
        told(concern_id, concern, decision, approval, supersedes),
        *conversions.follow(concern_id, concern, before, decision),
        *other_authority.sent(concern_id, concern, decision, approval),
    )
