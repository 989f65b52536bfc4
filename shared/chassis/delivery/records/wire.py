"""The wire: a service's events out of records, and its facts into records (CloudEvents in binary mode).

FastStream parses headers before any decoder and drops a record whose header is null or not UTF-8 (delivery
rule 2), so every record is read here, from its raw bytes, one at a time, and never raises.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from shared.chassis.delivery.records.about import about
from shared.chassis.delivery.records.cloudevents import Envelope, Record, body_hash, log_time, open_envelope
from shared.chassis.delivery.records.legible import as_far_as_legible, members
from shared.chassis.delivery.records.reasons import BROKEN, UNDECIDED, Unreadable, reasons_of
from shared.chassis.delivery.records.strict_json import flaw
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS, source_of
from shared.contracts.doors import ConcernReported
from shared.contracts.topics import TOPICS
from shared.kernel.decision import Reason
from shared.kernel.event import Cause, Event, Metadata
from shared.kernel.identity import derived, event_identity, timed

_FOREIGN = Reason(
    code="foreign_source",
    says="A fact is stated by its own service: this one names another as its source.",
    where="source",
)
_MAJOR = re.compile(r"\.v\d+$")


class Arrival(NamedTuple):
    """An event that was read from a record."""

    record: Record
    topic: str
    event: Event
    meta: Metadata
    body_hash: bytes
    keys: tuple[UUID, ...]

    @property
    def sender(self) -> str:
        """Whose it is: the sender a report names, else the CloudEvents source."""
        return self.event.sender if isinstance(self.event, ConcernReported) else self.meta.source

    @property
    def report(self) -> tuple[str, str] | None:
        """The sender and the reference of a report."""
        return (self.event.sender, self.event.reference) if isinstance(self.event, ConcernReported) else None

    @property
    def about(self) -> str:
        """What an answer is about: the concern that a report is or would be, else what the event is keyed by."""
        return self.event.subject if isinstance(self.event, ConcernReported) else self.event.key


class Unread(NamedTuple):
    """A record that is no event of ours, why, and as much of its envelope as could be read.

    At a door `place` says where it lies if that was not even an id; `meta` is then that of its place.
    """

    record: Record
    topic: str
    reasons: tuple[Reason, ...]
    meta: Metadata | None = None
    about: str = ""
    report: tuple[str, str] | None = None
    """The sender and the reference of what was meant as a report."""
    place: str = ""

    @property
    def undecided(self) -> bool:
        """Whether it is set aside though it may be an event like any other: nothing is wrong with how it is written."""
        return self.reasons[0].code in UNDECIDED

    @property
    def sender(self) -> str:
        """Whose it is, where that could be read."""
        return "unknown" if self.report is None else self.report[0]


class Fact(NamedTuple):
    """A record to publish: its topic without the prefix, its key, headers and value."""

    topic: str
    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes


class Correction(NamedTuple):
    """A person's word that the broker's clock was so far ahead when it stamped these records of a partition."""

    from_offset: int
    to_offset: int
    ahead: timedelta


class Wire:
    """Reads records for one service: the classes it reads, by type, and what persons have said of records' times."""

    def __init__(self, service: Service[Any], prefix: str, *, driven: bool, test_numbers: bool = False) -> None:
        """Keep what reading needs; nothing has been corrected."""
        self._reads: Mapping[str, type[Event]] = {event.type: event for event in service.reads}
        self._stated_by = {topic.name: source_of(topic.writer) for topic in TOPICS if not topic.door}
        topics = set(service.topics)
        unread = [event for event in CATALOGUE.values() if event.topic in topics and event not in service.reads]
        self._ignored = frozenset(event.type.encode() for event in unread)
        self._names = {_MAJOR.sub("", event.type) for event in service.reads}
        self._service = service
        self._prefix = len(prefix)
        self._driven = driven
        self._test_numbers = test_numbers
        self.corrections: Mapping[tuple[str, int], Sequence[Correction]] = {}

    def read(self, record: Record) -> Arrival | Unread | None:
        """The event in a record; why there is none; or None where it is no business of this service."""
        topic = record.topic[self._prefix :]
        for name, value in record.headers:
            if name == "ce_type" and value in self._ignored and topic not in DOORS:
                return None
        envelope: Envelope | None = None
        try:
            envelope = open_envelope(record)
            declared = self._reads.get(envelope.type)
            if declared is None or declared.topic != topic:
                return self._unwanted(record, topic, envelope)
            if not envelope.data:
                raise Unreadable(Reason(code="no_data", says="Send the event's data as a JSON object."))
            if topic not in DOORS and envelope.source != self._stated_by[topic]:
                raise Unreadable(_FOREIGN)
            event = declared.__pydantic_validator__.validate_json(envelope.data)
            if topic in DOORS and (wrong := flaw(record.value or b"")) is not None:
                raise Unreadable(wrong)
            said = body_hash(envelope, ours=topic not in DOORS)
        except (Unreadable, ValidationError) as error:
            reasons = error.reasons if isinstance(error, Unreadable) else reasons_of(error)
            return self._unread(record, topic, reasons, envelope)
        except (ValueError, RecursionError):
            reason = Reason(code="not_readable", says="Send the event's data as a JSON object in UTF-8.")
            return self._unread(record, topic, (reason,), envelope)
        if (keys := self._service.cases_of(event)) is not None:
            return Arrival(record, topic, event, self.stamp(record, topic, envelope), said, keys) if keys else None
        return self._unread(record, topic, (BROKEN,), envelope)

    def left_undecided(self, record: Record, reason: Reason) -> Unread:
        """A record that is set aside for this reason, with as much of its envelope as can be read."""
        topic = record.topic[self._prefix :]
        try:
            return self._unread(record, topic, (reason,), open_envelope(record))
        except Unreadable:
            return Unread(record, topic, (reason,))

    def stamp(self, record: Record, topic: str, envelope: Envelope, recorded: datetime | None = None) -> Metadata:
        """What is known of the event besides what it says; `recorded` is given for one that was held."""
        identity = event_identity(envelope.source, envelope.id)
        occurred = envelope.time
        if topic not in DOORS:
            recorded = occurred = recorded or occurred or log_time(record)
        elif recorded is None and self._driven:
            recorded = (occurred or log_time(record)).astimezone(UTC)
        recorded = recorded or self.taken_at(record, topic)
        said = envelope.correlation
        if topic in DOORS:  # whatever its sender says goes no further than the value of an answer
            known_as, correlation = identity, identity if said is None else str(derived("correlation", said))
        else:
            known_as, correlation = envelope.id, said or identity
        return Metadata(
            identity, envelope.id, envelope.source, envelope.type, occurred or recorded, recorded, recorded,
            correlation, known_as, self._test_numbers,
        )  # fmt: skip

    def taken_at(self, record: Record, topic: str) -> datetime:
        """When the broker took a record (delivery rule 10): its log time, or what a person has made of that."""
        said = self.correction(topic, record.partition, record.offset)
        return log_time(record) - said.ahead if said is not None else log_time(record)

    def correction(self, topic: str, partition: int, offset: int) -> Correction | None:
        """What a person has said of the time of a record."""
        said = self.corrections.get((topic, partition), ())
        return next((one for one in said if one.from_offset <= offset < one.to_offset), None)

    def _unwanted(self, record: Record, topic: str, envelope: Envelope) -> Unread | None:
        known = CATALOGUE.get(envelope.type)
        if known is not None and known.topic == topic:
            return None
        if _MAJOR.sub("", envelope.type) in self._names and known is None:
            says = "This version of the event is not read here: send a version that the contracts list."
            return self._unread(record, topic, (Reason(code="unknown_version", says=says, where="type"),), envelope)
        if topic in DOORS:
            says = "This topic takes other types of event: see the contracts for what goes where."
            return self._unread(record, topic, (Reason(code="wrong_type", says=says, where="type"),), envelope)
        return None

    def _unread(self, record: Record, topic: str, reasons: tuple[Reason, ...], envelope: Envelope | None) -> Unread:
        if envelope is None and topic not in DOORS:
            return Unread(record, topic, reasons)
        if envelope is None and (envelope := as_far_as_legible(record)) is None:
            value, place = record.value or b"", f"{topic}/{record.partition}/{record.offset}"
            known, report = about(topic, value)
            if not known:
                known, report = about(topic, members(value).get("data", b""))
            identity, taken = str(derived("place", place)), self.taken_at(record, topic)
            meta = Metadata(identity, place, "", "", taken, taken, taken, identity)
            return Unread(record, topic, reasons, meta, known, report, place)
        return Unread(record, topic, reasons, self.stamp(record, topic, envelope), *about(topic, envelope.data))


class Writer:
    """Turns the facts of one service into records."""

    def __init__(self, service: str) -> None:
        """Keep what every header of this service says."""
        self.source = source_of(service)
        self._fixed: dict[type[Event], list[tuple[str, bytes]]] = {}

    def write(self, fact: Event, cause: Metadata | Cause) -> Fact:
        """A fact as a record. Its id derives from (cause, type, subject), so that a replay yields the same id."""
        subject = fact.subject
        recorded = cause.recorded
        fact_id = timed(recorded, cause.identity, fact.type, subject)
        headers = [
            *self._same_for(type(fact)),
            ("ce_id", fact_id.encode()),
            ("ce_time", recorded.isoformat().encode()),
            ("ce_subject", subject.encode()),
            ("ce_correlationid", cause.correlation.encode()),
            ("ce_causationid", (cause.known_as or cause.identity).encode()),
        ]
        return Fact(
            fact.topic, fact.key.encode(), headers, fact.__pydantic_serializer__.to_json(fact, exclude_none=True)
        )

    def _same_for(self, declared: type[Event]) -> list[tuple[str, bytes]]:
        fixed = self._fixed.get(declared)
        if fixed is None:
            fixed = [
                ("ce_specversion", b"1.0"),
                ("content-type", b"application/json"),
                ("ce_source", self.source.encode()),
                ("ce_type", declared.type.encode()),
            ]
            self._fixed[declared] = fixed
        return fixed
