"""Approval by a manager who is not the decider (design section 4, rule 5; seed 003:2943).

Practitioners may authorise and close their own work except in safeguarding. A decision is a fact for others
only when it is approved; an enquiry nevertheless starts when the decider decided (design section 4, rule 4).
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Approval, Case, Concern, Decided, concern_in, limbs_of
from services.triage.lawful_form import CLOCKS_DIFFER_BY
from services.triage.policy import Policy
from shared.contracts.doors import TriageApproved, TriageDecision, enquiry_id_of
from shared.contracts.triage import ConcernConverted, ConcernTriaged
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
    if concern.standing is decision and concern.approval == approval:
        return Decision({})
    if reasons := _reasons_against_pair(concern, decision, event):
        return Refused(reasons)
    approved = replace(concern, approval=approval)
    return Decision({event.concern_id: approved}, _facts(event.concern_id, approved, decision, approval))


def _reasons_against(event: TriageApproved, meta: Metadata, policy: Policy) -> tuple[Reason, ...]:
    """What is wrong with an approval whatever it approves."""
    reasons: list[Reason] = []
    if event.role not in policy.approver_roles:
        reasons.append(
            Reason(
                code="role_may_not_approve",
                says="Safeguarding decisions need managerial approval. Accepted roles are: "
                f"{', '.join(sorted(policy.approver_roles))}.",
                where="role",
            )
        )
    if event.approved_at > meta.recorded + CLOCKS_DIFFER_BY:
        reasons.append(
            Reason(
                code="approved_in_the_future",
                says="`approved_at` lies more than five minutes ahead of the council's clock. It is "
                "accepted when it is the time of the approval, with its offset from UTC.",
                where="approved_at",
            )
        )
    return tuple(reasons)


def _reasons_against_pair(concern: Concern, decision: Decided, event: TriageApproved) -> tuple[Reason, ...]:
    """What keeps this approval from being one of this decision."""
    if concern.standing is not decision:
        return refused(
            "decision_superseded",
            "This decision has been superseded. An approval is accepted when it names the decision that stands.",
            "decision_id",
        ).reasons
    if concern.approval is not None:
        return refused(
            "already_approved",
            "This decision is approved already, and that approval stands; nothing more is needed.",
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
    if event.approved_at < decision.decided_at:
        reasons.append(
            Reason(
                code="approved_before_decided",
                says="`approved_at` lies before the decision it approves. It is accepted when it is the "
                "time of the approval, with its offset from UTC.",
                where="approved_at",
            )
        )
    return tuple(reasons)


def _facts(concern_id: UUID, concern: Concern, decision: Decided, approval: Approval) -> tuple[Event, ...]:
    """The decision as it stands; and for one that section 42(1) is met, the conversion."""
    triaged = ConcernTriaged(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        decision_id=decision.decision_id,
        decision=decision.decision,
        limbs=limbs_of(decision),
        disposals=decision.disposals,
        authority=decision.authority,
        duplicate_of=decision.duplicate_of,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        approved_by=approval.approved_by,
        approved_at=approval.approved_at,
    )
    if decision.decision is not TriageDecision.S42_MET:
        return (triaged,)
    converted = ConcernConverted(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        enquiry_id=enquiry_id_of(concern_id),
        decided_at=decision.decided_at,
    )
    return triaged, converted
