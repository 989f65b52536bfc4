"""What a record that is no event of ours says of itself all the same, so that whoever sent it can be answered."""

import msgspec

from shared.chassis.delivery.records.cloudevents import LONGEST, Envelope, Record, time_of
from shared.chassis.delivery.records.reasons import Unreadable

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def as_far_as_legible(record: Record) -> Envelope | None:
    """What a record that cannot be opened says of itself all the same; None where that is not even an id.

    A part that cannot be read, or that no header or index of ours would take, is left empty.
    """
    headers = dict(record.headers)
    binary = "ce_id" in headers
    said = {} if binary else members(record.value or b"")

    def part(name: str) -> str:
        text = _text(headers.get(f"ce_{name}")) if binary else _string(said.get(name))
        return text if len(text) <= LONGEST // 5 and text.isprintable() else ""

    if not part("id"):
        return None
    try:
        time = time_of(part("time")) if part("time") else None
    except Unreadable:
        time = None
    data = record.value or b"" if binary else said.get("data", b"")
    correlation = part("correlationid") or None
    return Envelope(part("id"), part("source"), part("type"), time, correlation, data)


def members(value: bytes) -> dict[str, bytes]:
    """The members of a JSON object, each as it is written; none where it is no object."""
    try:
        return {name: bytes(raw) for name, raw in _members(value).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _string(text: bytes | None) -> str:
    try:
        said = msgspec.json.decode(text or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return said if isinstance(said, str) else ""


def _text(header: bytes | None) -> str:
    try:
        return (header or b"").decode()
    except UnicodeDecodeError:
        return ""
