"""What came through the doors: each event once by (source, id), and what could not be read or was there before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.faults.civil import instant
from tests.faults.identity import concern_of
from tests.faults.log import Log, Message, Record

_PAIR = ("concern_id", "duplicate_of", "decided_by", "decided_at")
_REASON = ("concern_id", "reason", "decided_by", "decided_at")
_LIMBS = ("concern_id", "decision_id", "decision", "limbs", "decided_by", "decided_at")
REQUIRED: dict[str, dict[str, tuple[str, ...]]] = {
    "concern-reports": {"safeguarding.concern.reported.v1": ("sender", "reference")},
    "intake-decisions": {
        "safeguarding.concern.duplicate-found.v1": _PAIR, "safeguarding.concern.duplicate-taken-back.v1": _PAIR,
        "safeguarding.concern.withdrawal-decided.v1": _REASON, "safeguarding.concern.withdrawal-taken-back.v1": _REASON,
        "safeguarding.adult.found-one.v1": ("merge_id", "adult_id", "other_adult_id", "grounds", "decided_at"),
        "safeguarding.adult.found-different.v1": ("merge_id", "grounds", "decided_by", "decided_at"),
    },
    "triage-decisions": {
        "safeguarding.triage.decided.v1": _LIMBS,
        "safeguarding.triage.approved.v1": ("concern_id", "decision_id", "approved_by", "role", "approved_at"),
    },
    "enquiry-records": {
        "safeguarding.enquiry.outcomes-asked.v1": ("enquiry_id", "answer", "asked_at", "recorded_by"),
        "safeguarding.enquiry.outcomes-assessed.v1": ("enquiry_id", "achieved", "asked_of", "assessed_at"),
        "safeguarding.enquiry.closure-proposed.v1": ("enquiry_id", "closure_id", "reason", "proposed_by"),
        "safeguarding.enquiry.closure-approved.v1": ("enquiry_id", "closure_id", "approved_by", "role"),
        "safeguarding.enquiry.closure-returned.v1": ("enquiry_id", "closure_id", "reason", "returned_by", "role"),
        "safeguarding.enquiry.reopening-decided.v1": ("enquiry_id", "reopening_id", "closure_id", "reason", "role"),
        "safeguarding.enquiry.capacity-assessed.v1": ("enquiry_id", "capacity_id", "matter", "capacity", "assessed_at"),
        "safeguarding.enquiry.caused.v1": ("enquiry_id", "cause_id", "body", "due_on", "caused_by", "caused_at"),
        "safeguarding.enquiry.caused-chased.v1": ("enquiry_id", "cause_id", "chased_by", "chased_at"),
        "safeguarding.enquiry.caused-returned.v1": ("enquiry_id", "cause_id", "satisfactory", "returned_at"),
        "safeguarding.enquiry.advocacy-recorded.v1": ("enquiry_id", "take_up", "recorded_by", "recorded_at"),
    },
    "audit-reviews": {
        "safeguarding.audit.repeat-reviewed.v1": ("adult_id", "review_id", "safety_planning", "reviewed_at"),
        "safeguarding.audit.drift-reviewed.v1": ("adult_id", "open_id", "legitimate", "next_look", "reviewed_at"),
    },
}  # fmt: skip
"""What each door takes, and what must be said."""
KEY = {
    "intake-decisions": "concern_id", "triage-decisions": "concern_id", "enquiry-records": "enquiry_id",
    "audit-reviews": "adult_id",
}  # fmt: skip
DOORS_OF = {
    "intake": ("concern-reports", "intake-decisions"), "triage": ("triage-decisions",),
    "enquiry": ("enquiry-records",), "audit": ("audit-reviews",),
}  # fmt: skip
_A_WHILE = timedelta(minutes=30)


@dataclass(frozen=True)
class Knock:
    """One record of a door: `fate` is new, duplicate, conflicting or unreadable."""

    record: Record
    fate: str
    message: Message | None
    about: str
    recorded: datetime = field(default=datetime(1970, 1, 1, tzinfo=UTC))

    @property
    def sender(self) -> str:
        """Whom the tally of the door counts it for."""
        if self.fate == "unreadable":
            return self.report.get("sender", "unknown")
        assert self.message is not None
        return str(self.message.data.get("sender", self.message.source))

    @property
    def report(self) -> dict[str, str]:
        """Sender and reference of what was meant as a report."""
        data = self.message.data if self.message is not None and self.record.topic == "concern-reports" else {}
        both = {name: data.get(name) for name in ("sender", "reference")}
        return {name: said for name, said in both.items() if isinstance(said, str)} if all(both.values()) else {}

    def in_future(self, at: datetime) -> bool:
        """Whether something is said to have happened well after it reached us."""
        ahead = at - self.recorded
        assert not timedelta(minutes=4, seconds=50) < ahead < _A_WHILE, f"{self.record.place} is too close to call"
        return ahead >= _A_WHILE


def knocks(log: Log, service: str, *, driven: bool) -> list[Knock]:
    """What came through a service's doors, each door in its log's order."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    found = []
    for topic in DOORS_OF[service]:
        for record in log.records[topic]:
            message = envelope(record)
            readable = message is not None and _readable(topic, message)
            message = message or _legible(record)
            about = _about(topic, message)
            at = (message.time if driven and message is not None else None) or record.at
            fate = "unreadable"
            if readable and message is not None:
                first = seen.setdefault(message.identity, (message.type, message.data))
                again = first[1] is not message.data
                fate = ("duplicate" if first == (message.type, message.data) else "conflicting") if again else "new"
            found.append(Knock(record, fate, message, about, at))
    return found


def new(found: Iterable[Knock], *types: str) -> Iterable[Knock]:
    """Those that are events of these types, heard of for the first time."""
    return [k for k in found if k.fate == "new" and k.message is not None and k.message.type in types]


def tallies(found: Iterable[Knock]) -> Counter[tuple[str, str, str]]:
    """How many records each sender put through each door, by fate."""
    return Counter((knock.record.topic, knock.sender, knock.fate) for knock in found)


def envelope(record: Record) -> Message | None:
    """The CloudEvents attributes of a record and as much of its data as is a JSON object; None without attributes."""
    if record.value is None:
        return None
    headers = record.headers
    structured = "ce_id" not in headers and (headers.get("content-type") or b"application/cloudevents").startswith(
        b"application/cloudevents"
    )
    text: dict[str, Any]
    if structured:
        text = _object(record.value)
        data = text.pop("data", None)
    else:
        if any(name.startswith("ce_") and not _utf8(value) for name, value in headers.items()):
            return None
        text = {name[3:]: (value or b"").decode() for name, value in headers.items() if name.startswith("ce_")}
        data = _object(record.value)
    if not text or not all(text.get(name) for name in ("id", "source", "type")) or text.get("specversion") != "1.0":
        return None
    time = instant(text["time"]) if text.get("time") else None
    return Message(record, text["id"], text["source"], text["type"], time, data if isinstance(data, dict) else {}, text)


def _legible(record: Record) -> Message | None:
    """Whose a record is that is no event, where its headers say so all the same."""
    said = record.headers
    text = {name[3:]: (value or b"").decode() for name, value in said.items() if name[:3] == "ce_" and _utf8(value)}
    if not text.get("id"):
        return None
    time = instant(text["time"]) if text.get("time") else None
    return Message(record, text["id"], text["source"], text["type"], time, _object(record.value or b""), text)


def _readable(topic: str, message: Message) -> bool:
    required = REQUIRED[topic].get(message.type)
    return required is not None and all(message.data.get(name) is not None for name in required)


def _about(topic: str, message: Message | None) -> str:
    """What a record is about, as far as it says so: what its answer is keyed by."""
    if message is None:
        return ""
    data = message.data
    if topic == "concern-reports":
        both = isinstance(data.get("sender"), str) and isinstance(data.get("reference"), str)
        return str(concern_of(data["sender"], data["reference"])) if both else ""
    merge = topic == "intake-decisions" and KEY[topic] not in data
    try:
        return str(UUID(data.get("merge_id" if merge else KEY[topic])))
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
