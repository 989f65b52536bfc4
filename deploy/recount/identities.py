"""Identities, worked out from what is said of them in the contracts' documentation."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from deploy.recount.texts import Policy, plain

_BETWEEN = "\x1f"
_TEN_DIGITS = re.compile(r"[0-9]{10}\Z")
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


def sender_in_form(name: str) -> str:
    """A sender's name as a code: as it is, or a hash of it."""
    name = _one_line(name)
    in_form = not name or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}", name)
    return name if in_form else "sender." + _short(name)


def reference_in_form(text: str) -> str:
    """A reference of printable ASCII without spaces: as it is, or as in a URL, the end of a long one a hash."""
    if re.fullmatch(r"[!-~]{1,128}", text):
        return text
    text = _one_line(text)
    found = "".join(one if "!" <= one <= "~" and one != "%" else _in_percent(one) for one in text)
    return found if len(found) <= 128 else f"{found[:95]}~{_short(text)}"  # noqa: PLR2004


def _one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _in_percent(one: str) -> str:
    return "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))


def _short(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def of_meaning(type_: str, data: Any) -> str:
    """What a body means: its value as JSON, with one kind of number in one spelling."""
    text = json.dumps(_one_number(data), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return blake2b(text.encode(), digest_size=16, person=type_.encode()[-16:]).hexdigest()


def _one_number(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _one_number(part) for name, part in said.items()}
    if isinstance(said, list):
        return [_one_number(part) for part in said]
    return int(said) if isinstance(said, float) and said.is_integer() and abs(said) < 2**53 else said


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
    """Ten digits, not all the same, of which the last checks the others; None for anything else."""
    digits = plain(text).replace(" ", "").replace("-", "")
    if not _TEN_DIGITS.match(digits) or digits == digits[0] * 10:
        return None
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits if int(digits[9]) == (11 - rest) % 11 else None


Name = tuple[str, ...]
"""What names a person: a number; or whose reference it is, and which."""


def identifiers(sender: str, adult: Mapping[str, Any], policy: Policy, *, test_numbers: bool) -> list[Name]:
    """What names a person in a report, what counts more first: NHS number, then the sender's own reference."""
    found: list[Name] = []
    number = nhs_number(adult["nhs_number"] or "")
    if number is not None and policy.given(number, test_numbers=test_numbers):
        found.append(("nhs", number))
    if not policy.filler(reference := adult["person_reference"] or ""):
        found.append(("reference", sender, plain(reference)))
    return found
