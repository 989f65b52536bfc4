"""What enquiry decides, event by event; each rule is in a module of its own."""

from collections.abc import Mapping
from uuid import UUID

from services.enquiry.cases import Case, enquiry_in
from services.enquiry.closure import approve, propose
from services.enquiry.opening import open_enquiry
from services.enquiry.personal_outcomes import ask, assess
from services.enquiry.repeat_reviews import note
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import ClosureApproved, ClosureProposed, OutcomesAsked, OutcomesAssessed
from shared.contracts.triage import ConcernConverted
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Metadata

Reads = (
    ConcernConverted
    | OutcomesAsked
    | OutcomesAssessed
    | ClosureProposed
    | ClosureApproved
    | RepeatReviewOpened
    | RepeatReviewDone
    | RepeatReviewWithdrawn
)


def keys(event: Reads) -> tuple[UUID, ...]:
    """The enquiry an event is about; a repeat review is about an adult."""
    match event:
        case RepeatReviewOpened() | RepeatReviewDone() | RepeatReviewWithdrawn():
            return (event.adult_id,)
        case _:
            return (event.enquiry_id,)


def decide(cases: Mapping[UUID, Case], event: Reads, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The enquiry as it is after an event, and what is stated about it."""
    match event:
        case ConcernConverted():
            return open_enquiry(enquiry_in(cases, event.enquiry_id), event)
        case OutcomesAsked():
            return ask(enquiry_in(cases, event.enquiry_id), event, meta)
        case OutcomesAssessed():
            return assess(enquiry_in(cases, event.enquiry_id), event, meta)
        case ClosureProposed():
            return propose(enquiry_in(cases, event.enquiry_id), event, meta)
        case ClosureApproved():
            return approve(enquiry_in(cases, event.enquiry_id), event, meta)
        case RepeatReviewOpened() | RepeatReviewDone() | RepeatReviewWithdrawn():
            return note(cases.get(event.adult_id), event)
