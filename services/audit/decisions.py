"""What audit decides, event by event; each rule is in a module of its own."""

from collections.abc import Mapping
from typing import get_args
from uuid import UUID

from services.audit import concerns, enquiries
from services.audit.cases import Adult, Case, adult_in
from services.audit.concern_stage_work import logged, tell_work
from services.audit.drift_reviews import review_drift
from services.audit.due_times import fall_due
from services.audit.merging import regroup
from services.audit.one_more import same_days, with_one_more
from services.audit.people import person_of
from services.audit.possible_duplicates import suspect
from services.audit.repeat import joined, never_repeats, settle
from services.audit.repeat_reviews import review_repeats
from shared.contracts.doors import DriftReviewed, RepeatReviewed
from shared.contracts.enquiry import (
    AdvocacyNoted,
    CapacityNoted,
    DeathNoted,
    EnquiryConcluded,
    EnquiryOpened,
    EnquiryReopened,
    EnquiryWithdrawn,
    WorkWithoutEnquiry,
)
from shared.contracts.intake import (
    AdultPossiblyDuplicated,
    AdultsMerged,
    AdultsUnmerged,
    ConcernLinkedAsDuplicate,
    ConcernReceived,
    ConcernReinstated,
    ConcernUnlinked,
    ConcernWithdrawn,
)
from shared.contracts.triage import ConcernTriaged
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Due, Event, Metadata

OfConcerns = (
    ConcernReceived | ConcernTriaged | ConcernLinkedAsDuplicate | ConcernUnlinked | ConcernWithdrawn | ConcernReinstated
)
OfEnquiries = EnquiryConcluded | EnquiryReopened | EnquiryWithdrawn | CapacityNoted | AdvocacyNoted | DeathNoted
OfAdults = AdultsMerged | AdultsUnmerged | AdultPossiblyDuplicated
OfSeveral = OfAdults | EnquiryOpened | WorkWithoutEnquiry | RepeatReviewed | DriftReviewed
Reads = OfConcerns | OfEnquiries | OfSeveral
READS: tuple[type[Event], ...] = get_args(Reads)
_A_CONCERN, _AN_ENQUIRY = "the concern to be received", "the enquiry to be opened"


def keys(event: Reads) -> tuple[UUID, ...]:
    """The adult an event is of; both, where it is about two; and enquiry work is of no adult that is known."""
    match event:
        case EnquiryOpened():
            return (event.adult_id, event.enquiry_id)
        case WorkWithoutEnquiry():
            return (event.enquiry_id,)
        case AdultsMerged() | AdultsUnmerged():
            return (event.adult_id, event.other_adult_id)
        case AdultPossiblyDuplicated():
            return (min(event.adult_id, event.other_adult_id),)
        case _:
            return (event.adult_id,)


def decide(cases: Mapping[UUID, Case], event: Reads | Due, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The cases as they are after an event or a timer, and what is stated about them."""
    if isinstance(event, OfConcerns):
        return _of_concern(cases, event, meta)
    if isinstance(event, Due):
        return fall_due(adult_in(cases, event.subject), event)
    if isinstance(event, OfEnquiries):
        return _of_enquiry(adult_in(cases, event.adult_id), event, meta)
    return _of_several(cases, event, meta)


def _of_several(cases: Mapping[UUID, Case], event: OfSeveral, meta: Metadata) -> Decision[Case] | Refused:
    """What is about more than one case, or comes through the door."""
    match event:
        case EnquiryOpened():
            return _opened(cases, event, meta)
        case WorkWithoutEnquiry():
            return tell_work(cases, event)
        case RepeatReviewed():
            return review_repeats(cases, event, meta)
        case DriftReviewed():
            return review_drift(adult_in(cases, event.adult_id), event, meta)
        case AdultsMerged() | AdultsUnmerged():
            return regroup(cases, event)
        case AdultPossiblyDuplicated():
            return suspect(cases, event)


def _of_concern(cases: Mapping[UUID, Case], event: OfConcerns, meta: Metadata) -> Decision[Case] | Wait:
    """The adult, and the repeat review of the person they are, where what counts has changed."""
    adult = adult_in(cases, event.adult_id)
    told = _learn(adult, event, meta)
    if isinstance(told, Wait):
        return told
    learned, facts = told
    if learned is adult:
        return Decision({}, facts)
    if isinstance(event, ConcernTriaged) and learned.triaged is adult.triaged:
        same_days(adult, learned)
        return Decision({event.adult_id: learned}, facts)
    if never_repeats(learned):
        return Decision({event.adult_id: learned}, facts)
    if isinstance(event, ConcernReceived) and (plain := _one_more(adult, learned, event.concern_id)) is not None:
        return Decision({event.adult_id: plain[0]}, (*facts, *plain[1]))
    before = person_of(cases, event.adult_id)
    settled, more = settle((before,), ({**before, event.adult_id: learned},))
    return Decision({event.adult_id: learned, **settled}, (*facts, *more))


def _one_more(adult: Adult, learned: Adult, concern_id: UUID) -> concerns.Told | None:
    """The short way to what `settle` would say of a concern more, where there is one."""
    concern = learned.concern(concern_id)
    found = with_one_more(adult, learned, concern) if concern is not None else None
    return None if found is None else (found[0], (*joined(found[0], concern_id),) if found[1] else ())


def _learn(adult: Adult, event: OfConcerns, meta: Metadata) -> concerns.Told | Wait:
    match event:
        case ConcernReceived():
            return concerns.receive(adult, event)
        case ConcernTriaged():
            return concerns.decide_on(adult, event, meta)
        case ConcernLinkedAsDuplicate():
            return concerns.link(adult, event)
        case ConcernUnlinked():
            return concerns.unlink(adult, event)
        case ConcernWithdrawn() | ConcernReinstated():
            if (concern := adult.concern(event.concern_id)) is None:
                return Wait(_A_CONCERN)
            again = isinstance(event, ConcernReinstated)
            return (concerns.reinstate if again else concerns.withdraw)(adult, concern, meta)


def _opened(cases: Mapping[UUID, Case], event: EnquiryOpened, meta: Metadata) -> Decision[Case]:
    adult = adult_in(cases, event.adult_id)
    learned, facts = enquiries.open_enquiry(adult, event, meta)
    marked, ended = logged(cases, event, meta)
    return Decision({**marked, **({} if learned is adult else {event.adult_id: learned})}, (*facts, *ended))


def _of_enquiry(adult: Adult, event: OfEnquiries, meta: Metadata) -> Decision[Case] | Wait:
    """What is stated of an enquiry, and of its adult."""
    told: enquiries.Told
    enquiry = adult.enquiry(event.enquiry_id)
    if isinstance(event, EnquiryConcluded):
        told = enquiries.conclude(adult, event, meta)
    elif isinstance(event, DeathNoted):
        told = enquiries.note_death(adult, event)
    elif enquiry is None:
        return Wait(_AN_ENQUIRY)
    elif isinstance(event, EnquiryReopened):
        told = enquiries.reopen(adult, enquiry, event, meta)
    elif isinstance(event, EnquiryWithdrawn):
        told = enquiries.withdraw(adult, enquiry, event, meta)
    else:
        told = enquiries.note(adult, enquiry, event, meta)
    learned, facts = told
    return Decision({} if learned is adult else {event.adult_id: learned}, facts)
