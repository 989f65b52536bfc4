"""The identities of the published contracts, derived here a second time from their description."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ALL = (1 << 128) - 1


def derived(*parts: str) -> UUID:
    """Sixteen bytes of BLAKE2b over the parts, marked as a UUID of version 5."""
    return _marked(_number(*parts), 5)


def timed(at: datetime, *parts: str) -> UUID:
    """The same, with the milliseconds since 1970 in its first 48 bits, marked as version 7."""
    milliseconds = (at - _BEGINNING) // timedelta(milliseconds=1)
    return _marked(_number(*parts) & (1 << 80) - 1 | milliseconds << 80, 7)


def of_event(source: str, event_id: str) -> UUID:
    """What the inbox knows an event by; an id that is a UUID of version 7 lends its time."""
    number = _number(source, event_id)
    try:
        lent = UUID(event_id) if len(event_id) == 36 else None
    except ValueError:
        lent = None
    if lent is not None and lent.version == 7 and str(lent) == event_id.lower():
        number = number & (1 << 80) - 1 | (lent.int >> 80) << 80
    return UUID(int=number)


def concern_of(sender: str, reference: str) -> UUID:
    """The concern of a sender's report."""
    return derived("concern", sender, reference)


def enquiry_of(concern_id: str) -> UUID:
    """The enquiry a concern converts to."""
    return derived("enquiry", concern_id)


def other_enquiry_of(concern_id: str) -> UUID:
    """The other enquiry that a concern leads to where section 42 is not met."""
    return derived("other-enquiry", concern_id)


def _number(*parts: str) -> int:
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=16).digest(), "big")


def _marked(number: int, version: int) -> UUID:
    number &= _ALL ^ (0xF << 76) ^ (0b11 << 62)
    return UUID(int=number | version << 76 | 0b10 << 62)
