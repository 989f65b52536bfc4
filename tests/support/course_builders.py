"""Valid records of an enquiry's course and end, of which a test names what it is about; and tellings of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.enquiry.cases import Case, Enquiry
from services.enquiry.service import service
from shared.contracts.doors import (
    CausedEnquiryChased,
    CausedEnquiryReturned,
    ClosureReturned,
    DeathRecorded,
    EnquiryCaused,
    EnquiryResumed,
    EnquirySuspended,
    LeadOfficerAssigned,
    ReferralAnswered,
    ReferralMade,
    ReopeningDecided,
    other_enquiry_id_of,
)
from shared.contracts.triage import ConversionTakenBack, OtherEnquiryStarted
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import ADA, NOON, decision_id, told
from tests.support.enquiry_builders import CONCERN, ENQUIRY, LATER, a_conversion, closure_id
from tests.support.interleave import Story, TimedStory, story

OTHER_ENQUIRY = other_enquiry_id_of(CONCERN)


def days(number: float) -> datetime:
    """So many days after the enquiry started."""
    return NOON + timedelta(days=number)


def cause_id(name: str) -> UUID:
    """The id of the cause of that name."""
    return derived("cause", name)


def suspension_id(name: str) -> UUID:
    """The id of the suspension of that name."""
    return derived("suspension", name)


def referral_id(name: str) -> UUID:
    """The id of the referral of that name."""
    return derived("referral", name)


def reopening_id(name: str) -> UUID:
    """The id of the reopening of that name."""
    return derived("reopening", name)


def an_other_start(**changes: object) -> OtherEnquiryStarted:
    """An other safeguarding enquiry starts, decided at noon."""
    fields: dict[str, Any] = {"concern_id": CONCERN, "adult_id": ADA, "enquiry_id": OTHER_ENQUIRY}
    fields |= {"decided_at": NOON, "decision_id": decision_id("A")}
    return OtherEnquiryStarted.model_validate(fields | changes)


def a_taking_back(**changes: object) -> ConversionTakenBack:
    """The decision was corrected three days later: the enquiry counts as never started."""
    fields: dict[str, Any] = {"concern_id": CONCERN, "adult_id": ADA, "enquiry_id": ENQUIRY}
    fields |= {"decided_at": days(3), "decision_id": decision_id("B")}
    return ConversionTakenBack.model_validate(fields | changes)


def an_assignment(**changes: object) -> LeadOfficerAssigned:
    """The enquiry has a lead enquiry officer in the intake team, from its first day."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "officer": "worker-1", "team": "intake"}
    fields |= {"assigned_by": "manager-1", "assigned_at": days(0.5)}
    return LeadOfficerAssigned.model_validate(fields | changes)


def a_cause(name: str = "A", **changes: object) -> EnquiryCaused:
    """A care home is to make enquiries within ten days."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "cause_id": cause_id(name), "body": "care_home"}
    fields |= {"due_on": days(11).date(), "caused_by": "worker-1", "caused_at": days(1)}
    return EnquiryCaused.model_validate(fields | changes, strict=False)


def a_chase(name: str = "A", **changes: object) -> CausedEnquiryChased:
    """The council asks where it is, on the twelfth day."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "cause_id": cause_id(name)}
    fields |= {"chased_by": "worker-1", "chased_at": days(12)}
    return CausedEnquiryChased.model_validate(fields | changes)


def an_answer(name: str = "A", *, satisfactory: bool = True, **changes: object) -> CausedEnquiryReturned:
    """The other body answers on the tenth day."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "cause_id": cause_id(name), "satisfactory": satisfactory}
    fields |= {"reason": None if satisfactory else "incomplete", "recorded_by": "worker-1", "returned_at": days(10)}
    return CausedEnquiryReturned.model_validate(fields | changes)


def a_suspension(name: str = "A", **changes: object) -> EnquirySuspended:
    """Work waits from the second day."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "suspension_id": suspension_id(name)}
    fields |= {"reason": "adult-in-hospital", "suspended_by": "manager-1", "suspended_at": days(2)}
    return EnquirySuspended.model_validate(fields | changes)


def a_resumption(name: str = "A", **changes: object) -> EnquiryResumed:
    """Work goes on from the fifth day."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "suspension_id": suspension_id(name)}
    return EnquiryResumed.model_validate(fields | {"resumed_by": "manager-1", "resumed_at": days(5)} | changes)


def a_referral(name: str = "A", **changes: object) -> ReferralMade:
    """The matter is referred to the police, whose enquiry goes first."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "referral_id": referral_id(name), "to": "police"}
    fields |= {"goes_first": True, "referred_by": "worker-1", "referred_at": days(1)}
    return ReferralMade.model_validate(fields | changes, strict=False)


def a_referral_answer(answer: str = "accepted", name: str = "A", **changes: object) -> ReferralAnswered:
    """The police take it up on the third day, or say on the ninth that it is over."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "referral_id": referral_id(name), "answer": answer}
    fields |= {"recorded_by": "worker-1", "answered_at": days(9 if answer == "ended" else 3)}
    return ReferralAnswered.model_validate(fields | changes, strict=False)


def a_death(**changes: object) -> DeathRecorded:
    """The adult died on the sixth day, as was recorded on the seventh."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "died_on": days(6).date(), "review_considered": "not_known"}
    fields |= {"recorded_by": "worker-1", "recorded_at": days(7)}
    return DeathRecorded.model_validate(fields | changes, strict=False)


def a_return(name: str = "A", **changes: object) -> ClosureReturned:
    """A manager returns the proposal to close, a day after it was made."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "closure_id": closure_id(name), "reason": "risk-not-assessed"}
    fields |= {"returned_by": "manager-1", "role": "team_manager", "returned_at": days(32)}
    return ClosureReturned.model_validate(fields | changes)


def a_reopening(closure: str = "A", name: str = "A", **changes: object) -> ReopeningDecided:
    """A manager reopens the enquiry that was concluded by that closure, a week later."""
    fields: dict[str, Any] = {"enquiry_id": ENQUIRY, "closure_id": closure_id(closure)}
    fields |= {"reopening_id": reopening_id(name), "reason": "new-information", "decided_by": "manager-2"}
    return ReopeningDecided.model_validate(fields | {"role": "service_manager", "decided_at": days(39)} | changes)


def after(*events: Event) -> Story[Case]:
    """The story of an enquiry that was opened, and then of these events, all recorded a year later."""
    return story(service, [told(event, str(place), LATER) for place, event in enumerate((a_conversion(), *events))])


def timed(*events: tuple[float, Event]) -> TimedStory[Case]:
    """The story of these events, each recorded so many days after the start, with the timers between them."""
    one: TimedStory[Case] = TimedStory(service)
    for place, (at, event) in enumerate(events):
        one.tell(told(event, str(place), days(at)))
    return one


def enquiry_of(one: Story[Case], enquiry_id: UUID = ENQUIRY) -> Enquiry:
    """The enquiry as it is at the end of a story."""
    enquiry = one.cases[enquiry_id]
    assert isinstance(enquiry, Enquiry)
    return enquiry


def types(one: Story[Case]) -> list[str]:
    """What was stated, by the third word of its type."""
    return [fact.type.split(".")[2] for fact in one.facts]
