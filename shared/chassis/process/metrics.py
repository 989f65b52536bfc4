"""Every metric there is, declared once, with a sentence that says what it counts.

Labels come from closed sets: a service, a topic, a type of event, an outcome. Never a person, an id or a sender.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from shared.contracts import CATALOGUE, DOORS

_AGES_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86400)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_OUTCOMES = ("applied", "unchanged", "duplicate", "waiting", "refused", "conflicting", "broken", "parked")
_DOOR_OUTCOMES = (*(outcome for outcome in _OUTCOMES if outcome != "parked"), "unreadable")
_READ_OUTCOMES = (
    *("answered", "not_found", "unacceptable", "bad_cursor", "token_needed", "scope_needed"),
    *("no_such_path", "only_read", "not_now", "list_not_whole", "failed", "too_many_tries", "too_many_calls"),
)
_RECORDS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)


class Cut(Protocol):
    """Of how many dead letters of a door no copy was kept."""

    @property
    def door(self) -> str: ...
    @property
    def cut(self) -> int: ...


class Outcomes(Protocol):
    """What became of a batch: of each type of event, and of each sender's records at a door."""

    @property
    def outcomes(self) -> Mapping[tuple[str, str], int]: ...
    @property
    def tallies(self) -> Mapping[tuple[str, str, str], int]: ...
    @property
    def oldest(self) -> Mapping[str, datetime]: ...


class Metrics:
    """One service's metrics, in a registry of its own."""

    def __init__(self, service: str, types: Iterable[str] = (), topics: Iterable[str] = (), code: str = "") -> None:
        """Declare them all; what must shout the first time it happens begins at nought, for each type and topic."""
        registry = self.registry = CollectorRegistry()
        self.service = service

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"safeguarding_{name}", says, ("service", *labels), registry=registry)

        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(f"safeguarding_{name}", says, ("service", *labels), registry=registry)

        def histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"safeguarding_{name}", says, ("service", *labels), registry=registry, buckets=buckets)

        self.events = counter("events_total", "Events by what became of them.", "type", "outcome")
        self.door = counter("door_records_total", "Records that came through a door by what became of them.",
                            "topic", "outcome")  # fmt: skip
        self.letters_cut = counter(
            "dead_letters_cut_total", "Dead letters that keep place, size and hash alone: beyond a budget.", "topic"
        )
        self.published = counter(
            "events_published_total", "Facts the relay has published, acknowledged by Kafka.", "topic"
        )
        self.age = histogram(
            "event_age_seconds", "Age of a batch's oldest event of a type when it was committed.", _AGES_S, "type"
        )
        self.batch_seconds = histogram("batch_duration_seconds", "From a batch in hand to its commit.", _SECONDS)
        self.batch_records = histogram("batch_records", "Records in a batch.", _RECORDS)
        self.retries = counter("batch_retries_total", "Transactions run again after a collision or a database error.")
        self.fenced = counter("fenced_total", "Batches given up because another instance had moved the position.")
        self.batch_failures = counter("batch_failures_total", "Batches that failed and were read again.")
        self.batches_failing = gauge("batches_failing", "Partitions whose batch fails again and again.")
        self.relay_errors = counter("relay_errors_total", "Producers discarded after an error.")
        self.lines_dropped = counter("log_lines_dropped_total", "Lines of the log dropped: nobody fetched them.")
        self.not_listed = gauge("cases_not_listed", "Cases that stand in no list because our code breaks on them.")
        self.timers_broken = gauge("timers_broken", "Cases whose timer broke on an error of ours.")
        self.outbox_facts = gauge("outbox_pending_facts", "Facts committed and not yet published.")
        self.outbox_age = gauge("outbox_oldest_pending_seconds", "Age of the oldest unpublished facts.")
        self.held = gauge("held_events", "Events held: waiting for their case, or parked with something wrong.", "kind")
        self.held_age = gauge("held_oldest_seconds", "Age of the oldest held event.", "kind")
        self.lag_records = gauge(
            "lag_records",
            "Offsets in Kafka not yet passed: nought exactly, otherwise at most so many records are not yet applied.",
            "topic",
        )
        self.open_transaction = gauge(
            "open_transaction_seconds",
            "For how long a sender's open transaction has kept everybody from reading on in a partition.",
            "topic",
        )
        self.lag_seconds = gauge("lag_seconds", "Age of the oldest record not yet applied.", "topic")
        self.standing = gauge(
            "standing_seconds", "For how long a partition has had records that may be read, and none was.", "topic"
        )
        self.timers_overdue = gauge(
            "timers_overdue", "Cases with a timer due for ten seconds and not fired, but for those that broke."
        )
        self.breaker_open = gauge("breaker_open", "1 while a burst of unreadable records stops us.")
        self.refusing = gauge("positions_refused", "Partitions not consumed because the log does not fit our position.")
        self.clock_offset = gauge(
            "clock_offset_seconds", "How far the database's or the broker's clock is ahead of this machine's.", "clock"
        )
        self.clock_stopped = gauge(
            "clock_stopped_partitions", "Partitions not consumed because the broker's clock was wrong."
        )
        self.misconfigured = gauge(
            "topics_misconfigured",
            "Topics whose settings in Kafka lose records, refuse ours, or let writers date them.",
        )
        self.timers_waiting = gauge(
            "timers_waiting_seconds", "How long timers that are due have waited for clocks that agree, or for records."
        )
        self.reads = counter("reads_total", "Calls of the read API by what became of them.", "outcome")
        self.ready = gauge("ready", "1 while the service is ready.")
        for event_type, outcome in [("unreadable", "unreadable"), ("unreadable", "parked")] + [
            (event_type, outcome) for event_type in types for outcome in _OUTCOMES
        ]:
            self.events.labels(service, event_type, outcome)
        for door in sorted({CATALOGUE[event_type].topic for event_type in types if event_type in CATALOGUE} & DOORS):
            self.letters_cut.labels(service, door)
            for outcome in _DOOR_OUTCOMES:
                self.door.labels(service, door, outcome)
        for outcome in _READ_OUTCOMES:
            self.reads.labels(service, outcome)
        for alarm in (self.retries, self.fenced, self.batch_failures, self.relay_errors, self.lines_dropped):
            alarm.labels(service)
        for topic in topics:
            self.published.labels(service, topic)
        gauge("build_info", "1, labelled with a digest of the code that decides.", "code").labels(service, code).set(1)
        ProcessCollector(registry=registry)

    def batch(self, counts: Outcomes, letters: Iterable[Cut], records: int, seconds: float, now: datetime) -> None:
        """Count a committed batch, and what became of events, timers and held events in it."""
        self.batch_seconds.labels(self.service).observe(seconds)
        self.batch_records.labels(self.service).observe(records)
        for (event_type, outcome), number in counts.outcomes.items():
            self.events.labels(self.service, event_type or "other", outcome).inc(number)
        for (door, sender, outcome), number in counts.tallies.items():
            if sender:  # the line without one counts what was read
                self.door.labels(self.service, door, outcome).inc(number)
        for row in letters:
            self.letters_cut.labels(self.service, row.door).inc(row.cut)
        for event_type, oldest in counts.oldest.items():
            self.age.labels(self.service, event_type).observe(max((now - oldest).total_seconds(), 0))

    def read(self, outcome: str) -> None:
        """Count a call of the read API."""
        self.reads.labels(self.service, outcome).inc()

    def relayed(self, topics: Mapping[str, int]) -> None:
        """Count what Kafka acknowledged."""
        for topic, number in topics.items():
            self.published.labels(self.service, topic).inc(number)
