"""What came through the doors: each event once by (source, id), and what could not be read or was there before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from deploy.recount.doors import Sent
from deploy.recount.envelopes import opened
from deploy.recount.forms import WrongForm, contracts
from deploy.recount.identities import of_concern
from tests.faults.civil import instant
from tests.faults.log import Log, Message, Record

KEY = {
    "intake-decisions": "concern_id", "triage-decisions": "concern_id", "enquiry-records": "enquiry_id",
    "audit-reviews": "adult_id",
}  # fmt: skip
DOORS_OF = {
    "intake": ("concern-reports", "intake-decisions"), "triage": ("triage-decisions",),
    "enquiry": ("enquiry-records",), "audit": ("audit-reviews",),
}  # fmt: skip
_CONTRACTS = contracts(frozenset(door for doors in DOORS_OF.values() for door in doors))
BOMB = b"bomb"
"""The key of each record of a batch that unpacks to more than is read: none of them says anything to anybody."""
_REPORT = "safeguarding.concern.reported.v1"


@dataclass(frozen=True)
class Knock:
    """One record of a door: `fate` is new, duplicate, conflicting or unreadable. `event` is what can be read of it."""

    record: Record
    fate: str
    message: Message | None
    about: str
    event: Sent | None = None
    recorded: datetime = field(default=datetime(1970, 1, 1, tzinfo=UTC))

    @property
    def sent(self) -> Sent:
        """What was sent, of what could be read."""
        assert self.event is not None
        return self.event

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


def knocks(log: Log, service: str, *, driven: bool) -> list[Knock]:
    """What came through a service's doors, each door in its log's order."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    found = []
    for topic in DOORS_OF[service]:
        for record in log.records[topic]:
            message = envelope(record) if record.key != BOMB else None
            at = (message.time if driven and message is not None else None) or record.at
            event = _read(topic, message, at) if message is not None else None
            message = message or _legible(record)
            about = _about(topic, message.data if message is not None else _bare(record))
            at = (message.time if driven and message is not None else None) or record.at
            fate = "unreadable"
            if event is not None and message is not None:
                first = seen.setdefault(message.identity, (message.type, message.data))
                again = first[1] is not message.data
                fate = ("duplicate" if first == (message.type, message.data) else "conflicting") if again else "new"
            found.append(Knock(record, fate, message, about, event, at))
    return found


def new(found: Iterable[Knock], *names: str) -> Iterable[Knock]:
    """Those that are events of these names, or any, heard of for the first time."""
    return [k for k in found if k.fate == "new" and (not names or k.sent.name in names)]


def door_and_key(type_: str, data: dict[str, Any]) -> tuple[str, bytes]:
    """Where an event goes: sender and reference of a report, else what it is about."""
    topic = _CONTRACTS[type_].topic
    if type_ == _REPORT:
        return topic, f"{data['sender']}/{data['reference']}".encode()
    return topic, str(data["merge_id" if "merge_id" in data else KEY[topic]]).encode()


def tallies(found: Iterable[Knock]) -> Counter[tuple[str, str, str]]:
    """How many records each sender put through each door, by fate."""
    return Counter((knock.record.topic, knock.sender, knock.fate) for knock in found)


def envelope(record: Record) -> Message | None:
    """The event in a record, with as much of its data as is a JSON object; None where it is none."""
    found = opened(record.value, list(record.headers.items()))
    if found is None:
        return None
    data = found.data if isinstance(found.data, dict) else {}
    return Message(record, found.id, found.source, found.type, found.time, data, {"correlationid": found.correlation})


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


def _read(topic: str, message: Message, at: datetime) -> Sent | None:
    """What was sent, if its type is one of the door's and it is of the form that this asks for."""
    contract = _CONTRACTS.get(message.type)
    if contract is None or contract.topic != topic:
        return None
    try:
        said = contract.read(message.data)
    except WrongForm:
        return None
    name = message.type.removeprefix("safeguarding.").removesuffix(".v1")
    return Sent(name, at, message.time or at, message.identity, said, message.data)


def _bare(record: Record) -> dict[str, Any]:
    """What a record says that names no event: the data themselves, or an event's without its id."""
    if record.key == BOMB:
        return {}
    said = _object(record.value or b"")
    data = said.get("data")
    return data if isinstance(data, dict) and not said.keys() & {"sender", "reference", *KEY.values()} else said


def _named(data: dict[str, Any]) -> tuple[str, str]:
    """The sender and the reference of a report, if both are written as the contracts ask; else nothing."""
    try:
        said = _CONTRACTS[_REPORT].read({name: data.get(name) for name in ("sender", "reference")})
    except WrongForm:
        return "", ""
    return said["sender"], said["reference"]


def _about(topic: str, data: dict[str, Any]) -> str:
    """What a record is about, as far as it says so: what its answer is keyed by."""
    if topic == "concern-reports":
        sender, reference = _named(data)
        return of_concern(sender, reference) if sender else ""
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
