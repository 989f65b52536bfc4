"""Identities with a time or a body in them, which the recount has no need of; all others are its own."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from deploy.recount.identities import derived

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def timed(at: datetime, *parts: str) -> str:
    """What derives from the parts, with the milliseconds since 1970 in its first 48 bits, marked as version 7."""
    milliseconds = f"{(at - _BEGINNING) // timedelta(milliseconds=1):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{derived(*parts)[15:]}"


def body_hash(type_: str, data: dict[str, Any]) -> str:
    """What a body means, as a redelivery is told from another event: its value, one kind of number in one spelling."""
    text = json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return blake2b(text.encode(), digest_size=16, person=type_.encode()[-16:]).hexdigest()


def _plain(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _plain(part) for name, part in said.items()}
    if isinstance(said, list):
        return [_plain(part) for part in said]
    return int(said) if isinstance(said, float) and said.is_integer() and abs(said) < 2**53 else said
