"""What others write to us: reports of concerns, and what people decided about concerns, enquiries and reviews.

Every door is keyed by the thing decided, because outsiders do not know our adult ids. What a door cannot
accept is answered with its reasons; it never blocks what comes behind it.
"""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.kernel.event import Event, Value
from shared.kernel.fields import Code, Day, Instant, PersonalDay, PersonalName, PersonalText, Reference
from shared.kernel.identity import derived


class Answer(StrEnum):
    """A question's answer; not knowing is an answer, and differs from never having been asked."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


class Source(StrEnum):
    """What kind of person or body told the council (seed 003:3657-3661 for those that decide the route)."""

    ADULT = "adult"
    FAMILY_OR_FRIEND = "family_or_friend"
    MEMBER_OF_PUBLIC = "member_of_public"
    AMBULANCE = "ambulance"
    POLICE = "police"
    FIRE = "fire"
    HOSPITAL_STAFF = "hospital_staff"
    MENTAL_HEALTH_STAFF = "mental_health_staff"
    PRIMARY_CARE = "primary_care"
    COMMUNITY_HEALTH = "community_health"
    CARE_HOME = "care_home"
    HOME_CARE = "home_care"
    HOUSING = "housing"
    VOLUNTARY = "voluntary"
    COUNCIL_STAFF = "council_staff"
    OTHER = "other"
    NOT_KNOWN = "not_known"


class Channel(StrEnum):
    """The way a concern came in (seed 003:3657)."""

    ADULT_SOCIAL_CARE_DIRECT = "adult_social_care_direct"
    CUSTOMER_SERVICE = "customer_service"
    HOSPITAL_TEAM = "hospital_team"
    PRACTITIONER = "practitioner"
    SYSTEM = "system"


class Basis(StrEnum):
    """How safeguarding shows in a contact; all three are fast-tracked (seed 003:3457)."""

    STATED = "stated"
    INDICATED = "indicated"
    IMPLIED = "implied"


class AbuseType(StrEnum):
    """The kinds of abuse and neglect of the Care Act statutory guidance and the national return (domain 2.2)."""

    PHYSICAL = "physical"
    SEXUAL = "sexual"
    PSYCHOLOGICAL = "psychological"
    FINANCIAL = "financial"
    DISCRIMINATORY = "discriminatory"
    ORGANISATIONAL = "organisational"
    NEGLECT = "neglect"
    DOMESTIC = "domestic"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    MODERN_SLAVERY = "modern_slavery"
    SELF_NEGLECT = "self_neglect"


class Adult(Value):
    """What the referrer knows of the adult at risk: perhaps only "the man in room 4"."""

    person_reference: PersonalName | None = None
    nhs_number: PersonalName | None = None
    name: PersonalName | None = None
    birth_date: PersonalDay | None = None
    address: PersonalName | None = None
    description: PersonalText | None = None


class Place(Value):
    """The home, ward or other place a concern is about, when it is about one."""

    name: PersonalName | None = None
    address: PersonalName | None = None


class Referrer(Value):
    """Who told the council; a report without one is anonymous, and as good."""

    name: PersonalName | None = None
    organisation: PersonalName | None = None
    contact: PersonalName | None = None


def concern_id_of(sender: str, reference: str) -> UUID:
    """The concern's id: derived from the sender and its reference, so a resend is the same concern."""
    return derived("concern", sender, reference)


def enquiry_id_of(concern_id: UUID) -> UUID:
    """The id of the Section 42 enquiry a concern converts to: one adult, one enquiry for a concern."""
    return derived("enquiry", str(concern_id))


class ConcernReported(Event):
    """Somebody tells the council that an adult may be at risk of abuse or neglect.

    Only the sender and its reference are required: a concern may be partial, anonymous and without consent
    (design section 4, rule 2). What cannot be accepted is one that describes no person and no place, or a
    person known to be under 18.
    """

    type: ClassVar[str] = "safeguarding.concern.reported.v1"
    topic: ClassVar[str] = "concern-reports"
    key_field: ClassVar[str] = "door_key"
    subject_field: ClassVar[str] = "concern_id"

    sender: Code
    reference: Reference
    source: Source = Source.NOT_KNOWN
    channel: Channel = Channel.SYSTEM
    basis: Basis = Basis.STATED
    urgent: bool = False
    known_to_mental_health_team: Answer = Answer.NOT_KNOWN
    practitioner_team: Code | None = None
    adult: Adult | None = None
    place: Place | None = None
    referrer: Referrer | None = None
    happened_on: Day | None = None
    abuse_types: Annotated[tuple[AbuseType, ...], Field(max_length=11)] = ()
    narrative: PersonalText | None = None

    @cached_property
    def concern_id(self) -> UUID:
        """The id this concern has, or will have."""
        return concern_id_of(self.sender, self.reference)

    @property
    def door_key(self) -> str:
        """Sender and reference together: what a report is keyed by."""
        return f"{self.sender}/{self.reference}"


class DuplicateFound(Event):
    """A person finds that a concern reports the same incident, about the same adult, as another."""

    type: ClassVar[str] = "safeguarding.concern.duplicate-found.v1"
    topic: ClassVar[str] = "intake-decisions"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    duplicate_of: UUID
    decided_by: Code
    decided_at: Instant


class Limb(Value):
    """One limb of section 42(1), answered with the codes of its reasons."""

    answer: Answer
    reasons: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]


class Limbs(Value):
    """The three limbs of section 42(1) of the Care Act 2014; all three must hold for the duty to arise."""

    needs_care_and_support: Limb
    abuse_or_neglect: Limb
    unable_to_protect: Limb


class TriageDecision(StrEnum):
    """The five decisions triage can reach."""

    S42_MET = "s42_met"
    OTHER_ENQUIRY = "other_enquiry"
    NOT_MET = "not_met"
    SENT_TO_OTHER_AUTHORITY = "sent_to_other_authority"
    DUPLICATE = "duplicate"


class Disposal(StrEnum):
    """What happens instead of an enquiry; no action stands alone."""

    NO_ACTION = "no_action"
    ADVICE_AND_GUIDANCE = "advice_and_guidance"
    CARE_ACT_ASSESSMENT = "care_act_assessment"
    EXISTING_CASE_MANAGEMENT = "existing_case_management"
    REVIEW = "review"
    OTHER_COUNCIL_SERVICE = "other_council_service"
    SIGNPOSTED = "signposted"
    OTHER = "other"


class TriageDecided(Event):
    """A practitioner's decision on a concern against section 42(1); it needs a manager's approval.

    `decision_id` is the deciding system's own id for the decision; a later decision names the one it supersedes.
    """

    type: ClassVar[str] = "safeguarding.triage.decided.v1"
    topic: ClassVar[str] = "triage-decisions"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    decision_id: UUID
    decision: TriageDecision
    limbs: Limbs
    disposals: Annotated[tuple[Disposal, ...], Field(max_length=8)] = ()
    authority: Code | None = None
    duplicate_of: UUID | None = None
    supersedes: UUID | None = None
    decided_by: Code
    decided_at: Instant


class TriageApproved(Event):
    """A manager, who is not the decider, approves a triage decision."""

    type: ClassVar[str] = "safeguarding.triage.approved.v1"
    topic: ClassVar[str] = "triage-decisions"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    decision_id: UUID
    approved_by: Code
    role: Code
    approved_at: Instant


class AskedOf(StrEnum):
    """Whose word the desired outcomes are."""

    ADULT = "adult"
    ADVOCATE = "advocate"
    REPRESENTATIVE = "representative"


class MspAnswer(StrEnum):
    """Whether the adult was asked what they want (the national return's SG4a, kept apart from "not recorded")."""

    EXPRESSED = "expressed"
    NONE_EXPRESSED = "none_expressed"
    NOT_ASKED = "not_asked"
    DONT_KNOW = "dont_know"


class DesiredOutcome(Value):
    """What the adult wants, in their own words, under an id of the recording system."""

    outcome_id: Code
    words: PersonalText


class OutcomesAsked(Event):
    """The adult, or who speaks for them, was asked what they want from the enquiry; or why they were not."""

    type: ClassVar[str] = "safeguarding.enquiry.outcomes-asked.v1"
    topic: ClassVar[str] = "enquiry-records"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    answer: MspAnswer
    asked_of: AskedOf | None = None
    reason_not_asked: Code | None = None
    outcomes: Annotated[tuple[DesiredOutcome, ...], Field(max_length=50)] = ()
    asked_at: Instant
    recorded_by: Code


class Achievement(StrEnum):
    """How far a desired outcome was achieved."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"


class OutcomeAchieved(Value):
    """How far one desired outcome was achieved."""

    outcome_id: Code
    achieved: Achievement


class OutcomesAssessed(Event):
    """At the end, of whom it was asked how far each desired outcome was achieved."""

    type: ClassVar[str] = "safeguarding.enquiry.outcomes-assessed.v1"
    topic: ClassVar[str] = "enquiry-records"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    achieved: Annotated[tuple[OutcomeAchieved, ...], Field(min_length=1, max_length=50)]
    asked_of: AskedOf
    assessed_at: Instant
    recorded_by: Code


class ClosureProposed(Event):
    """The lead enquiry officer proposes to close the enquiry; a later proposal names the one it supersedes."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-proposed.v1"
    topic: ClassVar[str] = "enquiry-records"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    closure_id: UUID
    reason: Code
    supersedes: UUID | None = None
    proposed_by: Code
    proposed_at: Instant


class ClosureApproved(Event):
    """A manager, who is not the proposer, approves the closure (seed 003:2943)."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-approved.v1"
    topic: ClassVar[str] = "enquiry-records"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    closure_id: UUID
    approved_by: Code
    role: Code
    approved_at: Instant


class RepeatReviewed(Event):
    """The review of an adult's repeat concerns is done; its purpose is safety planning (seed 003:3695)."""

    type: ClassVar[str] = "safeguarding.audit.repeat-reviewed.v1"
    topic: ClassVar[str] = "audit-reviews"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "review_id"

    adult_id: UUID
    review_id: UUID
    safety_planning: Code
    reviewed_by: Code
    reviewed_at: Instant


class DriftReviewed(Event):
    """The Safeguarding Adults Coordinator has looked at something open for over six months (seed 003:3464-3466)."""

    type: ClassVar[str] = "safeguarding.audit.drift-reviewed.v1"
    topic: ClassVar[str] = "audit-reviews"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "open_id"

    adult_id: UUID
    open_id: UUID
    legitimate: bool
    reason_open: Code
    themes: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    next_look: Day
    reviewed_by: Code
    reviewed_at: Instant


class ClockTicked(Event):
    """A driven clock has moved: every input up to `now` has been posted and applied. Never written in production."""

    type: ClassVar[str] = "safeguarding.clock.ticked.v1"
    topic: ClassVar[str] = "clock"
    key_field: ClassVar[str] = "step"
    subject_field: ClassVar[str] = "step"

    step: Annotated[int, Field(ge=0)]
    now: Instant
