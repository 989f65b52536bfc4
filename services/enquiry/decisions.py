"""What enquiry decides, event by event; each rule is in a module of its own."""

from collections.abc import Mapping, Sequence
from typing import get_args
from uuid import UUID

from services.enquiry import repeat_reviews
from services.enquiry.cases import Case, EarlyWork, Enquiry, enquiry_in
from services.enquiry.early_work import remembered, state_it, waiting_until
from services.enquiry.opening import open_enquiry, withdraw
from services.enquiry.overdue_causes import tell_of, waited_for
from services.enquiry.rules import RULES
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.contracts.triage import ConcernConverted, ConversionTakenBack, OtherEnquiryStarted
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Due, Event, Metadata

Reviewing = RepeatReviewOpened | RepeatReviewDone | RepeatReviewWithdrawn
Starting = ConcernConverted | OtherEnquiryStarted | ConversionTakenBack
Reads = EnquiryRecord | Starting | Reviewing

READS: tuple[type[Event], ...] = (*get_args(Starting), *RULES, *get_args(Reviewing))


def keys(event: Reads) -> tuple[UUID, ...]:
    """The enquiry an event is about; a repeat review is about an adult, and all records of them."""
    if isinstance(event, Reviewing):
        return tuple(dict.fromkeys((event.adult_id, *event.adults)))
    return (event.enquiry_id,)


def timers(case: Case) -> Sequence[Due]:
    """What a case waits for the clock to reach."""
    match case:
        case EarlyWork():
            return waiting_until(case)
        case Enquiry():
            return waited_for(case)
        case _:
            return ()


def decide(cases: Mapping[UUID, Case], event: Reads | Due, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The enquiry as it is after an event, and what is stated about it."""
    match event:
        case Due():
            return _fall_due(cases[event.subject], event)
        case RepeatReviewOpened() | RepeatReviewDone() | RepeatReviewWithdrawn():
            return repeat_reviews.note(cases, event)
        case ConcernConverted() | OtherEnquiryStarted():
            return open_enquiry(enquiry_in(cases, event.enquiry_id), event, meta)
        case ConversionTakenBack():
            return withdraw(enquiry_in(cases, event.enquiry_id), event, meta)
        case EnquiryRecord():
            return _hold_to_its_rule(cases, event, meta)


def _fall_due(case: Case, due: Due) -> Decision[Case]:
    match case:
        case EarlyWork():
            return state_it(case, due)
        case Enquiry():
            return tell_of(case, due)
        case _:
            return Decision({})


def _hold_to_its_rule(
    cases: Mapping[UUID, Case], record: EnquiryRecord, meta: Metadata
) -> Decision[Case] | Wait | Refused:
    """What becomes of a record; of one that has no enquiry yet it is remembered that it waits."""
    enquiry = enquiry_in(cases, record.enquiry_id)
    answer = RULES[type(record)](enquiry, record, meta)
    if enquiry is None and isinstance(answer, Wait):
        return remembered(cases.get(record.enquiry_id), record, meta, answer)
    return answer
