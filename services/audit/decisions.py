"""What audit decides, event by event; each rule is in a module of its own."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
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

Rule = Callable[[Mapping[UUID, Case], Any, Metadata], Decision[Case] | Wait | Refused]
Learn = Callable[[Adult, Any, Metadata], tuple[Adult, tuple[Event, ...]] | Wait]
Changed = tuple[Mapping[UUID, Case], Iterable[Event]]
Settled = Callable[[Mapping[UUID, Case], Adult, Adult, Any], Changed]


def keys(event: Any) -> tuple[UUID, ...]:
    """The adult an event is of; both, where it is about two; and enquiry work is of no adult that is known."""
    return RULES[type(event)].keys(event)


def decide(cases: Mapping[UUID, Case], event: Event | Due, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The cases as they are after an event or a timer, and what is stated about them."""
    if isinstance(event, Due):
        return fall_due(adult_in(cases, event.subject), event)
    return RULES[type(event)].decide(cases, event, meta)


def _of_an_adult(learn: Learn, settled: Settled | None = None) -> Rule:
    """The adult, with what is learned of a concern or an enquiry of theirs; and what else is `settled` by that."""

    def rule(cases: Mapping[UUID, Case], event: Any, meta: Metadata) -> Decision[Case] | Wait:
        adult = adult_in(cases, event.adult_id)
        told = learn(adult, event, meta)
        if isinstance(told, Wait):
            return told
        learned, facts = told
        if learned is adult:
            return Decision({}, facts)
        changed, more = ({event.adult_id: learned}, ()) if settled is None else settled(cases, adult, learned, event)
        return Decision(changed, (*facts, *more))

    return rule


def _counted_anew(cases: Mapping[UUID, Case], adult: Adult, learned: Adult, event: Any) -> Changed:
    """The adult, and the repeat review of the person they are, where what counts has changed."""
    if isinstance(event, ConcernTriaged) and learned.triaged is adult.triaged:
        same_days(adult, learned)
        return {event.adult_id: learned}, ()
    if never_repeats(learned):
        return {event.adult_id: learned}, ()
    if isinstance(event, ConcernReceived) and (plain := _one_more(adult, learned, event.concern_id)) is not None:
        return {event.adult_id: plain[0]}, plain[1]
    before = person_of(cases, event.adult_id)
    settled, more = settle((before,), ({**before, event.adult_id: learned},))
    return {event.adult_id: learned, **settled}, more


def _one_more(adult: Adult, learned: Adult, concern_id: UUID) -> concerns.Told | None:
    """The short way to what `settle` would say of a concern more, where there is one."""
    concern = learned.concern(concern_id)
    found = with_one_more(adult, learned, concern) if concern is not None else None
    return None if found is None else (found[0], (*joined(found[0], concern_id),) if found[1] else ())


def _opened(cases: Mapping[UUID, Case], event: EnquiryOpened, meta: Metadata) -> Decision[Case]:
    adult = adult_in(cases, event.adult_id)
    learned, facts = enquiries.open_enquiry(adult, event, meta)
    marked, ended = logged(cases, event, meta)
    return Decision({**marked, **({} if learned is adult else {event.adult_id: learned})}, (*facts, *ended))


class On(NamedTuple):
    """What is decided on an event, and which cases it is about: its adult, where nothing else is said."""

    decide: Rule
    keys: Callable[[Any], tuple[UUID, ...]] = lambda event: (event.adult_id,)


def _both(event: AdultsMerged | AdultsUnmerged | AdultPossiblyDuplicated) -> tuple[UUID, ...]:
    return event.adult_id, event.other_adult_id


RULES: Mapping[type[Event], On] = MappingProxyType(
    {
        ConcernReceived: On(_of_an_adult(concerns.receive, _counted_anew)),
        ConcernTriaged: On(_of_an_adult(concerns.decide_on, _counted_anew)),
        ConcernLinkedAsDuplicate: On(_of_an_adult(concerns.link, _counted_anew)),
        ConcernUnlinked: On(_of_an_adult(concerns.unlink, _counted_anew)),
        ConcernWithdrawn: On(_of_an_adult(concerns.withdraw, _counted_anew)),
        ConcernReinstated: On(_of_an_adult(concerns.reinstate, _counted_anew)),
        EnquiryOpened: On(_opened, lambda event: (event.adult_id, event.enquiry_id)),
        EnquiryConcluded: On(_of_an_adult(enquiries.conclude)),
        EnquiryReopened: On(_of_an_adult(enquiries.reopen)),
        EnquiryWithdrawn: On(_of_an_adult(enquiries.withdraw)),
        CapacityNoted: On(_of_an_adult(enquiries.note)),
        AdvocacyNoted: On(_of_an_adult(enquiries.note)),
        DeathNoted: On(_of_an_adult(enquiries.note_death)),
        WorkWithoutEnquiry: On(tell_work, lambda event: (event.enquiry_id,)),
        AdultsMerged: On(regroup, _both),
        AdultsUnmerged: On(regroup, _both),
        AdultPossiblyDuplicated: On(suspect, lambda event: (min(_both(event)),)),
        RepeatReviewed: On(review_repeats),
        DriftReviewed: On(review_drift),
    }
)
