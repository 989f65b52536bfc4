"""CloudEvents 1.0 as they lie in Kafka or in a file, attributes in headers or in the body; or none at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

Headers = Sequence[tuple[str, bytes | None]]
_STRUCTURED = b"application/cloudevents"
_LONGEST = 1024
_ATTRIBUTES = ("id", "source", "type", "specversion", "time", "correlationid", "causationid")
_FIRST_YEAR, _YEAR_AFTER = 1900, 2200


class Envelope(NamedTuple):
    """An event as it came: whose, which, when by its sender's word, its data as JSON has it, and what it is part of."""

    source: str
    id: str
    type: str
    time: datetime | None
    data: Any
    correlation: str = ""


def opened(value: bytes | None, headers: Headers = ()) -> Envelope | None:
    """The event in a record; None where there is none that could be read."""
    if value is None:
        return None
    named = dict(headers)
    content = named.get("content-type") or _STRUCTURED
    try:
        said = _json(value)
        if "ce_id" in named or not content.startswith(_STRUCTURED):
            return _envelope(_attributes(named), said)
        return _envelope(said, said["data"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _attributes(headers: Mapping[str, bytes | None]) -> dict[str, str]:
    found = {}
    for name, header in headers.items():
        if name.startswith("ce_"):
            if header is None:
                raise ValueError
            found[name.removeprefix("ce_")] = header.decode()
    return found


def _envelope(said: Mapping[str, Any], data: Any) -> Envelope | None:
    attributes = [said.get(name, "") for name in _ATTRIBUTES]
    if not all(type(value) is str for value in attributes):
        return None
    event_id, source, type_, version, time, correlation, _ = attributes
    words = "".join(attributes)
    if not (event_id and source and type_ and version == "1.0" and words.isprintable()):
        return None
    if len(words) - len(version) - len(time) > _LONGEST:
        return None
    return Envelope(source, event_id, type_, _time(time) if time else None, data, correlation)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    at = at.astimezone(UTC)
    if not _FIRST_YEAR <= at.year < _YEAR_AFTER:
        raise ValueError
    return at


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_number(_text: str) -> float:
    raise ValueError


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number).decode


def _json(value: bytes) -> Any:
    """What every reader of JSON would read the same way: each name once in an object, no number beyond all bounds."""
    said = _decode(value.decode())
    if b"\\u" in value:
        json.dumps(said, ensure_ascii=False).encode()  # half of a pair of surrogates is no text
    return said
