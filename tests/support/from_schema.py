"""Values that fit a JSON Schema, for Hypothesis: what an event may say, from its contract alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st

from shared.contracts.schema import Schema, options

_OFFSETS = st.sampled_from([0, 60, -300, 345]).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=_OFFSETS)  # noqa: DTZ001
_DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
_FORMATS = {
    "uuid": st.uuids().map(str),
    "date-time": _INSTANTS.map(datetime.isoformat),
    "date": _DAYS.map(date.isoformat),
}
_LETTERS = "".join(map(chr, range(0x180))) + "–’→日本\U0001f600"
_LONG = 12
_UNKNOWN = st.dictionaries(
    st.sampled_from(["x_newer", "x_still_newer"]), st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=1
)


def valid(schema: Schema, root: Schema | None = None, *, unknown: bool = False) -> st.SearchStrategy[Any]:
    """Values the schema takes; with `unknown`, their objects may hold fields it does not declare."""
    root = schema if root is None else root
    return st.one_of([_one(option, root, unknown=unknown) for option in options(schema, root)])


def _one(schema: Schema, root: Schema, *, unknown: bool) -> st.SearchStrategy[Any]:
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    longest = min(schema.get("maxItems", 3), 3)
    makers: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "null": st.none,
        "boolean": st.booleans,
        "integer": lambda: st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31)),
        "string": lambda: _FORMATS[schema["format"]] if "format" in schema else _text(schema),
        "array": lambda: st.lists(
            valid(schema["items"], root, unknown=unknown), min_size=schema.get("minItems", 0), max_size=longest
        ),
        "object": lambda: _object(schema, root, unknown=unknown),
    }
    return makers[schema["type"]]()


@cache
def _letters(pattern: str) -> str:
    """The letters that fit a pattern one by one; patterns here are one class, or one with a narrower first letter."""
    return "".join(letter for letter in _LETTERS if re.fullmatch(pattern, letter))


def _text(schema: Schema) -> st.SearchStrategy[str]:
    least, most = schema.get("minLength", 0), min(schema.get("maxLength", _LONG), _LONG)
    if "pattern" not in schema:
        return st.text(_LETTERS.replace("\x00", ""), min_size=least, max_size=most)
    return st.text(_letters(schema["pattern"]), min_size=least, max_size=most)


def _object(schema: Schema, root: Schema, *, unknown: bool) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: valid(field, root, unknown=unknown) for name, field in schema["properties"].items()}
    required = schema.get("required", ())
    known = st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )
    if not unknown:
        return known
    return st.tuples(known, _UNKNOWN).map(lambda parts: parts[1] | parts[0])
