"""What is legible of a record at a door that is no event: whose it is, and what it is about."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from deploy.recount.doors import REPORTS
from deploy.recount.identities import of_concern, reference_in_form, sender_in_form
from tests.faults.civil import instant
from tests.faults.log import Message, Record

KEY = {
    "intake-decisions": "concern_id", "triage-decisions": "concern_id", "enquiry-records": "enquiry_id",
    "audit-reviews": "adult_id",
}  # fmt: skip
BOMB = b"bomb"
"""The key of each record of a batch that unpacks to more than is read: none of them says anything to anybody."""
_UUID = 36
_LONGEST = 300


def legible(record: Record) -> Message | None:
    """Whose a record is that is no event, where its headers say so all the same."""
    said = record.headers
    text = {name[3:]: (value or b"").decode() for name, value in said.items() if name[:3] == "ce_" and _utf8(value)}
    if not text.get("id") or record.key == BOMB:
        return None
    time = instant(text["time"]) if text.get("time") else None
    source, type_ = text.get("source", ""), text.get("type", "")
    return Message(record, text["id"], source, type_, time, _object(record.value or b""), text)


def bare(record: Record) -> dict[str, Any]:
    """What a record says that names no event: the data themselves, or an event's without its id."""
    if record.key == BOMB:
        return {}
    said = _object(record.value or b"")
    data = said.get("data")
    return data if isinstance(data, dict) and not said.keys() & {"sender", "reference", *KEY.values()} else said


def _named(data: dict[str, Any]) -> tuple[str, str, str]:
    """The sender of a report, its reference and that as its sender knows it, where both are texts or numbers."""
    said = [str(one) if type(one) is int else one for one in (data.get("sender"), data.get("reference"))]
    texts = [one for one in said if isinstance(one, str) and one.isprintable() and len(one) <= _LONGEST]
    if len(texts) < len(said):
        return "", "", ""
    sender, reference = sender_in_form(texts[0]), reference_in_form(texts[1])
    return (sender, reference, texts[1]) if sender and reference else ("", "", "")


def whose(topic: str, data: dict[str, Any], record: Record) -> tuple[str, dict[str, str]]:
    """What a record is about, as far as it or its key says so: what its answer is keyed by, and which report it was."""
    key = (record.key or b"").decode("ascii", "replace")
    if topic == REPORTS:
        named = _named(data)
        if not named[0] and key.count("/") == 1:
            named = _named(dict(zip(("sender", "reference"), key.split("/"), strict=True)))
        sender, form, reference = named
        return (of_concern(sender, form), {"sender": sender, "reference": reference}) if sender else ("", {})
    merge = topic == "intake-decisions" and KEY[topic] not in data
    return _uuid(data.get("merge_id" if merge else KEY[topic])) or (_uuid(key) if len(key) == _UUID else ""), {}


def _uuid(said: Any) -> str:
    try:
        return str(UUID(said))
    except (ValueError, TypeError, AttributeError):
        return ""


def _object(value: bytes) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _utf8(value: bytes | None) -> bool:
    try:
        return value is not None and value.decode() is not None
    except UnicodeDecodeError:
        return False
