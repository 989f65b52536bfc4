"""Valid events of whole processes as audit hears of them, of any adult; a test names what it is about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from services.audit.cases import Adult, Case, adult_in
from services.audit.service import service
from shared.contracts.doors import (
    AdultView,
    AdvocacyRecorded,
    Answer,
    Capacity,
    CapacityAssessed,
    ConcernReported,
    Consents,
    DeathRecorded,
    Support,
    TakeUp,
    TriageDecision,
    enquiry_id_of,
)
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
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import ADA, NOON, a_report, limbs, told
from tests.support.enquiry_builders import concern_id
from tests.support.interleave import Story, TimedStory, Told

T = TypeVar("T")
_DECIDED = {"decided_by": "worker-1", "decided_at": NOON}
_NAMES = {name: concern_id(name) for name in "abcdefghijklmnopqrstuvwxyz"}


def happened(*events: tuple[datetime, Event]) -> TimedStory[Case]:
    """A story of events, each recorded when it is said to have been."""
    timed = TimedStory(service)
    for each in _named(events):
        timed.tell(each)
    return timed


def _named(events: Iterable[tuple[datetime, Event]]) -> list[Told]:
    """Events with ids of their own, which they have in whichever order they are told."""
    names = Counter[str]()
    named = []
    for recorded, event in events:
        name = f"{event.type} {recorded.isoformat()} {event.model_dump_json()}"
        names[name] += 1
        named.append(told(event, f"{name} {names[name]}", recorded))
    return named


def adult_of(story: Story[Case], adult_id: UUID = ADA) -> Adult:
    """The adult as the story left them."""
    return adult_in(story.cases, adult_id)


def stated(story: Story[Case], *types: type[Event]) -> list[Event]:
    """What was stated of these types, in order."""
    return [fact for fact in story.facts if isinstance(fact, types)]


def names_of(concerns: Iterable[UUID]) -> set[str]:
    """The names of concerns."""
    found = set(concerns)
    return {name for name, known in _NAMES.items() if known in found}


def merge_id(name: str) -> UUID:
    """The deciding system's id of the finding of that name."""
    return derived("merge", name)


def interleaved(streams: Sequence[Sequence[T]], order: Random) -> list[T]:
    """The streams as one, each in its own order."""
    queues = [list(stream) for stream in streams]
    merged = []
    while left := [queue for queue in queues if queue]:
        merged.append(order.choice(left).pop(0))
    return merged


def tellings(events: Iterable[Event], at: datetime) -> list[Told]:
    """Each event, recorded then, under an id of its own."""
    return _named((at, event) for event in events)


# --- Concerns and adults ------------------------------------------------------------------------------------


def received(name: str, at: datetime, adult_id: UUID = ADA, **report: Any) -> ConcernReceived:
    """The concern of that name about that adult, received then."""
    said = ConcernReported.model_validate(a_report(name).model_dump() | report, strict=False)
    return ConcernReceived(concern_id=concern_id(name), adult_id=adult_id, received_at=at, report=said)


def linked(name: str, of: str, adult_id: UUID = ADA) -> ConcernLinkedAsDuplicate:
    """The two were found to be one incident."""
    fields: dict[str, Any] = {"concern_id": concern_id(name), "duplicate_of": concern_id(of), "adult_id": adult_id}
    return ConcernLinkedAsDuplicate.model_validate(fields | _DECIDED)


def unlinked(name: str, of: str, adult_id: UUID = ADA) -> ConcernUnlinked:
    """The two are separate after all."""
    fields: dict[str, Any] = {"concern_id": concern_id(name), "duplicate_of": concern_id(of), "adult_id": adult_id}
    return ConcernUnlinked.model_validate(fields | _DECIDED)


def withdrawn(name: str, adult_id: UUID = ADA) -> ConcernWithdrawn:
    """The concern was recorded in error."""
    fields: dict[str, Any] = {"concern_id": concern_id(name), "adult_id": adult_id, "reason": "wrong-person"}
    return ConcernWithdrawn.model_validate(fields | _DECIDED)


def reinstated(name: str, adult_id: UUID = ADA) -> ConcernReinstated:
    """Withdrawing it was the error."""
    fields: dict[str, Any] = {"concern_id": concern_id(name), "adult_id": adult_id, "reason": "right-person"}
    return ConcernReinstated.model_validate(fields | _DECIDED)


def merged(name: str, adult_id: UUID, other: UUID) -> AdultsMerged:
    """The two adults were found to be one."""
    fields: dict[str, Any] = {"merge_id": merge_id(name), "adult_id": adult_id, "other_adult_id": other}
    return AdultsMerged.model_validate(fields | _DECIDED)


def unmerged(name: str, adult_id: UUID, other: UUID) -> AdultsUnmerged:
    """That finding is taken back."""
    fields: dict[str, Any] = {"merge_id": merge_id(name), "adult_id": adult_id, "other_adult_id": other}
    return AdultsUnmerged.model_validate(fields | _DECIDED)


def possibly_one(adult_id: UUID, other: UUID) -> AdultPossiblyDuplicated:
    """A report's identifiers point at both."""
    return AdultPossiblyDuplicated(adult_id=adult_id, other_adult_id=other, concern_id=concern_id("a"))


def decided(name: str, adult_id: UUID = ADA, **changes: object) -> ConcernTriaged:
    """A decision on the concern is approved: not met, with the adult's view and consents."""
    fields: dict[str, Any] = {
        "concern_id": concern_id(name),
        "adult_id": adult_id,
        "decision_id": derived("decision", name),
        "decision": TriageDecision.NOT_MET,
        "limbs": limbs(),
        "approved_by": "manager-1",
        "approved_at": NOON,
        "adult_view": AdultView.WANTS_ACTION,
        "consents": Consents(),
    }
    return ConcernTriaged.model_validate(fields | _DECIDED | changes)


# --- Enquiries ----------------------------------------------------------------------------------------------


def enquiry_id(name: str) -> UUID:
    """The id of the enquiry of the concern of that name."""
    return enquiry_id_of(concern_id(name))


def _of(name: str, adult_id: UUID) -> dict[str, Any]:
    return {"enquiry_id": enquiry_id(name), "concern_id": concern_id(name), "adult_id": adult_id}


def opened(name: str, at: datetime, adult_id: UUID = ADA, **changes: object) -> EnquiryOpened:
    """The enquiry of that concern, started then."""
    return EnquiryOpened.model_validate(_of(name, adult_id) | {"started_at": at} | changes)


def concluded(name: str, start: datetime, at: datetime, adult_id: UUID = ADA, **changes: object) -> EnquiryConcluded:
    """The enquiry is concluded, and its record lacks nothing."""
    fields: dict[str, Any] = {
        "started_at": start,
        "concluded_at": at,
        "closure_id": derived("closure", name),
        "reason": "enquiry-complete",
        "proposed_by": "worker-1",
        "approved_by": "manager-1",
        "asked": "none_expressed",
        "risk_assessment": "not_identified_action",
        "capacity": "has",
    }
    return EnquiryConcluded.model_validate(_of(name, adult_id) | fields | changes, strict=False)


def reopened(name: str, start: datetime, at: datetime, adult_id: UUID = ADA) -> EnquiryReopened:
    """The enquiry goes on."""
    fields: dict[str, Any] = {
        "started_at": start,
        "kind": "section_42",
        "reopening_id": derived("reopening", name),
        "closure_id": derived("closure", name),
        "reason": "new-information",
        "decided_by": "manager-1",
        "reopened_at": at,
    }
    return EnquiryReopened.model_validate(_of(name, adult_id) | fields, strict=False)


def enquiry_withdrawn(name: str, start: datetime, adult_id: UUID = ADA) -> EnquiryWithdrawn:
    """The decision that started the enquiry was corrected."""
    fields: dict[str, Any] = {"started_at": start, "kind": "section_42", "decision_id": derived("decision", name)}
    return EnquiryWithdrawn.model_validate(_of(name, adult_id) | fields, strict=False)


def work_without(name: str, at: datetime, due_at: datetime) -> WorkWithoutEnquiry:
    """Enquiry work recorded since then, and no enquiry by the time it was due."""
    return WorkWithoutEnquiry(enquiry_id=enquiry_id(name), first_recorded_at=at, due_at=due_at)


def capacity(
    name: str, found: Capacity, at: datetime, matter: str = "the-enquiry", adult_id: UUID = ADA
) -> CapacityNoted:
    """An assessment of capacity in a matter."""
    record = CapacityAssessed(
        enquiry_id=enquiry_id(name),
        capacity_id=derived("capacity", f"{name} {matter} {at}"),
        matter=matter,
        capacity=found,
        assessed_by="worker-1",
        assessed_at=at,
    )
    return CapacityNoted.model_validate(_of(name, adult_id) | {"record": record})


def support(name: str, at: datetime, *support: Support, adult_id: UUID = ADA) -> AdvocacyNoted:
    """Who supports the adult, as recorded then."""
    record = AdvocacyRecorded(
        enquiry_id=enquiry_id(name),
        take_up=TakeUp.ACCEPTED if support else TakeUp.NOT_OFFERED,
        support=support,
        recorded_by="worker-1",
        recorded_at=at,
    )
    return AdvocacyNoted.model_validate(_of(name, adult_id) | {"record": record})


def death(name: str, at: datetime, age: int | None = None, adult_id: UUID = ADA) -> DeathNoted:
    """The adult has died."""
    record = DeathRecorded(
        enquiry_id=enquiry_id(name),
        died_on=at.date(),
        age_at_death=age,
        review_considered=Answer.NO,
        recorded_by="worker-1",
        recorded_at=at,
    )
    return DeathNoted.model_validate(_of(name, adult_id) | {"record": record})
