"""Valid records of what an enquiry found and planned, of which a test names only what it is about.

The enquiry is that of `enquiry_builders`, started at noon. People and codes are made up.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Findings
from services.enquiry.service import service
from shared.contracts.doors import (
    AbuseType,
    AdvocacyRecorded,
    Answer,
    Capacity,
    CapacityAssessed,
    Difficulty,
    EnquiryRecord,
    IdentifiedRisk,
    LeadOfficerReported,
    Location,
    PlanAction,
    PlanActionEnded,
    PlanApproved,
    PlanMade,
    PlanningHeld,
    RiskAssessed,
    RiskAssessment,
    RiskOutcome,
    RiskOutcomeRecorded,
    SourceOfRisk,
    Support,
    TakeUp,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import NOON, told
from tests.support.enquiry_builders import ENQUIRY, LATER, a_conversion
from tests.support.interleave import Story, story

DAY = timedelta(days=1)


def after(*events: Event) -> Story[Case]:
    """The story of an open enquiry and these events."""
    return story(service, [told(event, str(place), LATER) for place, event in enumerate((a_conversion(), *events))])


def enquiry_of(of: Story[Case]) -> Enquiry:
    """The enquiry as it is after a story."""
    enquiry = of.cases[ENQUIRY]
    assert isinstance(enquiry, Enquiry)
    return enquiry


def findings_of(of: Story[Case]) -> Findings:
    """What was found, after a story."""
    return enquiry_of(of).findings


def found_id(kind: str, name: str) -> UUID:
    """The id of the plan, report or assessment of that name."""
    return derived(kind, name)


def some_planning(name: str = "A", **changes: object) -> PlanningHeld:
    """The planning discussion of that name, two days after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "planning_id": found_id("planning", name),
        "meeting": True,
        "adult_took_part": Answer.YES,
        "attended": ("lead-officer", "police", "provider"),
        "recorded_by": "worker-1",
        "held_at": NOON + 2 * DAY,
    }
    return PlanningHeld.model_validate(fields | changes)


def an_action(action_id: str = "a1", due_on: datetime = NOON + 10 * DAY) -> PlanAction:
    """An action of a plan."""
    return PlanAction(action_id=action_id, what="change-locks", owner="worker-2", due_on=due_on.date())


def a_plan(name: str = "A", supersedes: str | None = None, **changes: object) -> PlanMade:
    """The plan of that name, made three days after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "plan_id": found_id("plan", name),
        "supersedes": found_id("plan", supersedes) if supersedes is not None else None,
        "actions": (an_action(),),
        "made_by": "worker-1",
        "made_at": NOON + 3 * DAY,
    }
    return PlanMade.model_validate(fields | changes)


def a_plan_approval(name: str = "A", **changes: object) -> PlanApproved:
    """A manager's approval of that plan, four days after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "plan_id": found_id("plan", name),
        "approved_by": "manager-1",
        "role": "team_manager",
        "approved_at": NOON + 4 * DAY,
    }
    return PlanApproved.model_validate(fields | changes)


def an_action_ended(name: str = "A", action_id: str = "a1", **changes: object) -> PlanActionEnded:
    """The action of that plan is done, nine days after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "plan_id": found_id("plan", name),
        "action_id": action_id,
        "done": True,
        "recorded_by": "worker-2",
        "ended_at": NOON + 9 * DAY,
    }
    return PlanActionEnded.model_validate(fields | changes)


def a_capacity(
    name: str = "A", capacity: Capacity = Capacity.LACKS, matter: str = "the-enquiry", **changes: object
) -> CapacityAssessed:
    """The assessment of capacity of that name, a day after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "capacity_id": found_id("capacity", name),
        "matter": matter,
        "capacity": capacity,
        "assessed_by": "worker-1",
        "assessed_at": NOON + DAY,
    }
    return CapacityAssessed.model_validate(fields | changes)


def difficulty(
    understanding: Answer = Answer.NO,
    retaining: Answer = Answer.NO,
    weighing: Answer = Answer.NO,
    communicating: Answer = Answer.NO,
) -> Difficulty:
    """Difficulty in being involved, none unless said."""
    return Difficulty(understanding=understanding, retaining=retaining, weighing=weighing, communicating=communicating)


def an_advocacy(*support: Support, take_up: TakeUp | None = None, **changes: object) -> AdvocacyRecorded:
    """Who supports the adult, a day after the start; an advocate was accepted if one is named, else declined."""
    advocates = set(support) - {Support.FAMILY, Support.FRIEND}
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "take_up": take_up or (TakeUp.ACCEPTED if advocates else TakeUp.DECLINED),
        "support": support,
        "recorded_by": "worker-1",
        "recorded_at": NOON + DAY,
    }
    return AdvocacyRecorded.model_validate(fields | changes)


def a_risk(abuse_type: AbuseType = AbuseType.FINANCIAL, **changes: object) -> IdentifiedRisk:
    """A risk as an enquiry finds it."""
    fields: dict[str, Any] = {
        "abuse_type": abuse_type,
        "location": Location.OWN_HOME,
        "source_of_risk": SourceOfRisk.RELATIVE_OR_CARER,
    }
    return IdentifiedRisk.model_validate(fields | changes)


def a_risk_assessment(
    assessment: RiskAssessment = RiskAssessment.IDENTIFIED_ACTION, *risks: IdentifiedRisk, **changes: object
) -> RiskAssessed:
    """An assessment of risk, five days after the start; of one risk unless said."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "assessment": assessment,
        "risks": risks or (a_risk(),),
        "assessed_by": "worker-1",
        "assessed_at": NOON + 5 * DAY,
    }
    return RiskAssessed.model_validate(fields | changes)


def a_risk_outcome(outcome: RiskOutcome = RiskOutcome.REDUCED, **changes: object) -> RiskOutcomeRecorded:
    """What became of the risk, twenty days after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "outcome": outcome,
        "recorded_by": "worker-1",
        "recorded_at": NOON + 20 * DAY,
    }
    return RiskOutcomeRecorded.model_validate(fields | changes)


def a_report_of_the_officer(name: str = "A", **changes: object) -> LeadOfficerReported:
    """The lead enquiry officer's report of that name, three weeks after the start."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "report_id": found_id("report", name),
        "needs_care_and_support": Answer.YES,
        "abuse_or_neglect": Answer.YES,
        "unable_to_protect": Answer.NOT_KNOWN,
        "further_action": Answer.NO,
        "reported_by": "worker-1",
        "reported_at": NOON + 21 * DAY,
    }
    return LeadOfficerReported.model_validate(fields | changes)


ONE_OF_EACH: tuple[EnquiryRecord, ...] = (
    some_planning(),
    a_plan(),
    a_plan_approval(),
    an_action_ended(),
    a_capacity(),
    an_advocacy(Support.CARE_ACT_ADVOCATE, Support.FAMILY),
    a_risk_assessment(),
    a_risk_outcome(),
    a_report_of_the_officer(),
)
"""Every kind of record, each accepted when the others have come."""
