"""The course of an enquiry: who leads it, who else was asked to make enquiries, what it waits for, where it went."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.doors.answers import Answer
from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.kernel.fields import Code, Day, Instant, Reference


class LeadOfficerAssigned(EnquiryRecord):
    """The enquiry has a lead enquiry officer in a team; a later assignment takes the place of an earlier one."""

    type: ClassVar[str] = "safeguarding.enquiry.lead-officer-assigned.v1"
    sentence: ClassVar[str] = "{assigned_by} assigns enquiry {enquiry_id} to {officer} of {team}"

    officer: Code
    team: Code
    assigned_by: Code
    assigned_at: Instant


class EnquiringBody(StrEnum):
    """Who can be caused to make enquiries (domain 1.8)."""

    HOSPITAL = "hospital"
    HEALTH_PROFESSIONAL = "health_professional"
    MENTAL_HEALTH_TRUST = "mental_health_trust"
    CARE_HOME = "care_home"
    HOME_CARE = "home_care"
    OTHER_COMMISSIONED = "other_commissioned"
    HOUSING = "housing"
    COUNCIL_SERVICE = "council_service"
    VOLUNTARY = "voluntary"
    POLICE = "police"
    AMBULANCE = "ambulance"
    FIRE = "fire"
    OTHER = "other"


class EnquiryCaused(EnquiryRecord):
    """The council causes another body to make enquiries (section 42(2)); it keeps the responsibility.

    A body under suspicion enquires into itself only where somebody decided so and is named.
    """

    type: ClassVar[str] = "safeguarding.enquiry.caused.v1"
    sentence: ClassVar[str] = "{caused_by} causes a {body} to make enquiries for enquiry {enquiry_id}, due on {due_on}"

    cause_id: UUID
    body: EnquiringBody
    organisation: Code | None = None
    scope: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    due_on: Day
    under_suspicion: Answer = Answer.NOT_KNOWN
    conflict_decided_by: Code | None = None
    caused_by: Code
    caused_at: Instant


class CausedEnquiryChased(EnquiryRecord):
    """The council chases what it asked for, and may set another day."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-chased.v1"
    sentence: ClassVar[str] = "{chased_by} chases what was caused elsewhere for enquiry {enquiry_id}"

    cause_id: UUID
    due_on: Day | None = None
    chased_by: Code
    chased_at: Instant


class CausedEnquiryReturned(EnquiryRecord):
    """The other body has answered; what does not satisfy the council goes back with a reason and another day."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-returned.v1"
    sentence: ClassVar[str] = (
        "{recorded_by} records an answer from elsewhere for enquiry {enquiry_id}, satisfactory: {satisfactory}"
    )

    cause_id: UUID
    satisfactory: bool
    reason: Code | None = None
    due_on: Day | None = None
    recorded_by: Code
    returned_at: Instant


class EnquirySuspended(EnquiryRecord):
    """Work on the enquiry waits for something; its age goes on, its stage targets do not."""

    type: ClassVar[str] = "safeguarding.enquiry.suspended.v1"
    sentence: ClassVar[str] = "{suspended_by} suspends work on enquiry {enquiry_id}: {reason}"

    suspension_id: UUID
    reason: Code
    suspended_by: Code
    suspended_at: Instant


class EnquiryResumed(EnquiryRecord):
    """Work on the enquiry goes on."""

    type: ClassVar[str] = "safeguarding.enquiry.resumed.v1"
    sentence: ClassVar[str] = "{resumed_by} resumes work on enquiry {enquiry_id}"

    suspension_id: UUID
    resumed_by: Code
    resumed_at: Instant


class ReferredTo(StrEnum):
    """Where else a matter goes from an enquiry."""

    SAFEGUARDING_ADULTS_REVIEW = "safeguarding_adults_review"
    RISK_ENABLEMENT_PANEL = "risk_enablement_panel"
    CHILDRENS_SERVICES = "childrens_services"
    POLICE = "police"


class ReferralMade(EnquiryRecord):
    """The matter is referred elsewhere. Where the police enquire, their enquiry goes first."""

    type: ClassVar[str] = "safeguarding.enquiry.referral-made.v1"
    sentence: ClassVar[str] = "{referred_by} refers the matter of enquiry {enquiry_id} to {to}"

    referral_id: UUID
    to: ReferredTo
    goes_first: bool = False
    reference: Reference | None = None
    referred_by: Code
    referred_at: Instant


class ReferralAnswer(StrEnum):
    """What became of a referral."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"


class ReferralAnswered(EnquiryRecord):
    """Whom the matter was referred to says whether it is taken up, or that it is over."""

    type: ClassVar[str] = "safeguarding.enquiry.referral-answered.v1"
    sentence: ClassVar[str] = "{recorded_by} records the answer to a referral from enquiry {enquiry_id}: {answer}"

    referral_id: UUID
    answer: ReferralAnswer
    recorded_by: Code
    answered_at: Instant


class DeathRecorded(EnquiryRecord):
    """The adult has died. That ends no enquiry; whether a Safeguarding Adults Review is considered is recorded."""

    type: ClassVar[str] = "safeguarding.enquiry.death-recorded.v1"
    sentence: ClassVar[str] = "{recorded_by} records that the adult of enquiry {enquiry_id} has died"

    died_on: Day
    age_at_death: Annotated[int, Field(ge=18, le=130)] | None = None
    review_considered: Answer
    recorded_by: Code
    recorded_at: Instant
