"""What came through the doors: each event once by (source, id), and what could not be read or was there before."""

from __future__ import annotations

import json
import re
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
BOMB = b"bomb"
"""The key of each record of a batch that unpacks to more than is read: none of them says anything to anybody."""
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")
_REFERENCE = re.compile(r"[!-~]{1,128}")


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
        if self.record.topic != "concern-reports":
            return {}
        data = self.message.data if self.message is not None else _bare(self.record)
        sender, reference = _named(data)
        return {"sender": sender, "reference": reference} if sender else {}

    @property
    def packed(self) -> bool:
        """Whether it came in a batch that nobody unpacks."""
        return self.record.key == BOMB

    @property
    def why_illegible(self) -> str:
        """Why its record says not even which event it is: the first thing that is wrong with it."""
        record = self.record
        if self.packed:
            return "batch_not_unpacked"
        if record.value is None:
            return "null_value"
        said = [] if _is_structured(record) else [v for name, v in record.headers.items() if name.startswith("ce_")]
        wrong = next((value for value in said if not _utf8(value)), b"")
        if wrong is None:
            return "null_header"
        return "header_not_utf_8" if wrong else "not_a_cloudevent"

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
            message = envelope(record) if record.key != BOMB else None
            readable = message is not None and _readable(topic, message)
            message = message or _legible(record)
            about = _about(topic, message.data if message is not None else _bare(record))
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
    text: dict[str, Any]
    if _is_structured(record):
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


def _is_structured(record: Record) -> bool:
    """Whether the attributes are in the body, as far as the headers say."""
    kind = record.headers.get("content-type") or b"application/cloudevents"
    return "ce_id" not in record.headers and kind.startswith(b"application/cloudevents")


def _legible(record: Record) -> Message | None:
    """Whose a record is that is no event, where its headers say so all the same."""
    said = record.headers
    text = {name[3:]: (value or b"").decode() for name, value in said.items() if name[:3] == "ce_" and _utf8(value)}
    if not text.get("id") or record.key == BOMB:
        return None
    time = instant(text["time"]) if text.get("time") else None
    return Message(record, text["id"], text["source"], text["type"], time, _object(record.value or b""), text)


def _readable(topic: str, message: Message) -> bool:
    required = REQUIRED[topic].get(message.type)
    return required is not None and all(message.data.get(name) is not None for name in required)


def _bare(record: Record) -> dict[str, Any]:
    """What a record says that names no event: the data themselves, or an event's without its id."""
    if record.key == BOMB:
        return {}
    said = _object(record.value or b"")
    data = said.get("data")
    return data if isinstance(data, dict) and not said.keys() & {"sender", "reference", *KEY.values()} else said


def _named(data: dict[str, Any]) -> tuple[str, str]:
    """The sender and the reference of a report, if both are written as the contracts ask; else nothing."""
    sender, reference = data.get("sender"), data.get("reference")
    if not (isinstance(sender, str) and isinstance(reference, str)):
        return "", ""
    return (sender, reference) if _SENDER.fullmatch(sender) and _REFERENCE.fullmatch(reference) else ("", "")


def _about(topic: str, data: dict[str, Any]) -> str:
    """What a record is about, as far as it says so: what its answer is keyed by."""
    if topic == "concern-reports":
        sender, reference = _named(data)
        return str(concern_of(sender, reference)) if sender else ""
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
