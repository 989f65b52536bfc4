"""A service that only remembers what it was told, in the order in which it was told, for tests of the chassis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

import msgspec

from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewRefused, ReviewUnreadable
from shared.contracts.doors import RepeatReviewed
from shared.contracts.intake import ConcernReceived
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Due, Event, Metadata
from shared.kernel.identity import derived


class Diary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told of one adult: references of concerns, plans of reviews, and timers that fired."""

    adult_id: UUID
    entries: tuple[str, ...] = ()
    alarms: tuple[datetime, ...] = ()


class NewerConcernReceived(ConcernReceived):
    """A version of the event that a service reads only after it has been brought up to date."""

    type: ClassVar[str] = "safeguarding.concern.received.v2"


class Need(NamedTuple):
    """An entry that has to be there first, and in whose diary."""

    adult_id: UUID
    entry: str


def reference_of(event: ConcernReceived | RepeatReviewed) -> str:
    """What a concern or a review is called, and what it asks for."""
    return event.report.reference if isinstance(event, ConcernReceived) else event.safety_planning


def own_name(reference: str) -> str:
    """What an entry is called besides: the last part of one that came after others."""
    return reference.rpartition(":")[2] if reference.startswith("after:") else reference


def needs(event: ConcernReceived | RepeatReviewed) -> list[Need]:
    """What `after:x.ben/y:own` comes after: x in its own diary, and y in ben's."""
    reference = reference_of(event)
    if not reference.startswith("after:"):
        return []
    named = [one.rpartition("/") for one in reference.removeprefix("after:").rpartition(":")[0].split(".")]
    return [Need(derived("adult", whose) if whose else event.adult_id, entry) for whose, _, entry in named]


def keys(event: ConcernReceived | RepeatReviewed) -> tuple[UUID, ...]:
    """Its own diary, and those it looks into."""
    return tuple(dict.fromkeys((event.adult_id, *(need.adult_id for need in needs(event)))))


def decide(
    cases: Mapping[UUID, Diary], event: ConcernReceived | RepeatReviewed | Due, meta: Metadata
) -> Decision[Diary] | Wait | Refused:
    """One more entry. References say what else is to happen: `bug…` breaks, `no…` is refused, `after:x:own` waits.

    `alarm:<instant>`, and `after:x:alarm-1330`, set an alarm. A review whose plan is `huge…` states more than fits.
    """
    if isinstance(event, Due):
        return _write(cases, event.subject, f"alarm rang {event.at:%H:%M}", drop=event.at)
    for place, need in enumerate(needs(event)):
        if not _is_there(cases, need):
            what = "what else it comes after" if place else "what it comes after"
            return Wait(what, at=need.adult_id if need.adult_id != event.adult_id else None)
    reference = reference_of(event)
    own = own_name(reference)
    if own.startswith("bug"):
        raise ZeroDivisionError
    if own.startswith("no"):
        return refused("no", "Nothing whose name begins with no.")
    if own.startswith("alarm:"):
        at = datetime.fromisoformat(own.removeprefix("alarm:"))
        return _write(cases, event.adult_id, "alarm set", add=at)
    rings = meta.recorded.replace(hour=int(own[6:8]), minute=int(own[8:])) if own.startswith("alarm-") else None
    decided = _write(cases, event.adult_id, reference, add=rings)
    if isinstance(event, RepeatReviewed):
        return decided._replace(facts=(_done(event, own),))
    return decided


def _is_there(cases: Mapping[UUID, Diary], need: Need) -> bool:
    """Whether a diary has the entry; blanks are written as hyphens."""
    entries = cases[need.adult_id].entries if need.adult_id in cases else ()
    return any(need.entry in {entry.replace(" ", "-"), own_name(entry)} for entry in entries)


def _write(
    cases: Mapping[UUID, Diary], adult: UUID, entry: str, add: datetime | None = None, drop: datetime | None = None
) -> Decision[Diary]:
    diary = cases.get(adult, Diary(adult))
    alarms = tuple(sorted({*diary.alarms, *([add] if add else [])} - {drop}))
    return Decision({adult: Diary(adult, (*diary.entries, entry), alarms)})


def _done(event: RepeatReviewed, own: str) -> Event:
    done = RepeatReviewDone(
        review_id=event.review_id, adult_id=event.adult_id, safety_planning=event.safety_planning,
        reviewed_by=event.reviewed_by, reviewed_at=event.reviewed_at,
    )  # fmt: skip
    return done.model_copy(update={"notes": "x" * 2_000_000}) if own.startswith("huge") else done


def timers(diary: Diary) -> Sequence[Due]:
    """Its alarms."""
    return [Due("alarm", diary.adult_id, at) for at in diary.alarms]


service: Service[Diary] = Service(
    name="diary",
    reads=(ConcernReceived, RepeatReviewed),
    writes=(RepeatReviewDone, RepeatReviewRefused, ReviewUnreadable),
    state=Diary,
    keys=keys,
    decide=decide,
    timers=timers,
    refusals={RepeatReviewed: RepeatReviewRefused},
)

newer: Service[Diary] = replace(service, reads=(*service.reads, NewerConcernReceived))
"""The same after a deployment that reads the newer version too."""
