"""What triage states: where a concern went, what was decided on it, and conversions to Section 42 enquiries."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import Disposal, Limbs, TriageDecision
from shared.contracts.refusal import Refusal
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class ConcernRouted(Event):
    """The concern is with a team, by the first rule that fits, under a version of the local policy."""

    type: ClassVar[str] = "safeguarding.concern.routed.v1"
    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    adult_id: UUID
    team: Code
    rule: Code
    fast_track: bool
    out_of_hours: bool
    emergency_duty: bool
    policy: Code


class ConcernTriaged(Event):
    """A decision on a concern stands: a practitioner decided, and a manager approved."""

    type: ClassVar[str] = "safeguarding.concern.triaged.v1"
    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    adult_id: UUID
    decision_id: UUID
    decision: TriageDecision
    limbs: Limbs
    disposals: tuple[Disposal, ...] = ()
    authority: Code | None = None
    duplicate_of: UUID | None = None
    decided_by: Code
    decided_at: Instant
    approved_by: Code
    approved_at: Instant


class ConcernConverted(Event):
    """The three tests of section 42(1) are met: the duty to make enquiries starts when the decider decided."""

    type: ClassVar[str] = "safeguarding.concern.converted.v1"
    topic: ClassVar[str] = "section-42-conversions"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    adult_id: UUID
    enquiry_id: UUID
    decided_at: Instant


class DecisionRefused(Refusal):
    """A triage decision or approval is not accepted."""

    type: ClassVar[str] = "safeguarding.triage.decision-refused.v1"
    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"
