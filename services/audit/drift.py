"""Drift: what is open for more than six calendar months comes to the Safeguarding Adults Coordinator.

Every enquiry and every undecided concern does (seed 003:3464-3466; design section 4, rule 10), from 00:00 in
London on the day after the start date plus six months. Looked at is not closed: it comes back at its next
look.
"""

from bisect import insort
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Ended, Open
from services.audit.policy import POLICY, Policy
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged, OpenKind
from shared.kernel.civil import over_after_months
from shared.kernel.decision import Decision
from shared.kernel.event import Due, Event

TIMER = "drift"
_BY_START = attrgetter("started_at", "open_id")


def timers(adult: Adult) -> Sequence[Due]:
    """When something of this adult comes to the coordinator next; what falls due together is one timer."""
    if not adult.open:
        return ()
    return [Due(TIMER, adult.adult_id, one.next_flag) for one in adult.open if one.next_flag is not None]


def started(adult: Adult, kind: OpenKind, open_id: UUID, started_at: datetime, policy: Policy = POLICY) -> Adult:
    """The adult with something open, whose clock runs from its start, whenever we learn of that.

    Where it is known to have ended before it was over six months, nothing is left to watch. Where it ended
    after, it is flagged and ended, as it would have been had we known of the start in time.
    """
    if any(one.open_id == open_id for one in adult.open):
        return adult
    over = over_after_months(started_at, policy.drift_months)
    ended = next((one.recorded for one in adult.ended if one.open_id == open_id), None)
    if ended is not None:
        adult = replace(adult, ended=tuple(one for one in adult.ended if one.open_id != open_id))
        if ended < over:
            return adult
    opened = Open(open_id=open_id, kind=kind, started_at=started_at, next_flag=over, ended=ended)
    still_open = list(adult.open)
    insort(still_open, opened, key=_BY_START)
    return replace(adult, open=tuple(still_open))


def ended(adult: Adult, open_id: UUID, recorded: datetime, *, start_known: bool) -> tuple[Adult, tuple[Event, ...]]:
    """The adult without what was decided or concluded, and the end of its flag where one was raised.

    `recorded` is when that became known to the council. A flag that fell due later than that was raised only
    because the news came late, and is withdrawn (delivery rule 10). An end that overtook its start is kept.
    """
    one = next((one for one in adult.open if one.open_id == open_id), None)
    if one is None:
        return (adult if start_known else _ended_early(adult, open_id, recorded)), ()
    left = replace(adult, open=tuple(other for other in adult.open if other is not one))
    if one.flagged_at is None:
        return left, ()
    ending = DriftEnding.ENDED if recorded >= one.flagged_at else DriftEnding.WITHDRAWN
    return left, (_end_of_flag(adult.adult_id, one, ending),)


def fall_due(adult: Adult, due: Due) -> Decision[Adult]:
    """Everything whose time has come, flagged as of the instant it fell due."""
    still_open: list[Open] = []
    facts: list[Event] = []
    for one in adult.open:
        if one.next_flag != due.at:
            still_open.append(one)
            continue
        flagged = replace(one, next_flag=None, look=one.look + 1, flagged_at=due.at)
        facts.append(
            DriftFlagged(
                open_id=one.open_id,
                kind=one.kind,
                adult_id=adult.adult_id,
                started_at=one.started_at,
                due_at=due.at,
                look=flagged.look,
            )
        )
        if one.ended is None:
            still_open.append(flagged)
        else:
            facts.append(_end_of_flag(adult.adult_id, one, DriftEnding.ENDED))
    return Decision({adult.adult_id: replace(adult, open=tuple(still_open))}, tuple(facts))


def _ended_early(adult: Adult, open_id: UUID, recorded: datetime) -> Adult:
    """The first end is kept: what was decided again later had ended before."""
    known = {one.open_id: one.recorded for one in adult.ended}
    known[open_id] = min(recorded, known.get(open_id, recorded))
    return replace(adult, ended=tuple(Ended(one, known[one]) for one in sorted(known)))


def _end_of_flag(adult_id: UUID, one: Open, ending: DriftEnding) -> DriftEnded:
    return DriftEnded(open_id=one.open_id, kind=one.kind, adult_id=adult_id, ending=ending)
