"""What came through the doors: each event once by (source, id), and what could not be read or was there before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from deploy.recount import reports
from deploy.recount.doors import REPORTED, REPORTS, Sent
from deploy.recount.envelopes import Envelope, NoEvent, examined
from deploy.recount.forms import WrongForm, contracts
from deploy.recount.identities import of_event
from deploy.recount.json_texts import NO_JSON
from tests.faults.identity import body_hash
from tests.faults.legible import BOMB, KEY, bare, legible, whose
from tests.faults.log import Log, Message, Record

DOORS_OF = {
    "intake": ("concern-reports", "intake-decisions"), "triage": ("triage-decisions",),
    "enquiry": ("enquiry-records",), "audit": ("audit-reviews",),
}  # fmt: skip
_CONTRACTS = contracts(frozenset(door for doors in DOORS_OF.values() for door in doors))


@dataclass(frozen=True)
class Knock:
    """One record of a door: `fate` is new, duplicate, conflicting or unreadable. `event` is what can be read of it.

    `faults` are the codes of what is wrong with how it came, `report` sender and reference of what was meant as one.
    """

    record: Record
    fate: str
    message: Message | None
    about: str
    event: Sent | None = None
    recorded: datetime = field(default=datetime(1970, 1, 1, tzinfo=UTC))
    faults: frozenset[str] = frozenset()
    report: dict[str, str] = field(default_factory=dict)
    opened: bool = False
    """Whether there was an envelope, with data that say something."""

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
    def packed(self) -> bool:
        """Whether it came in a batch that nobody unpacks."""
        return self.record.key == BOMB


def knocks(log: Log, service: str, *, driven: bool) -> list[Knock]:
    """What came through a service's doors, each door in its log's order."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    return [_fated(_knock(record, driven=driven), seen) for topic in DOORS_OF[service] for record in log.records[topic]]


def _fated(knock: Knock, seen: dict[str, tuple[str, dict[str, Any]]]) -> Knock:
    """New, or there before; a report under the identity of another is one all the same, and known by what it says."""
    message = knock.message
    if knock.event is None or message is None:
        return knock
    said = message.type, message.data
    first = seen.setdefault(message.identity, said)
    if first is said:
        return replace(knock, fate="new")
    if first == said:
        return replace(knock, fate="duplicate")
    if knock.record.topic != REPORTS:
        return replace(knock, fate="conflicting")
    by_body = of_event(message.identity, body_hash(message.type, message.data))
    message = replace(message, attributes=message.attributes | {"by_body": by_body})
    again = by_body in seen
    seen[by_body] = said
    faults = knock.faults | {"id_used_before"}
    return replace(knock, fate="duplicate" if again else "new", message=message, faults=faults)


def _knock(record: Record, *, driven: bool) -> Knock:
    """What a record says, whatever came before it."""
    envelope, why = _examined(record)
    topic = record.topic
    stands_in_the_way = topic != REPORTS and envelope is not None and envelope.faults
    at = (envelope.time if driven and envelope is not None else None) or record.at
    event = None
    message = legible(record) if envelope is None else None
    if envelope is not None:
        data = envelope.data if isinstance(envelope.data, dict) else {}
        message = Message(
            record, envelope.id, envelope.source, envelope.type, envelope.time, data,
            {"correlationid": envelope.correlation},
        )  # fmt: skip
        why = envelope.faults
        if topic == REPORTS and envelope.type not in {"", REPORTED}:
            why |= {_not_ours(envelope.type)}
        if not stands_in_the_way:
            taken_for = replace(message, type=REPORTED) if topic == REPORTS else message
            event, content = _read(topic, taken_for, at)
            why |= content
            if event is not None:
                sender = str(event.said.get("sender", ""))
                message = replace(taken_for, id=message.id or _place(record), source=message.source or sender)
                event = replace(event, identity=message.identity)
    said = message.data if envelope is not None and message is not None else bare(record)
    about, report = whose(topic, said, record)
    opened = envelope is not None and envelope.data is not NO_JSON
    if topic == REPORTS and envelope is not None and not opened:
        why = frozenset({"json_invalid"})
    if message is not None and not message.id:
        message = None
    recorded = (message.time if driven and message is not None else None) or record.at
    return Knock(record, "unreadable", message, about, event, recorded, frozenset(why), report, opened)


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _examined(record: Record) -> tuple[Envelope | None, frozenset[str]]:
    """The envelope of a record; else why there is none."""
    if record.key == BOMB:
        return None, frozenset({"batch_not_unpacked"})
    try:
        return examined(record.value, list(record.headers.items())), frozenset()
    except NoEvent as none:
        return None, frozenset({str(none)})


def _not_ours(type_: str) -> str:
    """Why a type is none that the door for concerns takes."""
    intakes = {name.rpartition(".")[0] for name, one in _CONTRACTS.items() if one.topic in DOORS_OF["intake"]}
    newer = type_.rpartition(".")[0] in intakes and type_ not in _CONTRACTS
    return "unknown_version" if newer and re.search(r"\.v\d+$", type_) else "wrong_type"


def new(found: Iterable[Knock], *names: str) -> Iterable[Knock]:
    """Those that are events of these names, or any, heard of for the first time."""
    return [k for k in found if k.fate == "new" and (not names or k.sent.name in names)]


def door_and_key(type_: str, data: dict[str, Any]) -> tuple[str, bytes]:
    """Where an event goes: sender and reference of a report, else what it is about."""
    topic = _CONTRACTS[type_].topic
    if type_ == REPORTED:
        return topic, f"{data['sender']}/{data['reference']}".encode()
    return topic, str(data["merge_id" if "merge_id" in data else KEY[topic]]).encode()


def tallies(found: Iterable[Knock]) -> Counter[tuple[str, str, str]]:
    """How many records each sender put through each door, by fate."""
    return Counter((knock.record.topic, knock.sender, knock.fate) for knock in found)


def _read(topic: str, message: Message, at: datetime) -> tuple[Sent | None, frozenset[str]]:
    """What was sent, if its type is one of the door's and it can be read; and what is remarked on in how it is."""
    contract = _CONTRACTS.get(message.type)
    if contract is None or contract.topic != topic:
        return None, frozenset()
    said, raw, codes = message.data, message.data, frozenset[str]()
    try:
        if topic == REPORTS:
            unique = f"{message.source} {message.id or _place(message.record)} {body_hash(REPORTED, said)}"
            report = reports.read(contract, said, message.source, unique)
            said, raw, codes = report.said, report.open, frozenset(report.codes)
        else:
            said = contract.read(said)
    except WrongForm:
        return None, frozenset()
    name = message.type.removeprefix("safeguarding.").removesuffix(".v1")
    return Sent(name, at, message.time or at, message.identity, said, raw), codes
