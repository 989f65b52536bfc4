"""What audit decides, event by event; each rule is in a module of its own. Every case is an adult."""

from bisect import insort
from collections.abc import Mapping
from datetime import UTC
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Concern, SameIncident
from services.audit.drift import ended, fall_due, started
from services.audit.drift_reviews import review_drift
from services.audit.repeat import settle
from services.audit.repeat_reviews import review_repeats
from shared.contracts.audit import OpenKind
from shared.contracts.doors import DriftReviewed, RepeatReviewed, TriageDecision
from shared.contracts.enquiry import EnquiryConcluded, EnquiryOpened
from shared.contracts.intake import ConcernLinkedAsDuplicate, ConcernReceived
from shared.contracts.triage import ConcernTriaged
from shared.kernel.decision import Decision, Refused
from shared.kernel.event import Due, Event, Metadata

Told = ConcernReceived | ConcernLinkedAsDuplicate | ConcernTriaged | EnquiryOpened | EnquiryConcluded
Reads = Told | RepeatReviewed | DriftReviewed
_BY_RECEIPT = attrgetter("received_at", "concern_id")
_BY_CONCERN = attrgetter("concern_id", "duplicate_of")


def keys(event: Reads) -> tuple[UUID, ...]:
    """Everything audit watches is a matter of one adult."""
    return (event.adult_id,)


def decide(cases: Mapping[UUID, Adult], event: Reads | Due, meta: Metadata) -> Decision[Adult] | Refused:
    """The adult as they are after an event or a timer, and what is stated about it."""
    if isinstance(event, Due):
        return fall_due(cases[event.subject], event)
    adult = cases.get(event.adult_id) or Adult(event.adult_id)
    if isinstance(event, RepeatReviewed):
        return review_repeats(adult, event, meta)
    if isinstance(event, DriftReviewed):
        return review_drift(adult, event, meta)
    learned, facts = _learn(adult, event, meta)
    return Decision({} if learned is adult else {event.adult_id: learned}, facts)


def _learn(adult: Adult, event: Told, meta: Metadata) -> tuple[Adult, tuple[Event, ...]]:
    """The adult as they are after what other services state, and what follows for the audits."""
    match event:
        case ConcernReceived():
            return _receive(adult, event)
        case ConcernTriaged():
            return _triage(adult, event, meta)
        case ConcernLinkedAsDuplicate():
            return _link(adult, event)
        case EnquiryOpened():
            start = event.started_at.astimezone(UTC)
            return started(adult, OpenKind.ENQUIRY, event.enquiry_id, start), ()
        case EnquiryConcluded():
            return ended(adult, event.enquiry_id, meta.recorded, start_known=False)


def _receive(adult: Adult, event: ConcernReceived) -> tuple[Adult, tuple[Event, ...]]:
    """Every accepted concern counts, whatever is decided on it, and is undecided until it is triaged."""
    if adult.knows(event.concern_id):
        return adult, ()
    received_at = event.received_at.astimezone(UTC)
    concerns = list(adult.concerns)
    insort(concerns, Concern(event.concern_id, received_at), key=_BY_RECEIPT)
    known = replace(adult, concerns=tuple(concerns))
    return settle(started(known, OpenKind.CONCERN, event.concern_id, received_at))


def _link(adult: Adult, event: ConcernLinkedAsDuplicate) -> tuple[Adult, tuple[Event, ...]]:
    """Two concerns a person found to be one incident; which was called the duplicate is only a word."""
    pair = SameIncident(*sorted((event.concern_id, event.duplicate_of)))
    if pair in adult.linked:
        return adult, ()
    linked = tuple(sorted((*adult.linked, pair), key=_BY_CONCERN))
    return settle(replace(adult, linked=linked))


def _triage(adult: Adult, event: ConcernTriaged, meta: Metadata) -> tuple[Adult, tuple[Event, ...]]:
    """The concern is decided; and where it is decided to be a duplicate, it is no separate one.

    A later decision takes the place of an earlier one: what was a duplicate then need not be one now.
    """
    known = adult.knows(event.concern_id)
    left, endings = ended(adult, event.concern_id, meta.recorded, start_known=known)
    triaged = tuple(pair for pair in left.triaged if pair.concern_id != event.concern_id)
    if event.decision is TriageDecision.DUPLICATE and event.duplicate_of is not None:
        pair = SameIncident(event.concern_id, event.duplicate_of)
        triaged = tuple(sorted((*triaged, pair), key=_BY_CONCERN))
    if triaged == left.triaged:
        return left, endings
    settled, facts = settle(replace(left, triaged=triaged))
    return settled, (*endings, *facts)
