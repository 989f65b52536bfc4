"""What of a service's state somebody must look at, in sentences: each says which command shows more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.command.terminal import age

if TYPE_CHECKING:
    from services.command.status_found import ServiceStatus

WAITS_S = 86_400.0
UNTOLD_S = 60.0
UNREAD_S = 300.0
OVERDUE_S = 300.0
UNHEARD_S = 60.0
"""What has stood for longer, somebody must look at; as HeldTooLong, OutboxOld, LagTooOld and TimersOverdue say."""


def stuck(of: ServiceStatus) -> list[str]:
    """What a service holds and nothing moves, and what does not move as it should."""
    name, found = of.service, []
    if of.heard_s is None or of.heard_s > UNHEARD_S:
        since = "an hour or more" if of.heard_s is None else age(of.heard_s)
        found.append(f"{name} has given no sign of life for {since}: section42 endpoints: does it run?")
    if of.waiting_s is not None and of.waiting_s > WAITS_S:
        found.append(f"{name} has waited {age(of.waiting_s)} for what an event needs: section42 held {name}")
    if of.parked:
        found.append(
            f"{name} has set {of.parked} events aside, with all that follows on their keys: section42 held {name}"
        )
    if of.not_listed:
        found.append(
            f"{name} has {of.not_listed} cases that stand in no list, for our code breaks on them: the line"
            " case_not_projected of its log names each"
        )
    if of.breaker_tripped_at is not None:
        found.append(f"{name} has stopped reading after a burst of unreadable records: section42 breaker {name}")
    if of.lag_s is not None and of.lag_s > UNREAD_S:
        found.append(f"{name} has not read what has lain there for {age(of.lag_s)}: section42 endpoints: is it ready?")
    if of.outbox_s is not None and of.outbox_s > UNTOLD_S:
        found.append(
            f"{name} has had facts for {age(of.outbox_s)} that nobody can read yet: section42 endpoints: is it ready?"
        )
    if of.overdue_s is not None and of.overdue_s > OVERDUE_S:
        found.append(
            f"{name} has timers that should have fired {age(of.overdue_s)} ago, {of.timers_overdue} in all:"
            f" section42 timers {name}"
        )
    return found + of.misfits + of.clock_stops
