"""What a record at a door says: strictly, but at a door where what is said makes it what it is.

There (`Event.forgiving`) whatever is wrong with the envelope is remarked on, and stands in nobody's way: the door has
one type of event, a source that is missing is its sender, and an id that is missing is the record's place.
"""

import json
import re
from typing import Any, NamedTuple

from pydantic import ValidationError

from shared.chassis.delivery.records.cloudevents import Envelope, Record, body_hash
from shared.chassis.delivery.records.door_envelopes import carefully_opened, plainly_opened
from shared.chassis.delivery.records.envelope_faults import JSON_INVALID
from shared.chassis.delivery.records.reasons import NO_DATA, Unreadable, why
from shared.chassis.delivery.records.strict_json import flaw
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS
from shared.kernel.decision import Reason
from shared.kernel.event import Event

MAJOR = re.compile(r"\.v\d+$")
UNKNOWN_VERSION = Reason(
    code="unknown_version",
    says="This version of the event is not read here: send a version that the contracts list.",
    where="type",
)
_WRONG_TYPE = Reason(
    code="wrong_type",
    says="This topic takes other types of event: see the contracts for what goes where.",
    where="type",
)
_LARGEST = 1024 * 1024
_TOO_LARGE = Reason(
    code="too_large", says=f"One event may have {_LARGEST // 1024} KiB: this record is larger. Send less."
)


class Heard(NamedTuple):
    """An event that came through a door, with its envelope as it is taken, and the hash of what it means."""

    event: Event
    envelope: Envelope
    body_hash: bytes


class NotTaken(Exception):
    """A record is no event that this door takes: why, and its envelope as far as it could be opened."""

    def __init__(self, reasons: tuple[Reason, ...], envelope: Envelope | None) -> None:
        """Keep both."""
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons, self.envelope = reasons, envelope


class Doors:
    """Reads what comes through the doors of one service."""

    def __init__(self, service: Service[Any]) -> None:
        """Keep which types of event each of them takes."""
        self._reads = {event.type: event for event in service.reads if event.topic in DOORS}
        self._forgiving = {event.topic: event for event in service.reads if event.forgiving}
        self._careful = service.careful
        self._names = {MAJOR.sub("", event.type) for event in service.reads}

    def hear(self, record: Record, topic: str) -> Heard | None:
        """The event in a record, or None where it is another reader's. Raises NotTaken.

        How large a report is is told by what follows from it; a decision may wait, and is read again each time.
        """
        if topic not in self._forgiving and len(record.value or b"") > _LARGEST:
            raise NotTaken((_TOO_LARGE,), None)
        plain = plainly_opened(record)
        if plain is not None and (declared := self._reads.get(plain.type)) is not None and declared.topic == topic:
            try:
                event = declared.__pydantic_validator__.validate_json(plain.data)
                if self._fits(event) and flaw(record.value or b"") is None:
                    return Heard(event, plain, body_hash(plain))
            except (ValidationError, ValueError, RecursionError):
                pass  # what is wrong with it, and whether it is, takes a second look
        return self._with_care(record, topic)

    def _with_care(self, record: Record, topic: str) -> Heard | None:
        try:
            envelope = carefully_opened(record)
        except Unreadable as error:
            raise NotTaken(error.reasons, None) from None
        declared = self._reads.get(envelope.type)
        not_ours: tuple[Reason, ...] = ()
        if declared is None or declared.topic != topic:
            known = CATALOGUE.get(envelope.type)
            if known is not None and known.topic == topic:
                return None
            not_ours = () if not envelope.type else (self._not_ours(envelope.type),)
            declared = self._forgiving.get(topic)
        if topic not in self._forgiving and (against := (*envelope.faults, *not_ours)):
            raise NotTaken(against, envelope)
        assert declared is not None  # noqa: S101  without a type, a strict door has refused it
        try:
            return self._as(declared, envelope, not_ours, place_of(record, topic))
        except Unreadable as error:
            raise NotTaken(not_ours or error.reasons, envelope) from None

    def _not_ours(self, type_: str) -> Reason:
        known = type_ in CATALOGUE
        return UNKNOWN_VERSION if MAJOR.sub("", type_) in self._names and not known else _WRONG_TYPE

    def _fits(self, event: Event) -> bool:
        careful = self._careful.get(type(event))
        return careful is None or careful.fits(event)

    def _as(self, declared: type[Event], envelope: Envelope, not_ours: tuple[Reason, ...], place: str) -> Heard:
        """What is said, as an event of this type. Raises Unreadable."""
        if not envelope.data:
            raise Unreadable(NO_DATA)
        try:
            event, remarks = self._read(declared, envelope, place)
            taken = envelope._replace(type=declared.type, faults=(*envelope.faults, *not_ours, *remarks))
            return Heard(event, taken, body_hash(taken))
        except (ValueError, RecursionError) as error:
            raise Unreadable(*why(error)) from None

    def _read(self, declared: type[Event], envelope: Envelope, place: str) -> tuple[Event, tuple[Reason, ...]]:
        """The event, and what is to be remarked on in how it was read. Raises Unreadable and ValueError."""
        validate = declared.__pydantic_validator__.validate_json
        careful = self._careful.get(declared)
        if careful is None:
            strictly: Event = validate(envelope.data)
            if (wrong := flaw(envelope.data)) is not None:
                raise Unreadable(wrong)
            return strictly, ()
        event: Event | None = None
        try:
            event = validate(envelope.data)
        except ValidationError as error:
            if error.errors(include_url=False)[0]["type"] == JSON_INVALID.code:
                raise
        if (wrong := flaw(envelope.data)) is not None:
            raise Unreadable(wrong)
        if event is not None and careful.fits(event):
            return event, ()
        if not isinstance(said := json.loads(envelope.data), dict):
            raise Unreadable(JSON_INVALID)
        means = body_hash(envelope._replace(type=declared.type)).hex()
        unique = f"{envelope.source} {envelope.id or place} {means}"
        return careful.read(said, envelope.source, unique)


def place_of(record: Record, topic: str) -> str:
    """Where a record lies, in a word."""
    return f"{topic}/{record.partition}/{record.offset}"
