"""What has happened in an enquiry, in order of time: an entry for each thing that is remembered."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Course
from services.enquiry.findings_cases import Findings
from shared.chassis.views import Entry, happened, in_order

Entries = Iterable[Entry | None]
Known = dict[str, Any]


def timeline(enquiry: Enquiry) -> tuple[Entry, ...]:
    """Everything that is remembered of an enquiry."""
    return in_order(chain(_opening(enquiry), _course(enquiry.course), _findings(enquiry.findings), _ending(enquiry)))


def _opening(enquiry: Enquiry) -> Entries:
    yield happened(
        enquiry.started_at,
        "started",
        kind=enquiry.kind.value,
        decision_id=enquiry.decision_id,
        large_scale=enquiry.large_scale,
    )
    if (asked := enquiry.asked) is not None:
        yield happened(asked.at, "asked_what_the_adult_wants", answer=asked.answer.value, outcomes=asked.outcomes)


def _course(course: Course) -> Entries:
    for one in course.assignments:
        yield happened(one.at, "assigned", by=one.by, officer=one.officer, team=one.team)
    for caused in course.caused:
        known: Known = {"cause_id": caused.cause_id, "body": caused.body.value}
        yield happened(
            caused.caused_at,
            "enquiry_caused",
            by=caused.caused_by,
            **known,
            organisation=caused.organisation,
            due_on=caused.first_due_on.isoformat(),
        )
        for step in caused.steps:
            what = "caused_enquiry_chased" if step.satisfactory is None else "caused_enquiry_returned"
            due_on = None if step.due_on is None else step.due_on.isoformat()
            yield happened(
                step.at, what, by=step.by, **known, satisfactory=step.satisfactory, reason=step.reason, due_on=due_on
            )
    for suspension in course.suspensions:
        known = {"suspension_id": suspension.suspension_id}
        yield happened(
            suspension.suspended_at, "suspended", by=suspension.suspended_by, **known, reason=suspension.reason
        )
        yield happened(suspension.resumed_at, "resumed", by=suspension.resumed_by, **known)
    for referral in course.referrals:
        known = {"referral_id": referral.referral_id, "to": referral.to.value}
        by, first = referral.referred_by, referral.goes_first or None
        yield happened(referral.referred_at, "referred", by=by, **known, goes_first=first)
        answer = None if referral.answer is None else referral.answer.value
        yield happened(referral.answered_at, "referral_answered", **known, answer=answer)
        yield happened(referral.ended_at, "referral_ended", **known)
    for death in course.deaths:
        died_on, considered = death.died_on.isoformat(), death.review_considered.value
        yield happened(death.at, "death_recorded", died_on=died_on, review_considered=considered)


def _findings(findings: Findings) -> Entries:
    for planning in findings.planning:
        yield happened(planning.held_at, "planned", planning_id=planning.planning_id, meeting=planning.meeting)
    for plan in findings.plans:
        known: Known = {"plan_id": plan.plan_id}
        actions = tuple(action.action_id for action in plan.actions)
        yield happened(plan.made_at, "plan_made", by=plan.made_by, **known, actions=actions, supersedes=plan.supersedes)
        yield happened(plan.approved_at, "plan_approved", by=plan.approved_by, **known)
        for action in plan.actions:
            yield happened(action.ended_at, "action_ended", **known, action_id=action.action_id, done=action.done)
    for found in findings.capacity:
        yield happened(found.assessed_at, "capacity_assessed", matter=found.matter, capacity=found.capacity.value)
    for advocacy in findings.advocacy:
        support = tuple(one.value for one in advocacy.support)
        take_up = advocacy.take_up.value
        yield happened(advocacy.at, "advocacy_recorded", take_up=take_up, support=support, duty=advocacy.duty)
    for risk in findings.risk:
        yield happened(risk.at, "risk_assessed", assessment=risk.assessment.value, risks=len(risk.risks))
    for ended in findings.risk_outcomes:
        choice = ended.adults_choice or None
        yield happened(ended.at, "risk_outcome_recorded", outcome=ended.outcome.value, adults_choice=choice)
    for report in findings.reports:
        yield happened(report.reported_at, "lead_officer_reported", by=report.reported_by, report_id=report.report_id)


def _ending(enquiry: Enquiry) -> Entries:
    if (assessed := enquiry.assessed) is not None:
        yield happened(assessed.at, "outcomes_assessed", overall=assessed.overall.value, outcomes=assessed.outcomes)
    for one in enquiry.proposals:
        yield happened(
            one.proposed_at,
            "closure_proposed",
            by=one.proposed_by,
            closure_id=one.closure_id,
            reason=one.reason,
            supersedes=one.supersedes,
        )
    for back in enquiry.returned:
        yield happened(
            back.returned_at, "closure_returned", by=back.returned_by, closure_id=back.closure_id, reason=back.reason
        )
    conclusions = [*enquiry.undone]
    conclusions += [enquiry.concluded] if enquiry.concluded is not None else []
    for concluded in conclusions:
        yield happened(
            concluded.concluded_at,
            "concluded",
            by=concluded.approved_by,
            closure_id=concluded.closure_id,
            asked=None if concluded.asked is None else concluded.asked.value,
            achieved=None if concluded.achieved is None else concluded.achieved.value,
        )
    for reopening in enquiry.reopenings:
        yield happened(
            reopening.reopened_at,
            "reopened",
            by=reopening.decided_by,
            reopening_id=reopening.reopening_id,
            reason=reopening.reason,
        )
    yield happened(enquiry.withdrawn_at, "withdrawn")
