"""The wire: a service's events out of records; its facts go into records in `writer`.

FastStream parses headers before any decoder and drops a record whose header is null or not UTF-8 (delivery
rule 2), so every record is read here, from its raw bytes, one at a time, and never raises.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from shared.chassis.delivery.records.about import about, about_key
from shared.chassis.delivery.records.at_the_door import MAJOR, UNKNOWN_VERSION, Doors, NotTaken, place_of
from shared.chassis.delivery.records.cloudevents import Envelope, Record, body_hash, log_time, open_envelope
from shared.chassis.delivery.records.door_envelopes import carefully_opened
from shared.chassis.delivery.records.envelope_faults import ID_USED_BEFORE
from shared.chassis.delivery.records.legible import as_far_as_legible, members
from shared.chassis.delivery.records.reasons import BROKEN, NO_DATA, UNDECIDED, Unreadable, why
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS, source_of
from shared.contracts.doors import ConcernReported
from shared.contracts.topics import TOPICS
from shared.kernel.decision import LeftAside, Reason
from shared.kernel.event import Event, Metadata
from shared.kernel.identity import derived, event_identity

_FOREIGN = Reason(
    code="foreign_source",
    says="A fact is stated by its own service: this one names another as its source.",
    where="source",
)


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
        return (self.event.sender, self.event.called) if isinstance(self.event, ConcernReported) else None

    @property
    def by_its_body(self) -> "Arrival":
        """The same where another body had its source and id first: what it says is then part of what it is known by."""
        meta, identity = self.meta, event_identity(self.meta.identity, self.body_hash.hex())
        correlation = identity if meta.correlation == meta.identity else meta.correlation
        remarks = (*meta.remarks, ID_USED_BEFORE)
        return self._replace(
            meta=meta._replace(identity=identity, known_as=identity, correlation=correlation, remarks=remarks)
        )

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
    keys: tuple[UUID, ...] = ()
    """The case that remembers it, for a person to look at."""
    left: LeftAside | None = None

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
        self._names = {MAJOR.sub("", event.type) for event in service.reads}
        self._doors = Doors(service)
        self._service = service
        self._prefix = len(prefix)
        self._driven = driven
        self._test_numbers = test_numbers
        self.corrections: Mapping[tuple[str, int], Sequence[Correction]] = {}

    def read(self, record: Record, recorded: datetime | None = None) -> Arrival | Unread | None:
        """The event in a record; why there is none; or None where it is no business of this service.

        `recorded` is given for one that was held, which is no business at all to be recorded anew.
        """
        topic = record.topic[self._prefix :]
        if topic in DOORS:
            return self._through_a_door(record, topic, recorded)
        for name, value in record.headers:
            if name == "ce_type" and value in self._ignored:
                return None
        envelope: Envelope | None = None
        try:
            envelope = open_envelope(record)
            declared = self._reads.get(envelope.type)
            if declared is None or declared.topic != topic:
                return self._unwanted(record, topic, envelope)
            if not envelope.data:
                raise Unreadable(NO_DATA)
            if envelope.source != self._stated_by[topic]:
                raise Unreadable(_FOREIGN)
            event = declared.__pydantic_validator__.validate_json(envelope.data)
            said = body_hash(envelope, ours=True)
        except (Unreadable, ValueError, RecursionError) as error:
            return self._unread(record, topic, why(error), envelope)
        if (keys := self._service.cases_of(event)) is not None:
            meta = self.stamp(record, topic, envelope, recorded)
            return Arrival(record, topic, event, meta, said, keys) if keys else None
        return self._unread(record, topic, (BROKEN,), envelope)

    def _through_a_door(self, record: Record, topic: str, recorded: datetime | None) -> Arrival | Unread | None:
        try:
            heard = self._doors.hear(record, topic)
        except NotTaken as error:
            return self._unread(record, topic, error.reasons, error.envelope)
        if heard is None:
            return None
        event, envelope, said = heard
        if not (envelope.id and envelope.source):
            sender = event.sender if isinstance(event, ConcernReported) else ""
            envelope = envelope._replace(id=envelope.id or place_of(record, topic), source=envelope.source or sender)
        if (keys := self._service.cases_of(event)) is None:
            return self._unread(record, topic, (BROKEN,), envelope)
        return Arrival(record, topic, event, self.stamp(record, topic, envelope, recorded), said, keys)

    def left_undecided(self, record: Record, reason: Reason) -> Unread:
        """A record that is set aside for this reason, with as much of its envelope as can be read."""
        topic = record.topic[self._prefix :]
        try:
            opened = carefully_opened(record) if topic in DOORS else open_envelope(record)
        except Unreadable:
            return self._remembered(Unread(record, topic, (reason,)))
        return self._unread(record, topic, (reason,), opened)

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
        place = place_of(record, topic) if topic in DOORS else ""
        return Metadata(
            identity, envelope.id, envelope.source, envelope.type, occurred or recorded, recorded, recorded,
            correlation, known_as, envelope.faults, self._test_numbers, place,
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
        if envelope.type not in CATALOGUE and MAJOR.sub("", envelope.type) in self._names:
            return self._unread(record, topic, (UNKNOWN_VERSION,), envelope)
        return None

    def _unread(self, record: Record, topic: str, reasons: tuple[Reason, ...], envelope: Envelope | None) -> Unread:
        if topic not in DOORS:
            meta = None if envelope is None else self.stamp(record, topic, envelope)
            return Unread(record, topic, reasons, meta, *about(topic, b"" if envelope is None else envelope.data))
        envelope = envelope or as_far_as_legible(record)
        known, report = about(topic, (record.value or b"") if envelope is None else envelope.data)
        if not known and envelope is None:
            known, report = about(topic, members(record.value or b"").get("data", b""))
        if not known:
            known, report = about_key(topic, record.key)
        if envelope is not None and envelope.id:
            meta = self.stamp(record, topic, envelope)
            return self._remembered(Unread(record, topic, reasons, meta, known, report))
        place, taken = place_of(record, topic), self.taken_at(record, topic)
        identity = str(derived("place", place))
        meta = Metadata(identity, place, "", "", taken, taken, taken, identity)
        return self._remembered(Unread(record, topic, reasons, meta, known, report, place))

    def _remembered(self, found: Unread) -> Unread:
        """With the case that remembers it, if it came through a door and one does."""
        aside, topic = self._service.aside, found.topic
        if aside is None or topic not in DOORS:
            return found
        recorded = self.taken_at(found.record, topic) if found.meta is None else found.meta.recorded
        left = LeftAside(topic, place_of(found.record, topic), found.about, found.report, found.reasons, recorded)
        key = aside.key(left)
        return found._replace(keys=() if key is None else (key,), left=left)
