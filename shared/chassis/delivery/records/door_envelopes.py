"""The envelope of a record at a door: whatever CloudEvents 1.0 and its Kafka binding allow, and what else can be meant.

What is beyond doubt is seen at one look (`plainly_opened`), which is nearly everything. The rest is looked at again,
with care (`carefully_opened`): whatever is not as it should be is noted, and read as what it can only mean. Whether a
fault stands in the way is not decided here.

Content type decides, as the binding has it: `application/cloudevents` says that the body is the whole event, whatever
headers repeat of it. Where it says nothing of the kind, attributes in headers make the body the data; without any, a
body that is a whole event is one. Of two headers of a name the last counts.
"""

import binascii
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.chassis.delivery.records import envelope_faults as faulty
from shared.chassis.delivery.records.cloudevents import (
    LONGEST,
    Envelope,
    Headers,
    Record,
    beyond_reading,
    open_envelope,
    time_of,
)
from shared.chassis.delivery.records.encodings import as_utf_8
from shared.chassis.delivery.records.reasons import Unreadable
from shared.chassis.delivery.records.strict_json import NAME_TWICE
from shared.kernel.decision import Reason

_STRUCTURED = "application/cloudevents"
_PREFIX = re.compile("ce[_-]", re.IGNORECASE)
_CONTENT_TYPE = "content-type"
_REQUIRED = ("specversion", "id", "source", "type")
_EXTENSIONS = ("correlationid", "causationid")
_KNOWN = {*_REQUIRED, *_EXTENSIONS, "time", "subject", "datacontenttype", "dataschema", "content-type"}
_LEAP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)60(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ALMOST = r"\g<1>59.999999\g<2>"
_BEFORE_NEW_HALF_YEAR = {(6, 30, 23, 59), (12, 31, 23, 59)}
_NO_JSON = object()

Members = dict[str, msgspec.Raw]
"""The members of a JSON object, each as it is written."""
_decode = msgspec.json.Decoder(Members | list[msgspec.Raw] | str | int | float | bool | None).decode


def plainly_opened(record: Record) -> Envelope | None:
    """The envelope of a record about which there is no question; None where it takes a second look."""
    named = dict(record.headers)
    if len(named) < len(record.headers):
        return None
    if "ce_id" in named:
        if (named.get(_CONTENT_TYPE) or b"").startswith(_STRUCTURED.encode()):
            return None
    elif any(map(_PREFIX.match, named)) or b'"data_base64"' in (record.value or b""):
        return None
    try:
        envelope = open_envelope(record)
    except Unreadable:
        return None
    return envelope if envelope.data.startswith(b"{") else None


def carefully_opened(record: Record) -> Envelope:
    """The envelope of a record as far as there is one, with what is wrong with it. Raises Unreadable without an event.

    What is missing is left empty.
    """
    if (value := record.value) is None:
        raise Unreadable(faulty.NO_VALUE)
    if (why := beyond_reading(record)) is not None:
        raise Unreadable(why)
    faults: list[Reason] = []
    attributes, content_type = _headers(record.headers, faults)
    text, body = _one_object(as_utf_8(value, content_type, faults), faults, in_a_list=not attributes)
    whole = isinstance(body, dict) and _is_whole(body)
    says_whole = content_type.lower().startswith(_STRUCTURED)
    if whole:
        if attributes and not says_whole:
            faults.append(faulty.WRAPPED_TWICE)
        faults.extend(_twice(text))
        return _envelope(_attributes(body, faults), _data(body, faults), faults)
    if attributes:
        if says_whole:
            faults.append(faulty.CONTENT_TYPE)
        return _envelope(attributes, text, faults)
    if not isinstance(body, dict):
        raise Unreadable(faulty.JSON_INVALID)
    return Envelope("", "", "", None, None, text, (*faults, faulty.ENVELOPE_MISSING))


def _headers(headers: Headers, faults: list[Reason]) -> tuple[dict[str, str], str]:
    """The attributes that headers give, without their prefix, and the content type; a header without value is unset."""
    found: dict[str, tuple[bool, bytes]] = {}
    twice: set[str] = set()
    for name, value in headers:
        attribute = name[3:].lower() if _PREFIX.match(name) else ""
        known_as = attribute or name.lower()
        if value is None or not (attribute or known_as == _CONTENT_TYPE):
            continue
        as_bound = name in {f"ce_{attribute}", _CONTENT_TYPE}
        was = found.get(known_as)
        if was is not None and was[1] != value:
            twice.add(known_as)
        if was is None or as_bound >= was[0]:
            found[known_as] = as_bound, value
    faults.extend(faulty.header_twice(_ours(name)) for name in sorted(twice))
    content_type = found.pop(_CONTENT_TYPE, (True, b""))[1].decode("latin-1")
    if not all(as_bound for as_bound, _ in found.values()):
        faults.append(faulty.HEADER_PREFIX)
    attributes = {}
    for name, (_, value) in found.items():
        try:
            attributes[name] = value.decode()
        except UnicodeDecodeError:
            faults.append(faulty.not_utf_8(_ours(name)))
            attributes[name] = ""
    return attributes, content_type


def _ours(name: str) -> str:
    """The name of an attribute, if it is one that we have heard of, and no word of a sender's."""
    return name if name in _KNOWN else ""


def _one_object(text: bytes, faults: list[Reason], *, in_a_list: bool = False) -> tuple[bytes, Any]:
    """A JSON object that came as one, or as the text that holds it, or in a list of one where events may come so.

    As it is written, and its parts; anything else is left as it is. Raises Unreadable for any other list.
    """
    said = _parts(text)
    if isinstance(said, list):
        only = _parts(bytes(said[0])) if in_a_list and len(said) == 1 else _NO_JSON
        if not isinstance(only, dict):
            raise Unreadable(faulty.BATCH)
        faults.append(faulty.BATCH_OF_ONE)
        return bytes(said[0]), only
    if isinstance(said, str) and isinstance(inside := _parts(held := said.encode("utf-8", "replace")), dict):
        faults.append(faulty.DATA_WAS_TEXT)
        return held, inside
    return text, said


def _parts(text: bytes) -> Any:
    """The members of an object, or what else is written there."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NO_JSON


def _is_whole(body: Members) -> bool:
    """Whether an object is an event with its attributes, and not the data alone."""
    return "specversion" in body or ("sender" not in body and not body.keys().isdisjoint({"data", "data_base64"}))


def _twice(text: bytes) -> Iterable[Reason]:
    """The attributes that an event in the body gives twice. Raises Unreadable where it gives its data twice."""
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if not {"data", "data_base64"}.isdisjoint(twice):
        raise Unreadable(NAME_TWICE)
    return [faulty.attribute_twice(_ours(name)) for name in twice]


def _attributes(body: Members, faults: list[Reason]) -> dict[str, str]:
    """The attributes that an event in the body gives, as text; one that is null is unset."""
    found = {}
    for name in (*_REQUIRED, "time", *_EXTENSIONS):
        said = _value(body.get(name))
        if said is None:
            continue
        if isinstance(said, dict | list):
            faults.append(faulty.extension_not_read(name) if name in _EXTENSIONS else faulty.not_text(name))
            continue
        if name in _REQUIRED and not isinstance(said, str):
            faults.append(faulty.not_text(name))
        found[name] = said if isinstance(said, str) else json.dumps(said)
    return found


def _value(raw: msgspec.Raw | None) -> Any:
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _data(body: Members, faults: list[Reason]) -> bytes:
    """The data of an event in the body, be they written there as they are or in Base64."""
    data, packed = bytes(body.get("data", b"")), _value(body.get("data_base64"))
    if packed is not None and data not in {b"", b"null"}:
        faults.append(faulty.DATA_TWICE)
    elif packed is not None:
        try:
            data = as_utf_8(b64decode(packed, validate=True), "", faults)
        except (binascii.Error, ValueError, TypeError):
            faults.append(faulty.DATA_NOT_BASE64)
    return _one_object(data, faults)[0]


def _envelope(attributes: Mapping[str, str], data: bytes, faults: list[Reason]) -> Envelope:
    said = _possible(attributes, faults)
    faults.extend(faulty.missing(name) for name in _REQUIRED if not said.get(name))
    if said.get("specversion", "") not in {"", "1.0"}:
        faults.append(faulty.NOT_1_0)
    time = _time(said["time"]) if said.get("time") else None
    if said.get("time") and time is None:
        faults.append(faulty.TIME_NOT_READ)
    event_id, source, type_, correlation = (said.get(name, "") for name in ("id", "source", "type", "correlationid"))
    return Envelope(event_id, source, type_, time, correlation or None, data, tuple(dict.fromkeys(faults)))


def _possible(attributes: Mapping[str, str], faults: list[Reason]) -> dict[str, str]:
    """Those attributes that a header, a table and an index of ours could hold; together they may be so long."""
    names = ("id", "source", "type", *_EXTENSIONS)
    too_many = sum(len(attributes.get(name, "")) for name in names) > LONGEST
    kept = dict(attributes)
    for name in names:
        text = attributes.get(name, "")
        if not text.isprintable() or (too_many and len(text) > LONGEST // len(names)):
            faults.append(faulty.impossible(name, LONGEST))
            kept[name] = ""
    return kept


def _time(text: str) -> datetime | None:
    """The instant that an attribute names, t and z in small letters, or a leap second, which ends with its minute."""
    text = text.upper()
    leap = _LEAP.fullmatch(text)
    try:
        time = time_of(leap.expand(_ALMOST) if leap else text)
    except Unreadable:
        return None
    utc = time.astimezone(UTC)
    return time if not leap or (utc.month, utc.day, utc.hour, utc.minute) in _BEFORE_NEW_HALF_YEAR else None
