"""A service that only remembers what it was told, in the order in which it was told, for tests of the chassis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewRefused
from shared.contracts.doors import RepeatReviewed
from shared.contracts.intake import ConcernReceived
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Due, Event, Metadata


class Diary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told of one adult: references of concerns, plans of reviews, and timers that fired."""

    adult_id: UUID
    entries: tuple[str, ...] = ()
    alarms: tuple[datetime, ...] = ()


class NewerConcernReceived(ConcernReceived):
    """A version of the event that a service reads only after it has been brought up to date."""

    type: ClassVar[str] = "safeguarding.concern.received.v2"


def keys(event: ConcernReceived | RepeatReviewed) -> tuple[UUID, ...]:
    """A diary is one adult's."""
    return (event.adult_id,)


def decide(
    cases: Mapping[UUID, Diary],
    event: ConcernReceived | RepeatReviewed | Due,
    meta: Metadata,  # noqa: ARG001
) -> Decision[Diary] | Wait | Refused:
    """One more entry. References say what else is to happen: `bug…` breaks, `no…` is refused, `after:x` waits.

    A review whose plan is `huge…` states more than fits.
    """
    if isinstance(event, Due):
        return _write(cases, event.subject, f"alarm rang {event.at:%H:%M}", drop=event.at)
    reference = event.report.reference if isinstance(event, ConcernReceived) else event.safety_planning
    diary = cases.get(event.adult_id, Diary(event.adult_id))
    if reference.startswith("bug"):
        raise ZeroDivisionError
    if reference.startswith("no"):
        return refused("no", "Nothing whose name begins with no.")
    if reference.startswith("after:") and reference.split(":")[1] not in diary.entries:
        return Wait("what it comes after")
    if reference.startswith("alarm:"):
        at = datetime.fromisoformat(reference.removeprefix("alarm:"))
        return _write(cases, event.adult_id, "alarm set", add=at)
    decided = _write(cases, event.adult_id, reference)
    if isinstance(event, RepeatReviewed):
        return decided._replace(facts=(_done(event, reference),))
    return decided


def _write(
    cases: Mapping[UUID, Diary], adult: UUID, entry: str, add: datetime | None = None, drop: datetime | None = None
) -> Decision[Diary]:
    diary = cases.get(adult, Diary(adult))
    alarms = tuple(sorted({*diary.alarms, *([add] if add else [])} - {drop}))
    return Decision({adult: Diary(adult, (*diary.entries, entry), alarms)})


def _done(event: RepeatReviewed, plan: str) -> Event:
    done = RepeatReviewDone(
        review_id=event.review_id, adult_id=event.adult_id, safety_planning=plan,
        reviewed_by=event.reviewed_by, reviewed_at=event.reviewed_at,
    )  # fmt: skip
    return done.model_copy(update={"notes": "x" * 2_000_000}) if plan.startswith("huge") else done


def timers(diary: Diary) -> Sequence[Due]:
    """Its alarms."""
    return [Due("alarm", diary.adult_id, at) for at in diary.alarms]


service: Service[Diary] = Service(
    name="diary",
    reads=(ConcernReceived, RepeatReviewed),
    writes=(RepeatReviewDone, RepeatReviewRefused),
    state=Diary,
    keys=keys,
    decide=decide,
    timers=timers,
    refusals={RepeatReviewed: RepeatReviewRefused},
)

newer: Service[Diary] = replace(service, reads=(*service.reads, NewerConcernReceived))
"""The same after a deployment that reads the newer version too."""
