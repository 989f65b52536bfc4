"""What people decide on a concern against section 42(1) of the Care Act 2014, and what they do about it."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.doors.answers import Answer
from shared.kernel.event import Event, Value
from shared.kernel.fields import Code, Instant, Reference


class OnConcern(Event):
    """Something a practitioner decides on a concern, or records about it before any enquiry."""

    topic: ClassVar[str] = "triage-decisions"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID


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


class AdultView(StrEnum):
    """What the adult says about going on with this; not having been asked differs from not being able to say."""

    WANTS_ACTION = "wants_action"
    WANTS_NO_ACTION = "wants_no_action"
    UNSURE = "unsure"
    NOT_ABLE_TO_SAY = "not_able_to_say"
    NOT_ASKED = "not_asked"
    NOT_KNOWN = "not_known"


class SharingConsent(StrEnum):
    """Whether the adult agrees that information about them is shared."""

    YES = "yes"
    WITH_LIMITS = "with_limits"
    NO = "no"
    NOT_KNOWN = "not_known"


class Consents(Value):
    """Three consents, which are not one: to the report, to sharing information, to an enquiry (domain 1.6)."""

    to_report: Answer = Answer.NOT_KNOWN
    to_sharing: SharingConsent = SharingConsent.NOT_KNOWN
    to_enquiry: Answer = Answer.NOT_KNOWN


class OverrideGround(StrEnum):
    """Why a council may go on against what the adult wants (domain 1.6)."""

    LACKS_CAPACITY = "lacks_capacity"
    EMERGENCY = "emergency"
    OTHERS_AT_RISK = "others_at_risk"
    SERIOUS_CRIME = "serious_crime"
    POSITION_OF_TRUST = "position_of_trust"
    SERIOUS_HARM = "serious_harm"
    DURESS_OR_COERCION = "duress_or_coercion"
    PUBLIC_INTEREST = "public_interest"


class AdultTold(StrEnum):
    """Whether the adult knows that their refusal was overridden."""

    TOLD = "told"
    UNSAFE_TO_TELL = "unsafe_to_tell"
    NOT_YET = "not_yet"


class Override(Value):
    """The council goes on although the adult does not agree: on what grounds, who decided it, and who told them."""

    grounds: Annotated[tuple[OverrideGround, ...], Field(min_length=1, max_length=8)]
    decided_by: Code
    adult_told: AdultTold


class TriageDecided(OnConcern):
    """A practitioner's decision on a concern against section 42(1); it needs a manager's approval.

    `decision_id` is the deciding system's own id for the decision; a later decision names the one it supersedes.
    `large_scale` is the id of a large-scale enquiry, the same for every adult of it; each has an enquiry of their own.
    """

    type: ClassVar[str] = "safeguarding.triage.decided.v1"
    sentence: ClassVar[str] = "{decided_by} decides concern {concern_id}: {decision}"

    decision_id: UUID
    decision: TriageDecision
    limbs: Limbs
    disposals: Annotated[tuple[Disposal, ...], Field(max_length=8)] = ()
    authority: Code | None = None
    duplicate_of: UUID | None = None
    supersedes: UUID | None = None
    adult_view: AdultView | None = None
    consents: Consents | None = None
    override: Override | None = None
    large_scale: UUID | None = None
    lead_authority: Code | None = None
    decided_by: Code
    decided_at: Instant


class TriageApproved(OnConcern):
    """A manager, who is not the decider, approves a triage decision."""

    type: ClassVar[str] = "safeguarding.triage.approved.v1"
    sentence: ClassVar[str] = "{approved_by} approves the decision on concern {concern_id}"

    decision_id: UUID
    approved_by: Code
    role: Code
    approved_at: Instant


class ScreeningRecorded(OnConcern):
    """Somebody has looked at the concern for the first time: how urgent it is, and whether the adult is safe now."""

    type: ClassVar[str] = "safeguarding.triage.screening-recorded.v1"
    sentence: ClassVar[str] = "{screened_by} has looked at concern {concern_id}: urgent {urgent}, safe now {safe_now}"

    urgent: bool
    safe_now: Answer
    risk_level: Code | None = None
    screened_by: Code
    screened_at: Instant


class RerouteDecided(OnConcern):
    """The concern is handed to another team, with the reason."""

    type: ClassVar[str] = "safeguarding.triage.reroute-decided.v1"
    sentence: ClassVar[str] = "{decided_by} hands concern {concern_id} to {team}: {reason}"

    team: Code
    reason: Code
    decided_by: Code
    decided_at: Instant


class AuthorityAnswered(OnConcern):
    """The authority a concern was sent to says whether it takes it; until then the concern is on nobody's desk."""

    type: ClassVar[str] = "safeguarding.triage.authority-answered.v1"
    sentence: ClassVar[str] = (
        "{recorded_by} records what the other authority says of concern {concern_id}: taken {accepted}"
    )

    decision_id: UUID
    accepted: bool
    reference: Reference | None = None
    recorded_by: Code
    answered_at: Instant


class FeedbackGiven(OnConcern):
    """The referrer was told what became of the concern; or why they were not."""

    type: ClassVar[str] = "safeguarding.triage.feedback-given.v1"
    sentence: ClassVar[str] = "{given_by} records whether the referrer of concern {concern_id} was told: {told}"

    told: bool
    reason_not_told: Code | None = None
    given_by: Code
    given_at: Instant
