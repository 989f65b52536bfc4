"""Identities that derive from what they name, so that saying a thing twice cannot make two of it.

Those of events are text, because they are compared, hashed and written far more often than anything else here.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID, SafeUUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UUID_LENGTH = 36
_HEXADECIMAL = re.compile("[0-9A-Fa-f]{12}")
_SEPARATOR = "\x1f"
_UNKNOWN = SafeUUID.unknown
_VERSION_5 = 0x5 << 76
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_NAMED_MASK = ~((0xF << 76) | (0b11 << 62))
_TAIL_MASK = (0xFFF << 64) | ((1 << 62) - 1)


def derived(*parts: str) -> UUID:
    """The identity of a thing that is known by its parts alone: the same parts, the same identity, for ever."""
    number = int.from_bytes(_digest(parts), "big") & _NAMED_MASK | _VERSION_5 | _VARIANT
    identity = UUID.__new__(UUID)  # its constructor checks what we have just made, at four times the cost
    object.__setattr__(identity, "int", number)
    object.__setattr__(identity, "is_safe", _UNKNOWN)
    return identity


def timed(at: datetime, *parts: str) -> str:
    """An identity that sorts by time (the layout of a version 7 UUID), its random bits taken from the parts.

    The index of a table keyed by such ids grows at its end, which is several times cheaper than at random.
    """
    tail = int.from_bytes(_digest(parts), "big") & _TAIL_MASK
    milliseconds = max((at - _EPOCH) // _MILLISECOND, 0)  # not by way of a float, which falls short of some
    return _text(f"{(milliseconds << 80) | _VERSION_7 | _VARIANT | tail:032x}")


def event_identity(source: str, event_id: str) -> str:
    """The inbox key of a CloudEvent, whose identity is the pair (source, id), both strings.

    An id that is a version 7 UUID lends its time prefix, so that our own facts land at the end of the index.
    """
    digits = _digest((source, event_id)).hex()
    if len(event_id) == _UUID_LENGTH and event_id[14] == "7" and event_id[8] == "-" == event_id[13]:
        prefix = event_id[:8] + event_id[9:13]
        if _HEXADECIMAL.fullmatch(prefix):  # int() would take underscores and the digits of other scripts too
            return _text(prefix.lower() + digits[12:])
    return _text(digits)


def _text(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _digest(parts: tuple[str, ...]) -> bytes:
    return blake2b(_SEPARATOR.join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
