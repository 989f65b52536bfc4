"""JSON that says one thing: what every reader of it would read the same way, and could write down again.

RFC 8259 lets a name occur twice in an object, and readers differ in which value they take; a number too large for a
float becomes infinite in one reader and an error in the next. Neither may decide what is known of an adult.
"""

import json
from typing import Any

import msgspec

from shared.kernel.decision import Reason

_NO_JSON = Reason(
    code="not_readable", says="Send JSON in UTF-8 (RFC 8259): no NaN, no Infinity, no number beyond a double's range."
)
NAME_TWICE = Reason(code="name_twice", says="A name occurs twice in one JSON object: give it once.")
_COLON = b"\\u003"


class _TwiceError(Exception):
    pass


def flaw(text: bytes) -> Reason | None:
    """What is wrong with a JSON text that a lenient reader has taken, or None."""
    try:
        if not _all_read(text):
            json.loads(text, object_pairs_hook=_once)
    except _TwiceError:
        return NAME_TWICE
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _NO_JSON
    return None


def _all_read(text: bytes) -> bool:
    """Whether certainly no pair was dropped: each has a colon, and written down again there are as many of them."""
    read = msgspec.json.decode(text)
    try:
        return text.count(b":") == msgspec.json.encode(read).count(b":") and _COLON not in text
    except OverflowError:  # a whole number of more than 64 bits can be read and not written
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _TwiceError
    return read
