"""What enquiry states: enquiries from opening to conclusion, what was recorded of them, and what the adult wanted."""

# fmt: off
# ruff: noqa: I001
from shared.contracts.enquiry.lifecycle import (EnquiryConcluded, EnquiryFact, EnquiryKind, EnquiryOpened,
    EnquiryRecordRefused, EnquiryRecordUnreadable, EnquiryReopened, EnquiryWithdrawn, WorkWithoutEnquiry)
from shared.contracts.enquiry.outcomes import (MspAchieved, MspAsked)
from shared.contracts.enquiry.records import (AdvocacyNoted, CapacityNoted, CausedChased, CausedOverdue,
    CausedReturned, ClosureProposalNoted, ClosureReturnNoted, DeathNoted, EnquiryAssigned, EnquiryCausedElsewhere,
    PlanActionNoted, PlanApprovalNoted, PlanNoted, PlanningNoted, ReferralAnswerNoted, ReferralNoted, ReportNoted,
    ResumptionNoted, RiskNoted, RiskOutcomeNoted, SuspensionNoted)

__all__ = [
    "AdvocacyNoted", "CapacityNoted", "CausedChased", "CausedOverdue", "CausedReturned", "ClosureProposalNoted",
    "ClosureReturnNoted", "DeathNoted", "EnquiryAssigned", "EnquiryCausedElsewhere", "EnquiryConcluded",
    "EnquiryFact", "EnquiryKind", "EnquiryOpened", "EnquiryRecordRefused", "EnquiryRecordUnreadable",
    "EnquiryReopened", "EnquiryWithdrawn", "MspAchieved", "MspAsked", "PlanActionNoted", "PlanApprovalNoted",
    "PlanNoted", "PlanningNoted",
    "ReferralAnswerNoted", "ReferralNoted", "ReportNoted", "ResumptionNoted", "RiskNoted", "RiskOutcomeNoted",
    "SuspensionNoted", "WorkWithoutEnquiry",
]
# fmt: on
