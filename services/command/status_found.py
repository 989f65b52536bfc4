"""What `section42 status` finds: each service, each sender's reports, and what somebody must look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ServiceStatus:
    """One service: what it has yet to read (at most), to publish, to decide and to fire. Ages are in seconds.

    `heard_s` is how long ago it last showed that it lives and can write; None where it has not for an hour or more.
    `misfits` are the partitions whose log does not fit its position, or is not there, and a journal that does not fit;
    `clock_stops` those that stand still because a clock was wrong, `given_up` what a person has given up of such: a
    sentence each. `dead_letters` are counted once each, however often they were told; or at most, where there are many.
    `not_listed` are cases that stand in no list because our code breaks on them.
    """

    service: str
    lag_records: int = 0
    lag_s: float | None = None
    outbox_facts: int = 0
    outbox_s: float | None = None
    waiting: int = 0
    waiting_s: float | None = None
    parked: int = 0
    parked_s: float | None = None
    dead_letters: int = 0
    letters_cut: int = 0
    timers_overdue: int = 0
    overdue_s: float | None = None
    heard_s: float | None = 0.0
    not_listed: int = 0
    breaker_tripped_at: datetime | None = None
    misfits: list[str] = field(default_factory=list)
    clock_stops: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Whether it has nothing left to do now; what is held has nothing that it could do."""
        return not (self.lag_records or self.outbox_facts or self.timers_overdue)

    @property
    def stuck(self) -> list[str]:
        """What somebody must look at, a sentence each: whatever wakes somebody by an alert is here too."""
        from services.command.stuck import stuck

        return stuck(self)


@dataclass
class SenderStatus:
    """What became of one sender's reports: received is the sum of the next five, accepted of the last four.

    Each accepted concern is in one column. One that is withdrawn as recorded in error is in no other, whatever was
    decided on it; one that is reinstated is back where it was. Links and merges move none.
    """

    sender: str
    received: int = 0
    accepted: int = 0
    refused: int = 0
    duplicate: int = 0
    unreadable: int = 0
    set_aside: int = 0
    decided: int = 0
    waiting: int = 0
    withdrawn: int = 0
    on_the_way: int = 0


@dataclass
class Status:
    """The whole system at a moment. `unaccounted` are the sums that do not add up, a sentence each."""

    at: datetime
    services: list[ServiceStatus]
    senders: list[SenderStatus]
    reports_read: int
    reports_unread: int
    unaccounted: list[str] = field(default_factory=list)
    open_transactions: list[str] = field(default_factory=list)
    """Those of senders that hold up what lies behind them: a sentence each. Kafka ends them by itself."""
    misconfigured: list[str] = field(default_factory=list)
    """Topics whose settings in Kafka lose records, refuse ours, or let senders date them: a sentence each."""

    @property
    def problems(self) -> list[str]:
        """What somebody must look at: sums that do not add up, and events that nothing moves."""
        return self.unaccounted + [stuck for service in self.services for stuck in service.stuck] + self.misconfigured

    @property
    def settled(self) -> bool:
        """Whether nothing moves any more until something new comes in or the clock goes on."""
        return all(service.idle for service in self.services)

    @property
    def verdict(self) -> str:
        """The last line: every report is accounted for, or what is not; what lies in a log nobody reads is not."""
        if missing := self.unaccounted + [
            line for each in self.services for line in (*each.misfits, *each.clock_stops)
        ]:
            return "NOT ACCOUNTED FOR: " + "; ".join(missing)
        on_the_way = sum(sender.on_the_way for sender in self.senders)
        rest = [f"at most {self.reports_unread} yet to be read"] * bool(self.reports_unread)
        rest += [f"{on_the_way} on the way to triage"] * bool(on_the_way)
        return "every report is accounted for" + f" ({', '.join(rest)})" * bool(rest)
