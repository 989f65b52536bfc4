"""Concerns past the local target for a decision (design section 4, rule 12; 48 hours elapsed, domain 3.3)."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Case, Open
from services.audit.policy import VERSIONS
from services.audit.watched import OPEN, come_up
from shared.contracts.audit import DecisionOverdue, DecisionOverdueEnded, Ending
from shared.kernel.decision import Decision
from shared.kernel.event import Cause, Due, Event


def tell_overdue(adult: Adult, due: Due) -> Decision[Case]:
    """Every undecided concern whose target is this instant, told once.

    One that is known to have been decided after it is told of, and ended.
    """
    due_at, causes = due.at, dict[Event, Cause]()
    changes: list[tuple[Open, Open | None]] = []
    facts: list[Event] = []
    for item in come_up(adult.open, due):
        facts.append(
            DecisionOverdue(
                concern_id=item.open_id,
                adult_id=adult.adult_id,
                received_at=item.started_at,
                due_at=due_at,
                policy=VERSIONS.at(item.started_at).version,
            )
        )
        told = replace(item, target=None, overdue_at=due_at)
        if item.ended is None:
            changes.append((item, told))
            continue
        facts.append(end := end_of_overdue(adult.adult_id, told, item.ended))
        causes |= {} if item.ended_by is None else {end: item.ended_by.cause}
        changes.append((item, None if item.next_flag is None else replace(told, overdue_at=None)))
    left = replace(adult, open=OPEN.changed(adult.open, changes))
    return Decision({adult.adult_id: left}, tuple(facts), causes)


def end_of_overdue(adult_id: UUID, item: Open, recorded: datetime) -> DecisionOverdueEnded:
    """It is decided or withdrawn; or was before the target, by what was recorded when, and we learned it late."""
    told_in_time = item.overdue_at is not None and recorded >= item.overdue_at
    ending = Ending.ENDED if told_in_time else Ending.WITHDRAWN
    return DecisionOverdueEnded(concern_id=item.open_id, adult_id=adult_id, ending=ending)
