"""The responsive audit: an adult who lacks capacity, and no advocate on record (seed 003:3696).

Lacking it in any matter is enough; of each matter the latest assessment counts. Any advocate clears it; family or
friends alone do not, and are listed apart (design section 4, rules 8 and 11). It is told of a week after the
assessment, a local setting, or when the enquiry is concluded without an advocate, if that is sooner.
"""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import CapacityKept, Enquiry
from services.audit.policy import POLICY, Policy
from shared.contracts.audit import AdvocacyGap, AdvocacyGapEnded, AdvocacyGapFound, Ending
from shared.contracts.doors import Capacity
from shared.contracts.enquiry import AdvocacyNoted, CapacityNoted
from shared.kernel.event import Event, Metadata


class Gap(NamedTuple):
    """What is missing, and since when: the earliest assessment by which the adult lacks capacity."""

    gap: AdvocacyGap
    since: datetime


def note_capacity(enquiry: Enquiry, event: CapacityNoted, meta: Metadata) -> Enquiry:
    """The enquiry with what was found of capacity in a matter, unless a later finding is known."""
    found = event.record
    kept = CapacityKept(found.matter, found.capacity, found.assessed_at.astimezone(UTC), meta.identity)
    matters = {one.matter: one for one in enquiry.capacity}
    known = matters.get(kept.matter)
    if known is not None and (known.assessed_at, known.identity) >= (kept.assessed_at, kept.identity):
        return enquiry
    matters[kept.matter] = kept
    return replace(enquiry, capacity=tuple(matters[matter] for matter in sorted(matters)))


def note_support(enquiry: Enquiry, event: AdvocacyNoted, meta: Metadata) -> Enquiry:
    """The enquiry with who supports the adult, unless a later record of it is known."""
    at = event.record.recorded_at.astimezone(UTC)
    known = enquiry.supported_at
    if known is not None and (known, enquiry.supported_by or "") >= (at, meta.identity):
        return enquiry
    support = tuple(sorted(set(event.record.support)))
    return replace(enquiry, support=support, supported_at=at, supported_by=meta.identity)


def missing_advocate(enquiry: Enquiry, policy: Policy = POLICY) -> Gap | None:
    """Who is missing by what is on record, told or not. A withdrawn enquiry counts as never started."""
    lacking = [one.assessed_at for one in enquiry.capacity if one.capacity is Capacity.LACKS]
    if not lacking or enquiry.withdrawn or not policy.advocates.isdisjoint(enquiry.support):
        return None
    return Gap(AdvocacyGap.FAMILY_OR_FRIEND_ALONE if enquiry.support else AdvocacyGap.NOBODY, min(lacking))


def watch(
    enquiry: Enquiry, adult_id: UUID, recorded: datetime, again_at: datetime | None = None, policy: Policy = POLICY
) -> tuple[Enquiry, tuple[Event, ...]]:
    """The enquiry with the clock its gap asks for, and what there is to tell: found, found to be another, or ended.

    An enquiry that begins again, from `again_at`, is told of then at the earliest.
    """
    if not enquiry.capacity and enquiry.gap is None:
        return enquiry, ()
    missing = missing_advocate(enquiry, policy)
    if missing is None:
        return _cleared(enquiry, adult_id, recorded)
    due = missing.since + policy.advocate_within
    due = due if again_at is None else max(due, again_at)
    if enquiry.gap is not None:
        told_at = _told_at(enquiry, due, recorded)
        told = replace(enquiry, gap=missing.gap, gap_since=missing.since, gap_told_at=told_at)
        return told, () if missing.gap is enquiry.gap else (_found(told, adult_id, missing, policy),)
    if enquiry.concluded is not None:
        return _tell(enquiry, adult_id, missing, min(due, recorded), policy)
    return replace(enquiry, gap_due=due), ()


def gap_turn(enquiry: Enquiry) -> str:
    """What tells the timer of a gap from one before, which may have run from the same instant.

    It is when the enquiry began again, whose support is on record, and by which assessment the adult lacks capacity
    first: a gap that ended comes back by another.
    """
    again = "" if enquiry.again_at is None else enquiry.again_at.isoformat()
    lacking = [(one.assessed_at, one.identity) for one in enquiry.capacity if one.capacity is Capacity.LACKS]
    return "/".join((again, enquiry.supported_by or "", min(lacking)[1] if lacking else ""))


def tell_gap(
    enquiry: Enquiry, adult_id: UUID, due_at: datetime, policy: Policy = POLICY
) -> tuple[Enquiry, tuple[Event, ...]]:
    """The week is over, and nobody is there."""
    missing = missing_advocate(enquiry, policy)
    if missing is None:
        return replace(enquiry, gap_due=None), ()
    return _tell(enquiry, adult_id, missing, due_at, policy)


def _tell(
    enquiry: Enquiry, adult_id: UUID, missing: Gap, at: datetime, policy: Policy
) -> tuple[Enquiry, tuple[Event, ...]]:
    told = replace(enquiry, gap_due=None, gap=missing.gap, gap_since=missing.since, gap_told_at=at)
    return told, (_found(told, adult_id, missing, policy),)


def _told_at(enquiry: Enquiry, due: datetime, recorded: datetime) -> datetime:
    """As of when the gap is told; what was recorded before it was told, and heard of late, moves that."""
    told_at = enquiry.gap_told_at or due
    if recorded >= told_at:
        return min(due, told_at)
    return due if enquiry.concluded is None else min(due, recorded)


def _cleared(enquiry: Enquiry, adult_id: UUID, recorded: datetime) -> tuple[Enquiry, tuple[Event, ...]]:
    """Nobody is missing, any more or at all; what was told only because we learned it late is withdrawn."""
    cleared = replace(enquiry, gap_due=None, gap=None, gap_since=None, gap_told_at=None)
    if enquiry.gap is None:
        return cleared, ()
    told_at = enquiry.gap_told_at
    ending = Ending.WITHDRAWN if told_at is not None and recorded < told_at else Ending.ENDED
    return cleared, (AdvocacyGapEnded(enquiry_id=enquiry.enquiry_id, adult_id=adult_id, ending=ending),)


def _found(enquiry: Enquiry, adult_id: UUID, missing: Gap, policy: Policy) -> Event:
    return AdvocacyGapFound(
        enquiry_id=enquiry.enquiry_id,
        adult_id=adult_id,
        gap=missing.gap,
        since=missing.since,
        policy=policy.version,
    )
