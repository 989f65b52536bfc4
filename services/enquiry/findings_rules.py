"""Which rule each record of what an enquiry found and planned is held to."""

from collections.abc import Callable, Mapping

from services.enquiry.advocacy import record_support
from services.enquiry.capacity import assess_capacity
from services.enquiry.cases import Case
from services.enquiry.personal_outcomes import ask, assess
from services.enquiry.plan_actions import end_action
from services.enquiry.planning import plan_together
from services.enquiry.plans import approve_plan, make_plan
from services.enquiry.report import take_report
from services.enquiry.risk import assess_risk, record_outcome
from shared.contracts.doors import (
    AdvocacyRecorded,
    CapacityAssessed,
    EnquiryRecord,
    LeadOfficerReported,
    OutcomesAsked,
    OutcomesAssessed,
    PlanActionEnded,
    PlanApproved,
    PlanMade,
    PlanningHeld,
    RiskAssessed,
    RiskOutcomeRecorded,
)
from shared.kernel.decision import Decision, Refused, Wait

Handler = Callable[..., Decision[Case] | Wait | Refused]
"""(the enquiry, if it is known; the record; its metadata; the policy) -> what is decided."""

RULES: Mapping[type[EnquiryRecord], Handler] = {
    OutcomesAsked: ask,
    OutcomesAssessed: assess,
    PlanningHeld: plan_together,
    PlanMade: make_plan,
    PlanApproved: approve_plan,
    PlanActionEnded: end_action,
    CapacityAssessed: assess_capacity,
    AdvocacyRecorded: record_support,
    RiskAssessed: assess_risk,
    RiskOutcomeRecorded: record_outcome,
    LeadOfficerReported: take_report,
}
