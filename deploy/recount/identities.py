"""Identities, worked out from what is said of them in the contracts' documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

_BETWEEN = "\x1f"
_TIMED = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-7.{21}\Z", re.DOTALL)


def _digest(parts: tuple[str, ...]) -> bytes:
    return blake2b(_BETWEEN.join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _dressed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def derived(*parts: str) -> str:
    """The identity that derives from these parts: their digest, dressed as a UUID of version 5."""
    digest = bytearray(_digest(parts))
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return _dressed(digest.hex())


def of_concern(sender: str, reference: str) -> str:
    """The concern that a report with this reference makes."""
    return derived("concern", sender, reference)


@cache
def of_enquiry(concern_id: str) -> str:
    """The Section 42 enquiry a concern converts to."""
    return derived("enquiry", concern_id)


@cache
def of_other_enquiry(concern_id: str) -> str:
    """The other safeguarding enquiry a concern leads to."""
    return derived("other-enquiry", concern_id)


def of_event(source: str, event_id: str) -> str:
    """An event's identity, by which two records of one instant are ordered; a version 7 UUID lends its time."""
    digits = _digest((source, event_id)).hex()
    if _TIMED.match(event_id):
        digits = (event_id[:8] + event_id[9:13]).lower() + digits[12:]
    return _dressed(digits)


def of_content(type_: str, said: Mapping[str, Any]) -> str:
    """What settles which of two records of one instant stands, where nothing they say does: the greater of these."""
    content = {name: value for name, value in said.items() if name != "concern_id"}
    return derived(type_, json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_written))


def _written(value: object) -> str:
    assert isinstance(value, date | datetime)  # noqa: S101  nothing else is read out of JSON
    return value.isoformat().replace("+00:00", "Z")


def nhs_number(text: str) -> str | None:
    """The ten digits of a valid NHS number; None for anything else."""
    digits = "".join(text.split()).replace("-", "")
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit() or digits == digits[0] * 10:  # noqa: PLR2004
        return None
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits if int(digits[9]) == (11 - rest) % 11 else None


_NOBODY = {
    "", "-", "0", "?", "anonymous", "n/a", "na", "nil", "no", "none", "not known", "not provided", "not recorded",
    "null", "tba", "tbc", "test", "unk", "unknown", "x", "xx", "xxx",
}  # fmt: skip


def identifiers(sender: str, adult: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What names a person in a report, what counts more first: NHS number, then the sender's own reference."""
    found: list[tuple[str, ...]] = []
    if (number := nhs_number(adult["nhs_number"] or "")) is not None:
        found.append(("nhs", number))
    reference = (adult["person_reference"] or "").strip()
    if reference.strip(" .").casefold() not in _NOBODY:
        found.append(("reference", sender, reference))
    return found
