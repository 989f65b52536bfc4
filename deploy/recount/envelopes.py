"""CloudEvents 1.0 as they lie in Kafka or in a file: attributes in headers or in the body, and what is wrong with them.

At the door for concerns nothing of that stands in the way of an event; at every other door all of it does.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from deploy.recount.json_texts import NO_JSON, Parsed, json_in, text_in, tidy

Headers = Sequence[tuple[str, bytes | None]]
_WHOLE = "application/cloudevents"
_LONGEST = 1024
_NEEDED = ("specversion", "id", "source", "type")
_FURTHER = ("correlationid", "causationid")
_DATA = {"data", "data_base64"}
_WORDS = ("id", "source", "type", *_FURTHER)
_FIRST_YEAR, _YEAR_AFTER = 1900, 2200
_SIXTY = re.compile(r"(.{10}T\d\d:\d\d:)60(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LEAP_SECONDS_END = {"06-30T23:59", "12-31T23:59"}


class Envelope(NamedTuple):
    """An event as it came: whose, which, when by its sender's word, its data as JSON has it, and what it is part of.

    `faults` are the codes of what is wrong with how it came; what is not there, or cannot be read, is empty. Data that
    say no one thing are NO_JSON.
    """

    source: str
    id: str
    type: str
    time: datetime | None
    data: Any
    correlation: str = ""
    faults: frozenset[str] = frozenset()


class NoEvent(ValueError):
    """There is none in a record, for the reason of this code."""


def opened(value: bytes | None, headers: Headers = (), *, forgiving: bool = False) -> Envelope | None:
    """The event in a record; None where there is none, or it is not as it should be and that is not forgiven."""
    try:
        found = examined(value, headers)
    except NoEvent:
        return None
    return None if found.data is NO_JSON or (found.faults and not forgiving) else found


def examined(value: bytes | None, headers: Headers = ()) -> Envelope:
    """What a record says, and what is wrong with it. Raises NoEvent."""
    if value is None:
        raise NoEvent("no_value")
    faults: set[str] = set()
    attributes, content = _headers(headers, faults)
    body = _alone(json_in(text_in(value, content, faults)), faults, in_a_list=not attributes)
    says_whole = content.lower().startswith(_WHOLE)
    if isinstance(body, Parsed) and ("specversion" in body or ("sender" not in body and _DATA & body.keys())):
        if _DATA & body.twice:
            raise NoEvent("name_twice")
        if body.twice:
            faults.add("attribute_twice")
        if attributes and not says_whole:
            faults.add("wrapped_twice")
        return _envelope(_from_body(body, faults), _data(body, faults), faults)
    if attributes:
        if says_whole:
            faults.add("content_type")
        return _envelope(attributes, body, faults)
    if not isinstance(body, dict):
        raise NoEvent("json_invalid")
    return Envelope("", "", "", None, tidy(body), "", frozenset({*faults, "envelope_missing"}))


def _headers(headers: Headers, faults: set[str]) -> tuple[dict[str, str], str]:
    """The attributes in headers, by their names without a prefix, and the content type; of two of a name the last."""
    exact: dict[str, bytes] = {}
    other: dict[str, bytes] = {}
    for spelt, value in headers:
        name = spelt.lower()
        if value is None or not (name == "content-type" or name[:3] in ("ce_", "ce-")):
            continue
        known = name if name == "content-type" else name[3:]
        if {of[known] for of in (exact, other) if known in of} - {value}:
            faults.add("header_twice")
        (exact if spelt in ("content-type", f"ce_{known}") else other)[known] = value
    found = other | exact
    content = found.pop("content-type", b"").decode("latin-1")
    if found.keys() - exact.keys():
        faults.add("header_prefix")
    attributes = dict.fromkeys(found, "")
    for name, value in found.items():
        try:
            attributes[name] = value.decode()
        except UnicodeDecodeError:
            faults.add("header_not_utf_8")
    return attributes, content


def _alone(said: Any, faults: set[str], *, in_a_list: bool = False) -> Any:
    """The one object that came as such, as a text, or in a list of one where it may. Raises NoEvent for more."""
    if isinstance(said, list):
        if not in_a_list or len(said) != 1 or not isinstance(said[0], dict):
            raise NoEvent("batch")
        faults.add("batch_of_one")
        return said[0]
    if isinstance(said, str) and isinstance(inside := json_in(said), dict):
        faults.add("data_was_text")
        return inside
    return said


def _from_body(body: Mapping[str, Any], faults: set[str]) -> dict[str, str]:
    found = {}
    for name in (*_NEEDED, "time", *_FURTHER):
        said = body.get(name)
        if isinstance(said, dict | list):
            faults.add("extension_not_read" if name in _FURTHER else f"{name}_not_text")
        elif said is not None:
            if name in _NEEDED and not isinstance(said, str):
                faults.add(f"{name}_not_text")
            found[name] = said if isinstance(said, str) else json.dumps(said)
    return found


def _data(body: Mapping[str, Any], faults: set[str]) -> Any:
    data, packed = body.get("data"), body.get("data_base64")
    if packed is not None and data is not None:
        faults.add("data_twice")
    elif packed is not None:
        try:
            data = json_in(text_in(b64decode(packed, validate=True), "", faults))
        except (binascii.Error, ValueError, TypeError):
            faults.add("data_not_base64")
    return _alone(data, faults)


def _envelope(attributes: Mapping[str, str], data: Any, faults: set[str]) -> Envelope:
    said = dict.fromkeys((*_NEEDED, "time", *_FURTHER), "") | dict(attributes)
    too_long = sum(len(said[name]) for name in _WORDS) > _LONGEST
    for name in _WORDS:
        if not said[name].isprintable() or (too_long and len(said[name]) > _LONGEST // len(_WORDS)):
            faults.add("impossible_attribute")
            said[name] = ""
    faults |= {f"{name}_missing" for name in _NEEDED if not said[name]}
    if said["specversion"] not in ("", "1.0"):
        faults.add("not_cloudevents_1_0")
    time = _time(said["time"]) if said["time"] else None
    if said["time"] and time is None:
        faults.add("time_not_read")
    return Envelope(
        said["source"], said["id"], said["type"], time, tidy(data), said["correlationid"], frozenset(faults)
    )


def _time(text: str) -> datetime | None:
    """The instant of an attribute; a leap second is the end of its minute, and comes only at a half-year's end."""
    text = text.upper()
    sixty = _SIXTY.fullmatch(text)
    try:
        at = datetime.fromisoformat(f"{sixty[1]}59{sixty[3]}" if sixty else text)
        if at.tzinfo is None:
            return None
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if sixty is not None:
        if f"{at:%m-%dT%H:%M}" not in _LEAP_SECONDS_END:
            return None
        at += timedelta(microseconds=999_999)
    return at if _FIRST_YEAR <= at.year < _YEAR_AFTER else None
