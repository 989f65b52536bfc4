"""CloudEvents 1.0 over Kafka, as we write them ourselves, and as most others do: the envelope of a record.

What else may come to a door is read by `door_envelopes`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import msgspec

from shared.chassis.delivery.records.envelope_faults import NO_VALUE
from shared.chassis.delivery.records.reasons import Unreadable
from shared.kernel.decision import Reason
from shared.kernel.fields import EARLIEST, LATEST

Headers = Sequence[tuple[str, bytes | None]]
_STRUCTURED = b"application/cloudevents"
UNREADABLE_NAME = "\ufffd"
"""Stands for the name of a header that is no UTF-8."""
UNREADABLE_BATCH = "\ufffd\ufffd"
"""Marks what stands for a record of a batch that cannot be unpacked; its value describes the batch."""
LONGEST = 1024
"""How many characters the attributes may have together."""
_EXACT = 2**53
_LATEST_MS = 7_258_118_400_000


class Record(Protocol):
    """What Kafka holds, as the client library hands it over, or as we kept it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def timestamp_type(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Envelope(NamedTuple):
    """The CloudEvents attributes and the data of a record; at a door, what is wrong with how it came."""

    id: str
    source: str
    type: str
    time: datetime | None
    correlation: str | None
    data: bytes
    faults: tuple[Reason, ...] = ()


def open_envelope(record: Record) -> Envelope:
    """The CloudEvents attributes of a record, from its headers or from its body. Raises Unreadable, saying why."""
    value = record.value
    if value is None:
        raise Unreadable(NO_VALUE)
    headers: dict[str, bytes | None] = dict(record.headers)
    if (why := beyond_reading(record)) is not None:
        raise Unreadable(why)
    if "ce_id" not in headers and (headers.get("content-type") or _STRUCTURED).startswith(_STRUCTURED):
        return _structured(value)
    text: dict[str, str] = {}
    for name, header in headers.items():
        if header is None and name.startswith("ce_"):
            says = "A CloudEvents header is null: give it a value."
            raise Unreadable(Reason(code="null_header", says=says, where=name))
        try:
            text[name] = header.decode() if header is not None else ""
        except UnicodeDecodeError:
            if name.startswith("ce_"):
                says = "A CloudEvents header is not UTF-8: encode it so."
                raise Unreadable(Reason(code="header_not_utf_8", says=says, where=name)) from None
    return _envelope(text.get, "ce_", value)


def beyond_reading(record: Record) -> Reason | None:
    """Why a record is not there, though its place is."""
    if stands_in_a_batch(record):
        says = "Its batch does not unpack, or to more than 8 MiB: send fewer records at once. It is still in its topic."
        return Reason(code="batch_not_unpacked", says=says)
    if stands_in(record):
        says = "The name of a header is not UTF-8: encode it so. The record itself is still in its topic."
        return Reason(code="header_name_not_utf_8", says=says)
    return None


def stands_in_a_batch(record: Record) -> bool:
    """Whether its batch could not be unpacked: this says where it is, and what the batch is."""
    return any(name == UNREADABLE_BATCH for name, _ in record.headers)


def stands_in(record: Record) -> bool:
    """Whether the client could not decode the record itself, and this only says where it is.

    A sender may give a header that name too, but no record of 1970: the broker dates what comes through a door.
    """
    return not record.timestamp and any(name == UNREADABLE_NAME for name, _ in record.headers)


class _Structured(msgspec.Struct):
    """A CloudEvent in structured mode, its data left as it came."""

    specversion: str = ""
    id: str = ""
    source: str = ""
    type: str = ""
    time: str = ""
    correlationid: str = ""
    causationid: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


def _structured(value: bytes) -> Envelope:
    try:
        event = msgspec.json.decode(value, type=_Structured)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        says = "Send a CloudEvent: attributes in ce_ headers, or a JSON object in UTF-8 with id, source, type and data."
        raise Unreadable(Reason(code="not_a_cloudevent", says=says)) from None
    return _envelope(lambda name: getattr(event, name), "", bytes(event.data))


def _envelope(attribute: Callable[[str], str | None], prefix: str, data: bytes) -> Envelope:
    event_id, source, type_ = attribute(f"{prefix}id"), attribute(f"{prefix}source"), attribute(f"{prefix}type")
    if not event_id or not source or not type_:
        missing = [name for name, value in (("id", event_id), ("source", source), ("type", type_)) if not value]
        says = f"A CloudEvent needs {', '.join(missing)}."
        raise Unreadable(Reason(code="not_a_cloudevent", says=says, where=missing[0]))
    correlation, causation = attribute(f"{prefix}correlationid") or "", attribute(f"{prefix}causationid") or ""
    words = f"{event_id}{source}{type_}{correlation}{causation}"
    # They go into headers, tables and indexes: Postgres text refuses U+0000, UTF-8 a lone surrogate, an index a book.
    if len(words) > LONGEST or not words.isprintable():
        says = f"Give id, source, type, correlationid and causationid {LONGEST} printable characters at most together."
        raise Unreadable(Reason(code="impossible_attribute", says=says))
    if attribute(f"{prefix}specversion") != "1.0":
        says = "Send CloudEvents 1.0: specversion must be 1.0."
        raise Unreadable(Reason(code="not_cloudevents_1_0", says=says, where="specversion"))
    time = attribute(f"{prefix}time")
    return Envelope(
        event_id,
        source,
        type_,
        time_of(time) if time else None,
        correlation or None,
        data,
    )


def time_of(text: str) -> datetime:
    """The instant an attribute names. Raises Unreadable."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None and EARLIEST <= time < LATEST:
            return time
    except (ValueError, OverflowError):
        pass
    says = "Give time as RFC 3339 with an offset, between 1900 and 2199."
    raise Unreadable(Reason(code="impossible_time", says=says, where="time"))


def log_time(record: Record) -> datetime:
    """The record's own timestamp: on a door, when it reached the log."""
    return datetime.fromtimestamp(min(max(record.timestamp, 0), _LATEST_MS) / 1000, UTC)


def body_hash(envelope: Envelope, *, ours: bool = False) -> bytes:
    """What tells a redelivery from another event under the same identity: the value of its JSON, and not its spelling.

    What we have written ourselves is always spelled alike.
    """
    data = envelope.data if ours else msgspec.json.encode(_value(msgspec.json.decode(envelope.data)), order="sorted")
    return blake2b(data, digest_size=16, person=envelope.type.encode()[-16:]).digest()


def _value(said: Any) -> Any:
    """JSON's one kind of number in one spelling."""
    if isinstance(said, dict):
        return {name: _value(part) for name, part in said.items()}
    if isinstance(said, list):
        return [_value(part) for part in said]
    return int(said) if isinstance(said, float) and said.is_integer() and abs(said) < _EXACT else said


def fingerprint(record: Record) -> bytes:
    """What tells a record from the one at the same offset of a topic that was made anew."""
    parts = blake2b(record.value or b"", digest_size=16, salt=(record.timestamp & (1 << 64) - 1).to_bytes(8, "big"))
    parts.update(record.key or b"")
    return parts.digest()
