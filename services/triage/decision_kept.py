"""A decision as it is remembered, and as it is told once it is approved: the same words, in codes alone."""

from datetime import UTC
from uuid import UUID

from services.triage.cases import AnsweredLimb, Approval, Concern, Consented, Decided, Overridden
from shared.contracts.doors import Consents, Limb, Limbs, Override, TriageDecided
from shared.contracts.triage import ConcernTriaged


def kept(event: TriageDecided, policy: str) -> Decided:
    """A decision as it is remembered, under the version of the policy it was made under."""
    limbs = event.limbs
    return Decided(
        decision_id=event.decision_id,
        decision=event.decision,
        limbs=(
            _limb_kept(limbs.needs_care_and_support),
            _limb_kept(limbs.abuse_or_neglect),
            _limb_kept(limbs.unable_to_protect),
        ),
        decided_by=event.decided_by,
        decided_at=event.decided_at.astimezone(UTC),
        disposals=event.disposals,
        authority=event.authority,
        duplicate_of=event.duplicate_of,
        supersedes=event.supersedes,
        adult_view=event.adult_view,
        consents=_consents_kept(event.consents),
        override=_override_kept(event.override),
        large_scale=event.large_scale,
        lead_authority=event.lead_authority,
        policy=policy,
    )


def told(
    concern_id: UUID, concern: Concern, decision: Decided, approval: Approval, supersedes: UUID | None
) -> ConcernTriaged:
    """The decision as readers are told that it stands, in place of the one that stood approved until now."""
    return ConcernTriaged(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        decision_id=decision.decision_id,
        decision=decision.decision,
        limbs=_limbs_told(decision),
        disposals=decision.disposals,
        authority=decision.authority,
        duplicate_of=decision.duplicate_of,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        approved_by=approval.approved_by,
        approved_at=approval.approved_at,
        supersedes=supersedes,
        adult_view=decision.adult_view,
        consents=_consents_told(decision.consents),
        override=_override_told(decision.override),
        large_scale=decision.large_scale,
        lead_authority=decision.lead_authority,
        team=team_when_decided(concern, decision),
        policy=decision.policy,
    )


def team_when_decided(concern: Concern, decision: Decided) -> str:
    """The team that had the concern when it was decided, whatever it was handed to since."""
    team = concern.reroutes[0].from_team if concern.reroutes else concern.team
    for reroute in concern.reroutes:
        if reroute.decided_at > decision.decided_at:
            break
        team = reroute.team
    return team


def _limb_kept(limb: Limb) -> AnsweredLimb:
    return limb.answer, limb.reasons


def _limbs_told(decision: Decided) -> Limbs:
    needs, abuse, unable = (Limb(answer=answer, reasons=reasons) for answer, reasons in decision.limbs)
    return Limbs(needs_care_and_support=needs, abuse_or_neglect=abuse, unable_to_protect=unable)


def _consents_kept(consents: Consents | None) -> Consented | None:
    return None if consents is None else (consents.to_report, consents.to_sharing, consents.to_enquiry)


def _consents_told(consents: Consented | None) -> Consents | None:
    if consents is None:
        return None
    to_report, to_sharing, to_enquiry = consents
    return Consents(to_report=to_report, to_sharing=to_sharing, to_enquiry=to_enquiry)


def _override_kept(override: Override | None) -> Overridden | None:
    return None if override is None else Overridden(override.grounds, override.decided_by, override.adult_told)


def _override_told(override: Overridden | None) -> Override | None:
    if override is None:
        return None
    return Override(grounds=override.grounds, decided_by=override.decided_by, adult_told=override.adult_told)
