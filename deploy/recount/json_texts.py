"""Text in bytes, and JSON in text: what every reader of JSON would read the same way, and what was meant otherwise."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

NO_JSON: Any = object()
"""What is no JSON, or says two things at once."""
_TOO_LARGE: Any = object()
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_ZEROS = (
    (re.compile(rb"\0\0\0."), "utf-32-be"), (re.compile(rb".\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0[^\0]"), "utf-16-be"), (re.compile(rb"[^\0]\0"), "utf-16-le"),
)  # fmt: skip
"""Where zeros stand in the first characters of JSON in other encodings, if nothing marks them."""
_REGISTRY = re.compile(rb"\0(?![{[\"]\0)....[{[\"]", re.DOTALL)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.ASCII | re.IGNORECASE)


class Parsed(dict[str, Any]):
    """A JSON object, and which names it gives twice."""

    twice: frozenset[str] = frozenset()


def text_in(value: bytes, content_type: str, faults: set[str]) -> str:
    """The text that bytes are; notes where that is not UTF-8, or a schema registry's bytes stand before it."""
    if _REGISTRY.match(value):
        faults.add("registry_bytes")
        value = value[5:]
    value = value.removeprefix(codecs.BOM_UTF8)
    encoding = next((name for mark, name in _MARKS.items() if value.startswith(mark)), "")
    encoding = encoding or next((name for zeros, name in _ZEROS if zeros.match(value)), "")
    if not encoding and b"\0" not in value[:4]:
        try:
            return value.decode()
        except UnicodeDecodeError:
            encoding = _single_byte(content_type)
    faults.add("encoding")
    return value.decode(encoding or "utf-8", "replace")


def _single_byte(content_type: str) -> str:
    said = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(said[1]).name if said else ""
    except LookupError:
        name = ""
    return name if name.startswith(("iso8859", "cp125")) else "cp1252"


def json_in(text: str) -> Any:
    """What a JSON text says, or NO_JSON."""
    try:
        said = _decode(text)
        if "\\u" in text:
            json.dumps(said, ensure_ascii=False, default=str).encode()  # half of a pair of surrogates is no text
    except (ValueError, RecursionError):
        return NO_JSON
    return said


def tidy(said: Any) -> Any:
    """The same, or NO_JSON where an object in it gives a name twice, or a number is beyond all bounds."""
    try:
        return said if _is_tidy(said) else NO_JSON
    except RecursionError:
        return NO_JSON


def _is_tidy(said: Any) -> bool:
    if isinstance(said, Parsed):
        return not said.twice and all(map(_is_tidy, said.values()))
    if isinstance(said, list):
        return all(map(_is_tidy, said))
    return said is not _TOO_LARGE


def _object(pairs: list[tuple[str, Any]]) -> Parsed:
    found = Parsed(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.twice = frozenset(name for name in names if names.count(name) > 1)
    return found


def _number(text: str) -> Any:
    number = float(text)
    return _TOO_LARGE if math.isinf(number) else number


def _no_number(_text: str) -> float:
    raise ValueError


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number, parse_float=_number).decode
