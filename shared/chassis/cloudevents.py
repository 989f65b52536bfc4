"""CloudEvents 1.0 over Kafka, as they arrive: the envelope of a record, in binary or in structured mode."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple, Protocol

import msgspec

from shared.chassis.errors import Unreadable
from shared.kernel.decision import Reason
from shared.kernel.fields import EARLIEST, LATEST

Headers = Sequence[tuple[str, bytes | None]]
_STRUCTURED = b"application/cloudevents"


class Record(Protocol):
    """What Kafka holds, as the client library hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Envelope(NamedTuple):
    """The CloudEvents attributes and the data of a record."""

    id: str
    source: str
    type: str
    time: datetime | None
    correlation: str | None
    causation: str | None
    data: bytes


def open_envelope(record: Record) -> Envelope:
    """The CloudEvents attributes of a record, from its headers or from its body. Raises Unreadable, saying why."""
    if record.value is None:
        raise Unreadable(Reason(code="null-value", says="A record without a value is no event: send its data."))
    headers: dict[str, bytes | None] = dict(record.headers)
    if "ce_id" not in headers and (headers.get("content-type") or _STRUCTURED).startswith(_STRUCTURED):
        return _structured(record.value)
    text: dict[str, str] = {}
    for name, value in headers.items():
        if not name.startswith("ce_"):
            continue
        if value is None:
            raise Unreadable(Reason(code="null-header", says="A CloudEvents header is null: give it a value.", where=name))
        try:
            text[name[3:]] = value.decode()
        except UnicodeDecodeError:
            says = "A CloudEvents header is not UTF-8: encode it so."
            raise Unreadable(Reason(code="header-not-utf-8", says=says, where=name)) from None
    return _envelope(text, record.value)


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
        raise Unreadable(Reason(code="not-a-cloudevent", says=says)) from None
    names = ("specversion", "id", "source", "type", "time", "correlationid", "causationid")
    return _envelope({name: getattr(event, name) for name in names}, bytes(event.data))


def _envelope(text: Mapping[str, str], data: bytes) -> Envelope:
    missing = [name for name in ("id", "source", "type") if not text.get(name)]
    if missing:
        says = f"A CloudEvent needs {', '.join(missing)}."
        raise Unreadable(Reason(code="not-a-cloudevent", says=says, where=missing[0]))
    if text.get("specversion") != "1.0":
        says = "Send CloudEvents 1.0: specversion must be 1.0."
        raise Unreadable(Reason(code="not-cloudevents-1.0", says=says, where="specversion"))
    time = _time(text["time"]) if text.get("time") else None
    correlation, causation = text.get("correlationid") or None, text.get("causationid") or None
    return Envelope(text["id"], text["source"], text["type"], time, correlation, causation, data)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None and EARLIEST <= time < LATEST:
            return time
    except (ValueError, OverflowError):
        pass
    says = "Give time as RFC 3339 with an offset, between 1900 and 2199."
    raise Unreadable(Reason(code="impossible-time", says=says, where="time"))


def log_time(record: Record) -> datetime:
    return datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC)


def body_hash(envelope: Envelope) -> bytes:
    """What tells a redelivery from another event under the same identity."""
    return blake2b(envelope.data, digest_size=16, person=envelope.type.encode()[-16:]).digest()


def fingerprint(record: Record) -> bytes:
    """What tells a record from the one at the same offset of a topic that was made anew."""
    parts = blake2b(record.value or b"", digest_size=16, salt=(record.timestamp & (1 << 64) - 1).to_bytes(8, "big"))
    parts.update(record.key or b"")
    return parts.digest()
