"""Drift: what is open for more than six calendar months comes to the Safeguarding Adults Coordinator.

Every enquiry and every undecided concern does (seed 003:3464-3466; design section 4, rule 10), from 00:00 in
London on the day after the start date plus six months. Looked at is not closed: it comes back at its next
look. What ends and goes on again keeps the day it started.
"""

from datetime import UTC, datetime
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Case, Ended, Open
from services.audit.overdue import end_of_overdue
from services.audit.policy import VERSIONS
from services.audit.watched import OPEN, come_up
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged, OpenKind
from shared.kernel.civil import over_after_months
from shared.kernel.decision import Decision
from shared.kernel.event import Cause, Due, Event


def started(
    adult: Adult,
    kind: OpenKind,
    open_id: UUID,
    started_at: datetime,
    again_at: datetime | None = None,
) -> Adult:
    """The adult with something open, whose clocks run from its start by the policy of that time, whenever we hear.

    Where it is known to have ended before any of them ran out, nothing is left to watch. Where it ended after, it is
    told of and ended, as it would have been had we known of the start in time. What goes on again, from `again_at`,
    is told of then at the earliest.
    """
    if OPEN.find(adult.open, open_id) is not None:
        return adult
    policy = VERSIONS.at(started_at)
    over: datetime | None = over_after_months(started_at, policy.drift_months)
    target = started_at + policy.decision_target if kind is OpenKind.CONCERN else None
    early, ended = None, None
    if adult.ended and (early := end_known(adult, open_id)) is not None:
        ended = early.recorded
        adult = without_end(adult, open_id)
        over = None if over is not None and ended < over else over
        target = None if target is not None and ended < target else target
        if over is None and target is None:
            return adult
    if again_at is not None:
        again_at = again_at.astimezone(UTC)
        over = None if over is None else max(over, again_at)
        target = None if target is None else max(target, again_at)
    opened = Open(
        open_id=open_id,
        kind=kind,
        started_at=started_at,
        next_flag=over,
        ended=ended,
        target=target,
        again_at=again_at,
        ended_by=None if early is None else early.by,
    )
    return replace(adult, open=OPEN.added(adult.open, opened))


def ended(adult: Adult, open_id: UUID, recorded: datetime) -> tuple[Adult, tuple[Event, ...]]:
    """The adult without what was decided, concluded or withdrawn, and the end of what was told of it.

    `recorded` is when that became known to the council. What fell due later than that was told only because the news
    came late, and is withdrawn (delivery rule 10).
    """
    item = OPEN.find(adult.open, open_id)
    if item is None:
        return adult, ()
    left = replace(adult, open=OPEN.dropped(adult.open, item))
    facts: tuple[Event, ...] = ()
    if item.flagged_at is not None:
        ending = DriftEnding.ENDED if recorded >= item.flagged_at else DriftEnding.WITHDRAWN
        facts = (_end_of_flag(adult.adult_id, item, ending),)
    if item.overdue_at is not None:
        facts = (*facts, end_of_overdue(adult.adult_id, item, recorded))
    return left, facts


def end_known(adult: Adult, open_id: UUID) -> Ended | None:
    """The end of something whose start is not known yet."""
    return next((item for item in adult.ended if item.open_id == open_id), None)


def ended_early(adult: Adult, end: Ended) -> Adult:
    """An end that overtook its start is kept: of several the first, for what is decided again had ended before."""
    known = {item.open_id: item for item in adult.ended}
    first = min(known.get(end.open_id, end), end, key=attrgetter("recorded"))
    known[end.open_id] = replace(end, recorded=first.recorded.astimezone(UTC), by=first.by)
    return replace(adult, ended=tuple(known[item] for item in sorted(known)))


def without_end(adult: Adult, open_id: UUID) -> Adult:
    """The adult without an end that was waiting for its start."""
    return replace(adult, ended=tuple(item for item in adult.ended if item.open_id != open_id))


def flag_drift(adult: Adult, due: Due) -> Decision[Case]:
    """Everything whose time has come, flagged as of the instant it fell due; what had ended by then, ends with it."""
    due_at, causes = due.at, dict[Event, Cause]()
    changes: list[tuple[Open, Open | None]] = []
    facts: list[Event] = []
    for item in come_up(adult.open, due):
        flagged = replace(item, next_flag=None, look=item.look + 1, flagged_at=due_at)
        facts.append(
            DriftFlagged(
                open_id=item.open_id,
                kind=item.kind,
                adult_id=adult.adult_id,
                started_at=item.started_at,
                due_at=due_at,
                look=flagged.look,
                policy=VERSIONS.at(item.started_at).version,
            )
        )
        changes.append((item, flagged if item.ended is None else None))
        if item.ended is not None:
            facts.append(end := _end_of_flag(adult.adult_id, item, DriftEnding.ENDED))
            causes |= {} if item.ended_by is None else {end: item.ended_by.cause}
    told = replace(adult, open=OPEN.changed(adult.open, changes))
    return Decision({adult.adult_id: told}, tuple(facts), causes)


def _end_of_flag(adult_id: UUID, item: Open, ending: DriftEnding) -> DriftEnded:
    return DriftEnded(open_id=item.open_id, kind=item.kind, adult_id=adult_id, ending=ending)
