"""What triage states: where a concern went, what was decided on it, and conversions to Section 42 enquiries."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import AdultView, Answer, Consents, Disposal, Limbs, Override, TriageDecision
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant, Reference


class ConcernFact(Event):
    """What triage states about one concern."""

    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    adult_id: UUID


class ConcernRouted(ConcernFact):
    """The concern is with a team, by the first rule that fits, under a version of the local policy."""

    type: ClassVar[str] = "safeguarding.concern.routed.v1"
    sentence: ClassVar[str] = "concern {concern_id} is with {team} by the rule {rule}"

    team: Code
    rule: Code
    fast_track: bool
    out_of_hours: bool
    emergency_duty: bool
    policy: Code


class ConcernTriaged(ConcernFact):
    """A decision on a concern stands: a practitioner decided, and a manager approved.

    `supersedes` names the decision that stood approved until now, where this one corrects it. `team` had the concern
    when it was decided; `policy` is the version of the local policy it was decided under.
    """

    type: ClassVar[str] = "safeguarding.concern.triaged.v1"
    sentence: ClassVar[str] = "concern {concern_id} is decided: {decision} ({decided_by}, approved by {approved_by})"

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
    supersedes: UUID | None = None
    adult_view: AdultView | None = None
    consents: Consents | None = None
    override: Override | None = None
    large_scale: UUID | None = None
    lead_authority: Code | None = None
    team: Code | None = None
    policy: Code | None = None


class ConcernScreened(ConcernFact):
    """Somebody has looked at the concern for the first time.

    `emergency_duty` says that what they found is urgent and the office was closed: the emergency duty team has it.
    """

    type: ClassVar[str] = "safeguarding.concern.screened.v1"
    sentence: ClassVar[str] = (
        "concern {concern_id} was looked at by {screened_by}: urgent {urgent}, with the emergency duty team"
        " {emergency_duty}"
    )

    urgent: bool
    safe_now: Answer
    risk_level: Code | None = None
    emergency_duty: bool
    screened_by: Code
    screened_at: Instant
    policy: Code


class ConcernRerouted(ConcernFact):
    """The concern was handed from one team to another."""

    type: ClassVar[str] = "safeguarding.concern.rerouted.v1"
    sentence: ClassVar[str] = "concern {concern_id} was handed from {from_team} to {team}: {reason}"

    from_team: Code
    team: Code
    reason: Code
    decided_by: Code
    decided_at: Instant


class ConcernSent(ConcernFact):
    """The concern is sent to another authority, which has yet to say that it takes it."""

    type: ClassVar[str] = "safeguarding.concern.sent-to-authority.v1"
    sentence: ClassVar[str] = "concern {concern_id} is sent to {authority}, which has yet to answer"

    decision_id: UUID
    authority: Code
    sent_at: Instant


class AuthorityAnswerNoted(ConcernFact):
    """The other authority has said whether it takes the concern; one it declines needs another decision here."""

    type: ClassVar[str] = "safeguarding.concern.authority-answered.v1"
    sentence: ClassVar[str] = "{authority} has answered on concern {concern_id}: taken {accepted}"

    decision_id: UUID
    authority: Code
    accepted: bool
    reference: Reference | None = None
    answered_at: Instant


class ReferrerTold(ConcernFact):
    """The referrer was told what became of the concern; or why they were not."""

    type: ClassVar[str] = "safeguarding.concern.referrer-told.v1"
    sentence: ClassVar[str] = "the referrer of concern {concern_id} was told what became of it: {told}"

    told: bool
    reason_not_told: Code | None = None
    given_by: Code
    given_at: Instant


class ConcernConverted(Event):
    """The three tests of section 42(1) are met: the duty to make enquiries starts when the decider decided."""

    type: ClassVar[str] = "safeguarding.concern.converted.v1"
    topic: ClassVar[str] = "section-42-conversions"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = (
        "concern {concern_id} converts to Section 42 enquiry {enquiry_id}, started at {decided_at}"
    )

    concern_id: UUID
    adult_id: UUID
    enquiry_id: UUID
    decided_at: Instant
    decision_id: UUID | None = None
    large_scale: UUID | None = None


class OtherEnquiryStarted(Event):
    """Not all three tests are met, and the council enquires all the same: an other safeguarding enquiry starts.

    It travels with the conversions because it starts an enquiry as they do; it never counts as one of section 42.
    """

    type: ClassVar[str] = "safeguarding.concern.other-enquiry-started.v1"
    topic: ClassVar[str] = "section-42-conversions"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = (
        "concern {concern_id} leads to other safeguarding enquiry {enquiry_id}, started at {decided_at}"
    )

    concern_id: UUID
    adult_id: UUID
    enquiry_id: UUID
    decided_at: Instant
    decision_id: UUID
    large_scale: UUID | None = None


class ConversionTakenBack(Event):
    """A corrected decision no longer starts this enquiry: it is withdrawn, and counts as never started."""

    type: ClassVar[str] = "safeguarding.concern.conversion-taken-back.v1"
    topic: ClassVar[str] = "section-42-conversions"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"
    sentence: ClassVar[str] = "enquiry {enquiry_id} of concern {concern_id} is taken back by decision {decision_id}"

    concern_id: UUID
    adult_id: UUID
    enquiry_id: UUID
    decision_id: UUID
    decided_at: Instant


class DecisionRefused(Refusal):
    """A triage decision or approval is not accepted."""

    type: ClassVar[str] = "safeguarding.triage.decision-refused.v1"
    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"


class DecisionUnreadable(PlaceRefusal):
    """A record among the triage decisions says not even which event it is."""

    type: ClassVar[str] = "safeguarding.triage.decision-unreadable.v1"
    topic: ClassVar[str] = "triage"
    key_field: ClassVar[str] = "place"
    subject_field: ClassVar[str] = "place"
