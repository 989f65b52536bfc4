"""What an enquiry finds and plans: planning, plan, capacity, advocacy, risk, the lead enquiry officer's report."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.doors.answers import Answer
from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.contracts.doors.risks import IdentifiedRisk
from shared.kernel.event import Value
from shared.kernel.fields import Code, Day, Instant


class PlanningHeld(EnquiryRecord):
    """Those concerned have planned the enquiry, in a meeting or a discussion (form_sg3)."""

    type: ClassVar[str] = "safeguarding.enquiry.planning-held.v1"
    sentence: ClassVar[str] = (
        "{recorded_by} records that enquiry {enquiry_id} was planned with those concerned, the adult taking part:"
        " {adult_took_part}"
    )

    planning_id: UUID
    meeting: bool
    adult_took_part: Answer
    attended: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    recorded_by: Code
    held_at: Instant


class PlanAction(Value):
    """One thing to be done to keep the adult safe: what, by whom, by when."""

    action_id: Code
    what: Code
    owner: Code
    due_on: Day


class PlanMade(EnquiryRecord):
    """A safeguarding plan (form_sg2); it needs a manager's approval, and a later one names the one it supersedes."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-made.v1"
    sentence: ClassVar[str] = "{made_by} makes safeguarding plan {plan_id} for enquiry {enquiry_id}"

    plan_id: UUID
    supersedes: UUID | None = None
    actions: Annotated[tuple[PlanAction, ...], Field(min_length=1, max_length=50)]
    made_by: Code
    made_at: Instant


class PlanApproved(EnquiryRecord):
    """A manager, who is not its author, approves the plan (seed 003:2943)."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-approved.v1"
    sentence: ClassVar[str] = "{approved_by} approves safeguarding plan {plan_id} of enquiry {enquiry_id}"

    plan_id: UUID
    approved_by: Code
    role: Code
    approved_at: Instant


class PlanActionEnded(EnquiryRecord):
    """An action of the plan is done, or no longer needed."""

    type: ClassVar[str] = "safeguarding.enquiry.plan-action-ended.v1"
    sentence: ClassVar[str] = "{recorded_by} ends action {action_id} of safeguarding plan {plan_id}, done: {done}"

    plan_id: UUID
    action_id: Code
    done: bool
    reason: Code | None = None
    recorded_by: Code
    ended_at: Instant


class Capacity(StrEnum):
    """What an assessment of capacity found; not knowing is never "has capacity" (design 4, rule 11)."""

    HAS = "has"
    LACKS = "lacks"
    NOT_DETERMINED = "not_determined"
    NOT_KNOWN = "not_known"


class CapacityAssessed(EnquiryRecord):
    """Whether the adult can make one decision at one time (Mental Capacity Act 2005): `matter` says which."""

    type: ClassVar[str] = "safeguarding.enquiry.capacity-assessed.v1"
    sentence: ClassVar[str] = "{assessed_by} records, for enquiry {enquiry_id}, capacity to decide {matter}: {capacity}"

    capacity_id: UUID
    matter: Code
    capacity: Capacity
    assessed_by: Code
    assessed_at: Instant


class Difficulty(Value):
    """Whether the adult would have substantial difficulty in being involved (Care Act 2014, s68(3))."""

    understanding: Answer
    retaining: Answer
    weighing: Answer
    communicating: Answer


class Support(StrEnum):
    """Who supports the adult to take part; family and friends are not advocates (seed 003:3049-3055)."""

    CARE_ACT_ADVOCATE = "care_act_advocate"
    MENTAL_CAPACITY_ADVOCATE = "mental_capacity_advocate"
    MENTAL_HEALTH_ADVOCATE = "mental_health_advocate"
    DOMESTIC_VIOLENCE_ADVISER = "domestic_violence_adviser"
    SEXUAL_VIOLENCE_ADVISER = "sexual_violence_adviser"
    FAMILY = "family"
    FRIEND = "friend"


class TakeUp(StrEnum):
    """What became of the offer of an advocate."""

    ACCEPTED = "accepted"
    ALREADY_IN_PLACE = "already_in_place"
    DECLINED = "declined"
    NOT_OFFERED = "not_offered"


class AdvocacyRecorded(EnquiryRecord):
    """Who supports the adult in the enquiry, and whether the duty to arrange an advocate arises (s68)."""

    type: ClassVar[str] = "safeguarding.enquiry.advocacy-recorded.v1"
    sentence: ClassVar[str] = (
        "{recorded_by} records who supports the adult in enquiry {enquiry_id}: {support} (advocate: {take_up})"
    )

    difficulty: Difficulty | None = None
    appropriate_person: Answer = Answer.NOT_KNOWN
    take_up: TakeUp
    support: Annotated[tuple[Support, ...], Field(max_length=7)] = ()
    recorded_by: Code
    recorded_at: Instant


class RiskAssessment(StrEnum):
    """The seven assessment outcomes of the national return's table SG2c."""

    IDENTIFIED_ACTION = "identified_action"
    IDENTIFIED_NO_ACTION = "identified_no_action"
    INCONCLUSIVE_ACTION = "inconclusive_action"
    INCONCLUSIVE_NO_ACTION = "inconclusive_no_action"
    NOT_IDENTIFIED_ACTION = "not_identified_action"
    NOT_IDENTIFIED_NO_ACTION = "not_identified_no_action"
    CEASED_AT_REQUEST = "ceased_at_request"


class RiskAssessed(EnquiryRecord):
    """What the enquiry found of risk, and whether anything was done (table SG2c)."""

    type: ClassVar[str] = "safeguarding.enquiry.risk-assessed.v1"
    sentence: ClassVar[str] = "{assessed_by} records what enquiry {enquiry_id} found of risk: {assessment}"

    assessment: RiskAssessment
    risks: Annotated[tuple[IdentifiedRisk, ...], Field(max_length=20)] = ()
    assessed_by: Code
    assessed_at: Instant


class RiskOutcome(StrEnum):
    """What became of a risk that was identified (table SG2e)."""

    REMAINED = "remained"
    REDUCED = "reduced"
    REMOVED = "removed"


class RiskOutcomeRecorded(EnquiryRecord):
    """What became of the risk; that it remained may be what the adult chose (seed 003:2479-2481)."""

    type: ClassVar[str] = "safeguarding.enquiry.risk-outcome-recorded.v1"
    sentence: ClassVar[str] = (
        "{recorded_by} records what became of the risk in enquiry {enquiry_id}: {outcome} (the adult's choice:"
        " {adults_choice})"
    )

    outcome: RiskOutcome
    adults_choice: bool = False
    recorded_by: Code
    recorded_at: Instant


class LeadOfficerReported(EnquiryRecord):
    """The lead enquiry officer's report (form_sg4): the four answers an enquiry ends with (domain 1.5)."""

    type: ClassVar[str] = "safeguarding.enquiry.lead-officer-reported.v1"
    sentence: ClassVar[str] = "{reported_by} reports on enquiry {enquiry_id}, further action: {further_action}"

    report_id: UUID
    needs_care_and_support: Answer
    abuse_or_neglect: Answer
    unable_to_protect: Answer
    further_action: Answer
    reported_by: Code
    reported_at: Instant
