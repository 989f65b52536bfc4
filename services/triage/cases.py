"""What triage remembers: of a concern, the decisions on it; of an adult, whether a repeat review is open.

Identifiers and codes only: nothing here describes a person.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from shared.contracts.doors import Answer, Disposal, Limb, Limbs, TriageDecided, TriageDecision

AnsweredLimb = tuple[Answer, tuple[str, ...]]


class Decided(msgspec.Struct, frozen=True, omit_defaults=True):
    """A practitioner's decision as it was sent; two that are equal are one decision sent twice."""

    decision_id: UUID
    decision: TriageDecision
    limbs: tuple[AnsweredLimb, AnsweredLimb, AnsweredLimb]
    decided_by: str
    decided_at: datetime
    disposals: tuple[Disposal, ...] = ()
    authority: str | None = None
    duplicate_of: UUID | None = None
    supersedes: UUID | None = None


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A manager's approval of the decision that stands."""

    approved_by: str
    role: str
    approved_at: datetime


class Concern(msgspec.Struct, frozen=True, omit_defaults=True, tag="concern"):
    """A concern with its team. Of its decisions each superseded the one before; the last stands."""

    adult_id: UUID
    received_at: datetime
    team: str
    emergency_duty: bool = False
    decisions: tuple[Decided, ...] = ()
    approval: Approval | None = None

    @property
    def standing(self) -> Decided | None:
        """The decision that stands, approved or not yet."""
        return self.decisions[-1] if self.decisions else None

    def decision(self, decision_id: UUID) -> Decided | None:
        """A decision that was accepted on this concern, standing or superseded."""
        return next((decided for decided in self.decisions if decided.decision_id == decision_id), None)


class Adult(msgspec.Struct, frozen=True, omit_defaults=True, tag="adult"):
    """What a practitioner who opens a concern should see of the adult's repeat reviews (design section 2).

    `open_reviews` are under way; `ended_reviews` are done or withdrawn, remembered so that an opening told
    late opens nothing. The safety planning is that of the review done last.
    """

    open_reviews: tuple[UUID, ...] = ()
    ended_reviews: tuple[UUID, ...] = ()
    safety_planning: str | None = None
    reviewed_at: datetime | None = None


Case = Concern | Adult


def concern_in(cases: Mapping[UUID, Case], concern_id: UUID) -> Concern | None:
    """The concern, if it has been received."""
    case = cases.get(concern_id)
    return case if isinstance(case, Concern) else None


def adult_in(cases: Mapping[UUID, Case], adult_id: UUID) -> Adult:
    """What is noticed of an adult: nothing, when no review has been heard of."""
    case = cases.get(adult_id)
    return case if isinstance(case, Adult) else Adult()


def decided(event: TriageDecided) -> Decided:
    """A decision as it is remembered."""
    limbs = event.limbs
    return Decided(
        decision_id=event.decision_id,
        decision=event.decision,
        limbs=(
            _kept(limbs.needs_care_and_support),
            _kept(limbs.abuse_or_neglect),
            _kept(limbs.unable_to_protect),
        ),
        decided_by=event.decided_by,
        decided_at=event.decided_at.astimezone(UTC),
        disposals=event.disposals,
        authority=event.authority,
        duplicate_of=event.duplicate_of,
        supersedes=event.supersedes,
    )


def limbs_of(kept: Decided) -> Limbs:
    """The three limbs as they are told to readers."""
    needs, abuse, unable = (Limb(answer=answer, reasons=reasons) for answer, reasons in kept.limbs)
    return Limbs(needs_care_and_support=needs, abuse_or_neglect=abuse, unable_to_protect=unable)


def _kept(limb: Limb) -> AnsweredLimb:
    return limb.answer, limb.reasons
