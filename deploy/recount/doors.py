"""What came through the doors, each event once, in the order in which it came: from Kafka, or from lines of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from deploy.recount import reports
from deploy.recount.envelopes import Envelope, opened
from deploy.recount.forms import Contract, WrongForm, contracts
from deploy.recount.identities import of_event, of_meaning

READERS = {
    "concern-reports": "intake", "intake-decisions": "intake", "triage-decisions": "triage",
    "enquiry-records": "enquiry",
}  # fmt: skip
"""The doors that bear on a figure, and who reads each: to one reader an event counts once, wherever it came in."""
REPORTS, REPORTED = "concern-reports", "safeguarding.concern.reported.v1"
"""The door where sender and reference make a concern, and the one type that it takes: what is wrong with an envelope
stands in no concern's way there."""
_CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of the form its contract asks for.

    `name` is its type without what all types share, `said` its data as declared, `raw` with the fields that nothing
    declares, `remarks` the words for what of a report was not in form. `at` is when it was recorded: while a clock was
    driven its own time, else when it reached the door. `time` is its sender's word.
    """

    name: str
    at: datetime
    time: datetime
    identity: str
    said: dict[str, Any]
    raw: dict[str, Any]
    remarks: frozenset[str] = frozenset()


_TURN = attrgetter("turn")


class _Record(NamedTuple):
    """`turn` orders the records of all doors, and leaves those of one partition in their order."""

    turn: tuple[datetime, str, int, int]
    topic: str
    at: datetime
    envelope: Envelope
    place: str = ""


def from_lines(lines: Iterable[bytes]) -> Iterator[Sent]:
    """Everything in lines of CloudEvents, in the order of time: as they are replayed on a driven clock."""
    known = contracts(frozenset(READERS))
    records = []
    for number, line in enumerate(lines):
        envelope = opened(line)
        if envelope is not None and envelope.time is not None and envelope.type in known:
            topic = known[envelope.type].topic
            records.append(_Record((envelope.time, "", 0, number), topic, envelope.time, envelope))
    return _once(sorted(records, key=_TURN), known)


def from_kafka(found: Iterable[Any], prefix: str) -> Iterator[Sent]:
    """Everything among records of the doors and the clock, each partition's in the order of its offsets."""
    found = list(found)
    ticks = [record.timestamp for record in found if record.topic == prefix + _CLOCK]
    driven_until = max(ticks, default=-1)
    latest: dict[tuple[str, int], datetime] = {}
    records = []
    for record in found:
        topic = record.topic.removeprefix(prefix)
        envelope = opened(record.value, record.headers, forgiving=topic == REPORTS) if topic in READERS else None
        if envelope is None:
            continue
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        if record.timestamp <= driven_until and envelope.time is not None:
            at = envelope.time
        # A record has its turn when its time has come, and never before those that lie in front of it.
        turn = latest[topic, record.partition] = max(at, latest.get((topic, record.partition), at))
        place = f"{topic}/{record.partition}/{record.offset}"
        records.append(_Record((turn, topic, record.partition, record.offset), topic, at, envelope, place))
    return _once(sorted(records, key=_TURN), contracts(frozenset(READERS)))


def _once(records: Iterable[_Record], known: Mapping[str, Contract]) -> Iterator[Sent]:
    """What can be read, each event for its reader the first time it came.

    An id that is used again for another report makes no difference to that.
    """
    seen: set[tuple[str, str, str]] = set()
    for _, topic, at, envelope, place in records:
        type_ = REPORTED if topic == REPORTS else envelope.type
        contract = known.get(type_)
        if contract is None or contract.topic != topic:
            continue
        try:
            said, raw, remarks = _said(contract, envelope, place)
        except WrongForm:
            continue
        identity = of_event(envelope.source or said.get("sender", ""), envelope.id or place)
        means = json.dumps(envelope.data, sort_keys=True) if topic == REPORTS else ""
        if (READERS[topic], identity, means) in seen:
            continue
        seen.add((READERS[topic], identity, means))
        name = type_.removeprefix("safeguarding.").removesuffix(".v1")
        yield Sent(name, at, envelope.time or at, identity, said, raw, remarks)


def _said(contract: Contract, envelope: Envelope, place: str) -> tuple[dict[str, Any], dict[str, Any], frozenset[str]]:
    """What is said in form; that with the fields that no contract knows; what is remarked on. Raises WrongForm."""
    if contract.topic != REPORTS:
        return contract.read(envelope.data), envelope.data, frozenset()
    unique = f"{envelope.source} {envelope.id or place} {of_meaning(REPORTED, envelope.data)}"
    report = reports.read(contract, envelope.data, envelope.source, unique)
    return report.said, report.open, frozenset(report.codes)
