"""What was sent, read in the form that the published schema of its type asks for.

The schemas are what the world has been told, and data, not code. Only what they use is understood here; anything
else is an error of this program, and said so. What is read has every field that is declared and no other, what was
left out at its default, instants in UTC, days as days, and identities written in one way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

Reader = Callable[[Any], Any]
Schema = Mapping[str, Any]
SCHEMAS = Path(__file__).parents[2] / "shared" / "contracts" / "schemas"
_SAYS_NOTHING = {"default", "description", "title"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt _]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HEX = "[0-9a-f]"
_PLAIN_UUID = re.compile(f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class WrongForm(ValueError):
    """It is not what the schema asks for."""


class Contract(NamedTuple):
    """Where events of a type travel, and how one is read; the reader raises WrongForm."""

    topic: str
    read: Reader


def contracts(topics: frozenset[str]) -> dict[str, Contract]:
    """The contract of every type that travels on these topics."""
    found = {}
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if schema["x-topic"] in topics:
            body = {name: part for name, part in schema.items() if not name.startswith(("$", "x-"))}
            found[path.stem] = Contract(schema["x-topic"], _reader(body, schema.get("$defs", {})))
    return found


def _reader(schema: Schema, named: Mapping[str, Schema]) -> Reader:
    while "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    says = {name for name in schema if not name.startswith("x-")} - _SAYS_NOTHING
    if says == {"anyOf"}:
        return _either(schema["anyOf"], named)
    if "enum" in says:
        return _one_of(frozenset(schema["enum"]), says - {"enum", "type"})
    allowed, make = _KINDS[schema["type"]]
    _understood(says - {"type"} - allowed)
    return make(schema, named)


def _understood(strange: set[str]) -> None:
    if strange:
        raise NotImplementedError(f"the recount does not know {sorted(strange)} of a schema")


def _either(options: list[Schema], named: Mapping[str, Schema]) -> Reader:
    readers = [_reader(option, named) for option in options]

    def read(value: Any) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except WrongForm:
                continue
        raise WrongForm

    return read


def _one_of(values: frozenset[str], strange: set[str]) -> Reader:
    _understood(strange)

    def read(value: Any) -> Any:
        if type(value) is not str or value not in values:
            raise WrongForm
        return value

    return read


def _nothing(_schema: Schema, _named: Mapping[str, Schema]) -> Reader:
    def read(value: Any) -> None:
        if value is not None:
            raise WrongForm

    return read


def _yes_or_no(_schema: Schema, _named: Mapping[str, Schema]) -> Reader:
    def read(value: Any) -> bool:
        if type(value) is not bool:
            raise WrongForm
        return value

    return read


def _whole_number(schema: Schema, _named: Mapping[str, Schema]) -> Reader:
    least, most = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))

    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise WrongForm
        return value

    return read


def _text(schema: Schema, _named: Mapping[str, Schema]) -> Reader:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    pattern = schema.get("pattern", "^.*$")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise NotImplementedError("the recount knows patterns of whole texts only")
    fits = re.compile(pattern, re.DOTALL).fullmatch

    def read(value: Any) -> str:
        if type(value) is not str or not least <= len(value) <= most or not fits(value):
            raise WrongForm
        return value

    return read


def _list(schema: Schema, named: Mapping[str, Schema]) -> Reader:
    each = _reader(schema["items"], named)
    least, most = schema.get("minItems", 0), schema.get("maxItems", float("inf"))

    def read(value: Any) -> list[Any]:
        if type(value) is not list or not least <= len(value) <= most:
            raise WrongForm
        return [each(one) for one in value]

    return read


def _object(schema: Schema, named: Mapping[str, Schema]) -> Reader:
    fields = [
        (name, _reader(field, named), name in schema.get("required", ()), field.get("default"))
        for name, field in schema["properties"].items()
    ]

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongForm
        found = {}
        for name, reader, required, default in fields:
            if name in value:
                found[name] = reader(value[name])
            elif required:
                raise WrongForm
            else:
                found[name] = default
        return found

    return read


def _instant(value: Any) -> datetime:
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise WrongForm
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongForm from None
    if not _EARLIEST <= at < _LATEST:
        raise WrongForm
    return at


def _day(value: Any) -> date:
    if type(value) is not str or not _DAY.fullmatch(value):
        raise WrongForm
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise WrongForm from None
    if not _EARLIEST.year <= found.year < _LATEST.year:
        raise WrongForm
    return found


def _uuid(value: Any) -> str:
    if type(value) is not str:
        raise WrongForm
    if _PLAIN_UUID.fullmatch(value):
        return value
    bare = value.lower().removeprefix("urn:uuid:")
    if bare.startswith("{") and bare.endswith("}"):
        bare = bare[1:-1]
    if not _PLAIN_UUID.fullmatch(bare) and not re.fullmatch(f"{_HEX}{{32}}", bare):
        raise WrongForm
    return str(UUID(bare))


_FORMATS: dict[str, Reader] = {"date-time": _instant, "date": _day, "uuid": _uuid}
_KINDS: dict[str, tuple[set[str], Callable[[Schema, Mapping[str, Schema]], Reader]]] = {
    "null": (set(), _nothing),
    "boolean": (set(), _yes_or_no),
    "integer": ({"minimum", "maximum"}, _whole_number),
    "string": ({"format", "pattern", "minLength", "maxLength"}, _text),
    "array": ({"items", "minItems", "maxItems"}, _list),
    "object": ({"properties", "required", "additionalProperties"}, _object),
}
