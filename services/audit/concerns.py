"""What becomes of an adult's concerns: received, decided, linked and unlinked, withdrawn and reinstated.

Every accepted concern counts, whatever is decided on it, unless it is withdrawn; it is undecided until a decision on it
is approved. A decision may overtake its concern, for they travel on different topics, and waits with the adult.
"""

from datetime import UTC, date, datetime
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import CONCERNS, Adult, Concern, Ended, SameIncident
from services.audit.causes import ended_by
from services.audit.drift import end_known, ended, ended_early, started
from services.audit.quality import of_decision, of_withdrawal
from shared.contracts.audit import OpenKind
from shared.contracts.doors import ConcernReported, TriageDecision
from shared.contracts.intake import (
    ConcernLinkedAsDuplicate,
    ConcernReceived,
    ConcernReinstated,
    ConcernUnlinked,
    ConcernWithdrawn,
)
from shared.contracts.triage import ConcernTriaged
from shared.kernel.decision import Wait
from shared.kernel.event import Event, Metadata

Told = tuple[Adult, tuple[Event, ...]]
_TO_BE_RECEIVED = Wait("the concern to be received")
_YEAR_ENDS = (3, 31)


def receive(adult: Adult, event: ConcernReceived, _: Metadata) -> Told:
    """A concern more, undecided unless its decision was heard of first."""
    if adult.concern(event.concern_id) is not None:
        return adult, ()
    received_at = event.received_at.astimezone(UTC)
    report = event.report
    abuse_types = report.abuse_types
    if report.risks or len(abuse_types) > 1:
        abuse_types = tuple(sorted({*abuse_types, *(risk.abuse_type for risk in report.risks)}))
    early = end_known(adult, event.concern_id) if adult.ended else None
    concern = Concern(
        concern_id=event.concern_id,
        received_at=received_at,
        source=report.source,
        channel=report.channel,
        abuse_types=abuse_types,
        decision=early.decision if early is not None else None,
        decided_at=early.decided_at if early is not None else None,
        team=early.team if early is not None else None,
    )
    known = _with_birth(replace(adult, concerns=CONCERNS.added(adult.concerns, concern)), report, received_at)
    return started(known, OpenKind.CONCERN, event.concern_id, received_at), ()


def _with_birth(adult: Adult, report: ConcernReported, received_at: datetime) -> Adult:
    """The adult with the birth year that the report received first says, whichever of them is heard of first."""
    born_by = _born_by(report)
    if born_by is None or (adult.born_by_told_at is not None and adult.born_by_told_at <= received_at):
        return adult
    return replace(adult, born_by=born_by, born_by_told_at=received_at)


def _born_by(report: ConcernReported) -> int | None:
    """The year of the first 31 March on or after the birth date.

    The national return counts age on 31 March (domain 2.3), so this tells the age in every year, and no birth date is
    kept, which would help to say who somebody is.
    """
    born: date | None = report.adult.birth_date if report.adult is not None else None
    if born is None:
        return None
    return born.year if (born.month, born.day) <= _YEAR_ENDS else born.year + 1


def decide_on(adult: Adult, event: ConcernTriaged, meta: Metadata) -> Told:
    """The concern is decided; and where it is decided to be a duplicate, it is no separate one.

    A later decision takes the place of an earlier one: what was a duplicate then need not be one now.
    """
    concern = adult.concern(event.concern_id)
    decided_at = event.decided_at.astimezone(UTC)
    endings: tuple[Event, ...] = ()
    if concern is None:
        end = Ended(event.concern_id, meta.recorded, event.decision, decided_at, event.team, ended_by(meta))
        decided = ended_early(adult, end)
    else:
        left, endings = ended(adult, event.concern_id, meta.recorded)
        changed = replace(concern, decision=event.decision, decided_at=decided_at, team=event.team)
        decided = _with(left, concern, changed)
    if decided.triaged or event.decision is TriageDecision.DUPLICATE:
        decided = _same_as(decided, event)
    known, flags = of_decision(decided, event, withdrawn=concern is not None and concern.withdrawn)
    return known, (*endings, *flags)


def _same_as(adult: Adult, event: ConcernTriaged) -> Adult:
    """The adult with what is decided of which concern this one repeats, if any."""
    triaged = tuple(pair for pair in adult.triaged if pair.concern_id != event.concern_id)
    if event.decision is TriageDecision.DUPLICATE and event.duplicate_of is not None:
        triaged = tuple(sorted((*triaged, SameIncident(event.concern_id, event.duplicate_of)), key=_by_concern))
    return adult if triaged == adult.triaged else replace(adult, triaged=triaged)


def link(adult: Adult, event: ConcernLinkedAsDuplicate, _: Metadata) -> Told:
    """Two concerns a person found to be one incident; which was called the duplicate is only a word."""
    pair = _pair(event)
    if pair in adult.linked:
        return adult, ()
    return replace(adult, linked=tuple(sorted((*adult.linked, pair), key=_by_concern))), ()


def unlink(adult: Adult, event: ConcernUnlinked, _: Metadata) -> Told:
    """Two concerns that are separate after all."""
    pair = _pair(event)
    if pair not in adult.linked:
        return adult, ()
    return replace(adult, linked=tuple(kept for kept in adult.linked if kept != pair)), ()


def withdraw(adult: Adult, event: ConcernWithdrawn, meta: Metadata) -> Told | Wait:
    """A concern recorded in error counts nowhere, and nobody owes it a decision."""
    concern = adult.concern(event.concern_id)
    if concern is None:
        return _TO_BE_RECEIVED
    if concern.withdrawn:
        return adult, ()
    left, endings = ended(_with(adult, concern, replace(concern, withdrawn=True)), concern.concern_id, meta.recorded)
    known, flags = of_withdrawal(left, concern.concern_id, withdrawn=True)
    return known, (*endings, *flags)


def reinstate(adult: Adult, event: ConcernReinstated, meta: Metadata) -> Told | Wait:
    """It counts again from when it was received; an undecided one is open again since then."""
    concern = adult.concern(event.concern_id)
    if concern is None:
        return _TO_BE_RECEIVED
    if not concern.withdrawn:
        return adult, ()
    back = _with(adult, concern, replace(concern, withdrawn=False))
    if concern.decision is None:
        back = started(back, OpenKind.CONCERN, concern.concern_id, concern.received_at, again_at=meta.recorded)
    return of_withdrawal(back, concern.concern_id, withdrawn=False)


def _with(adult: Adult, concern: Concern, changed: Concern) -> Adult:
    return replace(adult, concerns=CONCERNS.replaced(adult.concerns, concern, changed))


def _pair(event: ConcernLinkedAsDuplicate | ConcernUnlinked) -> SameIncident:
    return SameIncident(*sorted((event.concern_id, event.duplicate_of)))


def _by_concern(pair: SameIncident) -> tuple[UUID, UUID]:
    return pair.concern_id, pair.duplicate_of
