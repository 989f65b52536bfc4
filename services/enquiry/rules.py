"""What each record about an enquiry is held to: one row for one record, and no other list of them.

A row names the fact that notes the record, its field that says when it happened, and what becomes of it; then whatever
else is looked at before (`records.Rule`, in the order of its fields). What a row does not name does not matter for it.
"""

from collections.abc import Mapping

from services.enquiry import (
    advocacy,
    capacity,
    caused_enquiries,
    closure,
    closure_returns,
    death,
    lead_officer,
    personal_outcomes,
    plan_actions,
    planning,
    plans,
    referrals,
    reopening,
    report,
    risk,
    suspensions,
)
from services.enquiry.records import Manager, Rule
from shared.contracts import doors
from shared.contracts import enquiry as facts

_CLOSING = "Closing a safeguarding enquiry is a manager's decision."
_PLAN = "A safeguarding plan needs a manager's approval."

# fmt: off
RULES: Mapping[type[doors.EnquiryRecord], Rule] = {
    # Its course
    doors.LeadOfficerAssigned: Rule(
        facts.EnquiryAssigned, "assigned_at", lead_officer.assign, known=lead_officer.assigned_before),
    doors.EnquiryCaused: Rule(
        facts.EnquiryCausedElsewhere, "caused_at", caused_enquiries.cause, fits=caused_enquiries.conflict_undecided,
        days=caused_enquiries.due_before_caused, known=caused_enquiries.caused_before, since_start=True),
    doors.CausedEnquiryChased: Rule(
        facts.CausedChased, "chased_at", caused_enquiries.chase, days=caused_enquiries.due_before_chased,
        concluded_too=True),
    doors.CausedEnquiryReturned: Rule(
        facts.CausedReturned, "returned_at", caused_enquiries.take_answer, fits=caused_enquiries.answer_contradicts,
        days=caused_enquiries.due_before_returned, concluded_too=True),
    doors.EnquirySuspended: Rule(
        facts.SuspensionNoted, "suspended_at", suspensions.suspend, known=suspensions.suspended_before,
        since_start=True),
    doors.EnquiryResumed: Rule(
        facts.ResumptionNoted, "resumed_at", suspensions.resume, concluded_too=True),
    doors.ReferralMade: Rule(
        facts.ReferralNoted, "referred_at", referrals.refer, fits=referrals.first_without_police,
        known=referrals.referred_before),
    doors.ReferralAnswered: Rule(
        facts.ReferralAnswerNoted, "answered_at", referrals.take_answer, concluded_too=True),
    doors.DeathRecorded: Rule(
        facts.DeathNoted, "recorded_at", death.record_death, days=death.died_later, known=death.recorded_before),

    # What was found and planned
    doors.OutcomesAsked: Rule(
        facts.MspAsked, "asked_at", personal_outcomes.ask, fits=personal_outcomes.incoherent),
    doors.OutcomesAssessed: Rule(
        facts.MspAchieved, "assessed_at", personal_outcomes.assess, fits=personal_outcomes.repeated),
    doors.PlanningHeld: Rule(
        facts.PlanningNoted, "held_at", planning.plan_together, known=planning.planned_before),
    doors.PlanMade: Rule(
        facts.PlanNoted, "made_at", plans.make_plan, fits=plans.impossible_plan, known=plans.made_before),
    doors.PlanApproved: Rule(
        facts.PlanApprovalNoted, "approved_at", plans.approve_plan, manager=Manager("approve", _PLAN),
        known=plans.approved_before),
    doors.PlanActionEnded: Rule(
        facts.PlanActionNoted, "ended_at", plan_actions.end_action, fits=plan_actions.unexplained,
        known=plan_actions.ended_before),
    doors.CapacityAssessed: Rule(
        facts.CapacityNoted, "assessed_at", capacity.assess_capacity, known=capacity.assessed_before),
    doors.AdvocacyRecorded: Rule(
        facts.AdvocacyNoted, "recorded_at", advocacy.record_support, fits=advocacy.take_up_contradicts,
        known=advocacy.support_recorded_before),
    doors.RiskAssessed: Rule(
        facts.RiskNoted, "assessed_at", risk.assess_risk, fits=risk.undescribed, known=risk.assessed_before),
    doors.RiskOutcomeRecorded: Rule(
        facts.RiskOutcomeNoted, "recorded_at", risk.record_outcome, fits=risk.not_a_choice,
        known=risk.outcome_recorded_before),
    doors.LeadOfficerReported: Rule(
        facts.ReportNoted, "reported_at", report.take_report, known=report.reported_before),

    # Its end
    doors.ClosureProposed: Rule(
        facts.ClosureProposalNoted, "proposed_at", closure.propose, fits=closure.supersedes_itself,
        known=closure.proposed_before, since_start=True),
    doors.ClosureApproved: Rule(
        facts.EnquiryConcluded, "approved_at", closure.approve, manager=Manager("approve", _CLOSING),
        known=closure.approved_before),
    doors.ClosureReturned: Rule(
        facts.ClosureReturnNoted, "returned_at", closure_returns.send_back, manager=Manager("return", _CLOSING),
        known=closure_returns.returned_before),
    doors.ReopeningDecided: Rule(
        facts.EnquiryReopened, "decided_at", reopening.reopen, manager=Manager("reopen", _CLOSING),
        known=reopening.reopened_before, concluded_too=True),
}
# fmt: on
