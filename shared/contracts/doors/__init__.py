"""What others write to us: reports of concerns, and what people decided about concerns, enquiries and reviews.

Every door is keyed by the thing decided, because outsiders do not know our adult ids. What a door cannot
accept is answered with its reasons; it never blocks what comes behind it.
"""

# fmt: off
# ruff: noqa: I001
from shared.contracts.doors.answers import (Answer)
from shared.contracts.doors.audit_reviews import (DriftReviewed, RepeatReviewed)
from shared.contracts.doors.clock import (ClockTicked)
from shared.contracts.doors.closure import (ClosureApproved, ClosureProposed, ClosureReturned, ReopeningDecided)
from shared.contracts.doors.enquiry_course import (CausedEnquiryChased, CausedEnquiryReturned, DeathRecorded,
    EnquiringBody, EnquiryCaused, EnquiryResumed, EnquirySuspended, LeadOfficerAssigned, ReferralAnswer,
    ReferralAnswered, ReferralMade, ReferredTo)
from shared.contracts.doors.enquiry_findings import (AdvocacyRecorded, Capacity, CapacityAssessed, Difficulty,
    LeadOfficerReported, PlanAction, PlanActionEnded, PlanApproved, PlanMade, PlanningHeld, RiskAssessed,
    RiskAssessment, RiskOutcome, RiskOutcomeRecorded, Support, TakeUp)
from shared.contracts.doors.enquiry_record import (EnquiryRecord)
from shared.contracts.doors.identities import (concern_id_of, enquiry_id_of, other_enquiry_id_of)
from shared.contracts.doors.intake_decisions import (AdultsFoundDifferent, AdultsFoundOne, DuplicateFound,
    DuplicateTakenBack, IntakeDecision, WithdrawalDecided, WithdrawalTakenBack)
from shared.contracts.doors.personal_outcomes import (Achievement, AskedOf, DesiredOutcome, Moment, MspAnswer,
    OutcomeAchieved, OutcomesAsked, OutcomesAssessed)
from shared.contracts.doors.reports import (Adult, Authorities, Basis, Channel, ConcernReported, Ethnicity, Gender,
    Place, Referrer, Source, SupportReason)
from shared.contracts.doors.risks import (AbuseType, AllegedRisk, AllegedSource, IdentifiedRisk, Location, Provider,
    SourceOfRisk)
from shared.contracts.doors.triage_decisions import (AdultTold, AdultView, AuthorityAnswered, Consents, Disposal,
    FeedbackGiven, Limb, Limbs, OnConcern, Override, OverrideGround, RerouteDecided, ScreeningRecorded,
    SharingConsent, TriageApproved, TriageDecided, TriageDecision)

__all__ = [
    "AbuseType", "Achievement", "Adult", "AdultTold", "AdultView", "AdultsFoundDifferent", "AdultsFoundOne",
    "AdvocacyRecorded", "AllegedRisk", "AllegedSource", "Answer", "AskedOf", "Authorities", "AuthorityAnswered",
    "Basis", "Capacity", "CapacityAssessed", "CausedEnquiryChased", "CausedEnquiryReturned", "Channel",
    "ClockTicked", "ClosureApproved", "ClosureProposed", "ClosureReturned", "ConcernReported", "Consents",
    "DeathRecorded", "DesiredOutcome", "Difficulty", "Disposal", "DriftReviewed", "DuplicateFound",
    "DuplicateTakenBack", "EnquiringBody", "EnquiryCaused", "EnquiryRecord", "EnquiryResumed", "EnquirySuspended",
    "Ethnicity", "FeedbackGiven", "Gender", "IdentifiedRisk", "IntakeDecision", "LeadOfficerAssigned",
    "LeadOfficerReported", "Limb", "Limbs", "Location", "Moment", "MspAnswer", "OnConcern", "OutcomeAchieved",
    "OutcomesAsked", "OutcomesAssessed", "Override", "OverrideGround", "Place", "PlanAction", "PlanActionEnded",
    "PlanApproved", "PlanMade", "PlanningHeld", "Provider", "ReferralAnswer", "ReferralAnswered", "ReferralMade",
    "ReferredTo", "Referrer", "ReopeningDecided", "RepeatReviewed", "RerouteDecided", "RiskAssessed",
    "RiskAssessment", "RiskOutcome", "RiskOutcomeRecorded", "ScreeningRecorded", "SharingConsent", "Source",
    "SourceOfRisk", "Support", "SupportReason", "TakeUp", "TriageApproved", "TriageDecided", "TriageDecision",
    "WithdrawalDecided", "WithdrawalTakenBack", "concern_id_of", "enquiry_id_of", "other_enquiry_id_of",
]
# fmt: on
