"""What was recorded about an enquiry, accepted: each with the record itself, its adult and its concern."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import (
    AdvocacyRecorded,
    CapacityAssessed,
    CausedEnquiryChased,
    CausedEnquiryReturned,
    ClosureProposed,
    ClosureReturned,
    DeathRecorded,
    EnquiryCaused,
    EnquiryResumed,
    EnquirySuspended,
    LeadOfficerAssigned,
    LeadOfficerReported,
    PlanActionEnded,
    PlanApproved,
    PlanMade,
    PlanningHeld,
    ReferralAnswered,
    ReferralMade,
    RiskAssessed,
    RiskOutcomeRecorded,
)
from shared.contracts.enquiry.lifecycle import EnquiryFact
from shared.kernel.fields import Code, Instant


class EnquiryAssigned(EnquiryFact):
    """The enquiry has a lead enquiry officer in a team."""

    type: ClassVar[str] = "safeguarding.enquiry.assigned.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is with {officer} of {team}"

    record: LeadOfficerAssigned


class EnquiryCausedElsewhere(EnquiryFact):
    """Another body was caused to make enquiries; the council keeps the responsibility."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-elsewhere.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: a {body} is caused to make enquiries, due on {due_on}"

    record: EnquiryCaused


class CausedChased(EnquiryFact):
    """What another body was asked for was chased."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-chase-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: what was caused elsewhere is chased by {chased_by}"

    record: CausedEnquiryChased


class CausedReturned(EnquiryFact):
    """Another body has answered, to the council's satisfaction or not."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-return-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: an answer came from elsewhere, satisfactory: {satisfactory}"

    record: CausedEnquiryReturned


class SuspensionNoted(EnquiryFact):
    """Work on the enquiry waits; its age goes on."""

    type: ClassVar[str] = "safeguarding.enquiry.suspension-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is suspended: {reason}"

    record: EnquirySuspended


class ResumptionNoted(EnquiryFact):
    """Work on the enquiry goes on."""

    type: ClassVar[str] = "safeguarding.enquiry.resumption-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is resumed by {resumed_by}"

    record: EnquiryResumed


class ReferralNoted(EnquiryFact):
    """The matter was referred elsewhere."""

    type: ClassVar[str] = "safeguarding.enquiry.referral-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: the matter is referred to {to}, which goes first: {goes_first}"

    record: ReferralMade


class ReferralAnswerNoted(EnquiryFact):
    """Whom the matter was referred to has answered."""

    type: ClassVar[str] = "safeguarding.enquiry.referral-answer-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: a referral is answered: {answer}"

    record: ReferralAnswered


class DeathNoted(EnquiryFact):
    """The adult of the enquiry has died; the enquiry goes on."""

    type: ClassVar[str] = "safeguarding.enquiry.death-noted.v1"
    sentence: ClassVar[str] = (
        "enquiry {enquiry_id}: the adult has died; a Safeguarding Adults Review is considered: {review_considered}"
    )

    record: DeathRecorded


class PlanningNoted(EnquiryFact):
    """The enquiry was planned with those concerned (form_sg3)."""

    type: ClassVar[str] = "safeguarding.enquiry.planning-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} was planned with those concerned"

    record: PlanningHeld


class PlanNoted(EnquiryFact):
    """A safeguarding plan was made (form_sg2), and awaits approval."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} has a safeguarding plan that awaits approval"

    record: PlanMade


class PlanApprovalNoted(EnquiryFact):
    """A safeguarding plan was approved by somebody other than its author."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-approval-noted.v1"
    sentence: ClassVar[str] = "a safeguarding plan of enquiry {enquiry_id} is approved"

    record: PlanApproved
    policy: Code | None = None


class PlanActionNoted(EnquiryFact):
    """An action of the plan is done, or no longer needed."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-action-noted.v1"
    sentence: ClassVar[str] = "an action of a safeguarding plan of enquiry {enquiry_id} has ended"

    record: PlanActionEnded


class CapacityNoted(EnquiryFact):
    """Whether the adult can make one decision at one time was assessed."""

    type: ClassVar[str] = "safeguarding.enquiry.capacity-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: the capacity of adult {adult_id} to make one decision was assessed"

    record: CapacityAssessed


class AdvocacyNoted(EnquiryFact):
    """Who supports the adult in the enquiry was recorded."""

    type: ClassVar[str] = "safeguarding.enquiry.advocacy-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: who supports adult {adult_id} was recorded"

    record: AdvocacyRecorded


class RiskNoted(EnquiryFact):
    """What the enquiry found of risk was recorded."""

    type: ClassVar[str] = "safeguarding.enquiry.risk-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: what was found of risk was recorded"

    record: RiskAssessed


class RiskOutcomeNoted(EnquiryFact):
    """What became of the risk was recorded."""

    type: ClassVar[str] = "safeguarding.enquiry.risk-outcome-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: what became of the risk was recorded"

    record: RiskOutcomeRecorded


class ReportNoted(EnquiryFact):
    """The lead enquiry officer has reported (form_sg4)."""

    type: ClassVar[str] = "safeguarding.enquiry.report-noted.v1"
    sentence: ClassVar[str] = "the lead enquiry officer has reported on enquiry {enquiry_id}"

    record: LeadOfficerReported


class ClosureProposalNoted(EnquiryFact):
    """Closing the enquiry was proposed, and awaits a manager's approval."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-proposal-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: {proposed_by} proposes to close it: {reason}"

    record: ClosureProposed


class ClosureReturnNoted(EnquiryFact):
    """A manager has returned a proposal to close: the enquiry goes on."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-return-noted.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: {returned_by} returns the proposal to close it: {reason}"

    record: ClosureReturned


class CausedOverdue(EnquiryFact):
    """What another body was asked for had not come by its day; the council has to chase it."""

    type: ClassVar[str] = "safeguarding.enquiry.caused-overdue.v1"
    subject_field: ClassVar[str] = "cause_id"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: what was caused elsewhere ({cause_id}) is overdue since {due_at}"

    cause_id: UUID
    due_at: Instant
