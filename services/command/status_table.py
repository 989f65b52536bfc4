"""How `section42 status` is shown to people: a line a service, a line a sender, and what somebody must look at."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from services.command.terminal import Lines, age, out, say

if TYPE_CHECKING:
    from services.command.status_found import ServiceStatus, Status


def show(found: Status) -> None:
    """Print it."""
    services = Lines("service", "to read at most", "oldest", "to publish", "oldest", "waiting", "oldest", "parked",
                     "oldest", "dead letters", "timers overdue", "breaker", "last heard", box=None)  # fmt: skip
    for each in found.services:
        services.add_row(
            each.service, str(each.lag_records), age(each.lag_s), str(each.outbox_facts), age(each.outbox_s),
            str(each.waiting), age(each.waiting_s), str(each.parked), age(each.parked_s), _letters(each),
            str(each.timers_overdue), "TRIPPED" if each.breaker_tripped_at else "closed",
            "over 1 h ago" if each.heard_s is None else f"{age(each.heard_s)} ago",
        )  # fmt: skip
    out.print(services)
    senders = Lines("sender", "received", "= accepted", "+ refused", "+ duplicate", "+ unreadable", "+ set aside",
                    "accepted = decided", "+ waiting", "+ withdrawn", "+ on the way", box=None)  # fmt: skip
    for sender in found.senders:
        name, *numbers = asdict(sender).values()
        senders.add_row(name, *map(str, numbers))
    if found.senders:
        say("")
        out.print(senders)
    say("")
    for line in [stuck for service in found.services for stuck in service.stuck] + found.misconfigured:
        say(f"somebody must look: {line}")
    for line in found.open_transactions:
        say(f"held up: {line}")
    for service in found.services:
        for line in service.given_up:
            say(f"given up: {line}")
    say(found.verdict)


def _letters(each: ServiceStatus) -> str:
    """How many there are, and of how many no copy was kept."""
    return f"{each.dead_letters} ({each.letters_cut} not copied)" if each.letters_cut else str(each.dead_letters)
