"""The oracle: what must have come of what came in, record by record, and every way in which that is not so.

It reads the topics and the tables by plain means, and has the rules from the recount; neither shares code with the
services. What it allows: a fact on a topic more than once under the same id (relays die after sending); records of one
key of two topics in any order that explains what was stated; a flag that late news withdraws; of a link between
concerns of two adults who were ever found to be one, either answer, since merges come by another key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.audit_rules import audit
from tests.faults.books import books
from tests.faults.doors import Knock, knocks
from tests.faults.enquiry_model import CONCLUDED, OPENED
from tests.faults.enquiry_rules import enquiries
from tests.faults.facts import Book
from tests.faults.intake_rules import RECEIVED, intake
from tests.faults.log import DOORS, FACTS, Log, Message, Where, read_log
from tests.faults.monitor import READS
from tests.faults.orders import Clock, kinds
from tests.faults.record_rules import records
from tests.faults.triage_rules import CONVERTED, OTHER, ROUTED, TRIAGED, triage

_STARTED = "an enquiry started"


@dataclass
class Findings:
    """What the oracle found: differences, what it saw and allows, how much it looked at, and what did happen."""

    differences: list[str] = field(default_factory=list)
    allowed: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    sometimes: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> list[str]:
        """Facts that must be there and are not, and events the broker took and lost."""
        return [one for one in self.differences if one.startswith("lost")]

    @property
    def twice(self) -> list[str]:
        """Effects that happened more than once."""
        return [one for one in self.differences if one.startswith("twice")]


async def examine(where: Where, acknowledged: set[str] | None = None, never_said: set[str] | None = None) -> Findings:
    """Hold a quiet installation against the rules; `never_said` are events of transactions that were taken back."""
    log = await read_log(where)
    found, doors, held = judge(log, driven=where.driven)
    written, counts = await books(where, log, doors, held)
    found.differences += written
    found.differences += _acknowledged(log, acknowledged or set(), never_said or set())
    found.counts |= counts
    return found


def judge(log: Log, *, driven: bool) -> tuple[Findings, dict[str, list[Knock]], dict[str, set[str]]]:
    """Hold what is on the topics against the rules; and what came through each service's doors, and must wait."""
    book = Book.of(log.facts(*FACTS))
    doors = {service: knocks(log, service, driven=driven) for service in READS}
    clock = Clock.of(log) if driven else Clock()
    received = intake(doors["intake"], book, driven=driven)
    records(doors["intake"], book, received)
    triaged = triage(doors["triage"], received, book)
    opened = enquiries(log, doors["enquiry"], triaged.conversions, book, clock)
    adults = audit(log, doors["audit"], book, clock)
    held = {"intake": received.held, "triage": triaged.held, "enquiry": opened.held, "audit": set[str]()}
    found = Findings([*book.differences, *book.extra(), *_order(log, timed=driven), *_one_id(log)])
    found.counts = {
        "records at the doors": sum(len(log.records[topic]) for topic in DOORS),
        "facts": len(book.accounted), "concerns": len(received.concerns), "adults": adults,
        "triaged": len(triaged.triaged), "enquiries started": len(triaged.conversions),
        "concluded": len(opened.concluded),
        **{f"door records {fate}": sum(k.fate == fate for of in doors.values() for k in of)
           for fate in ("duplicate", "conflicting", "unreadable")},
    }  # fmt: skip
    found.counts |= {f"facts {kind}": n for kind, n in Counter(kinds(log.facts(*FACTS))).items()}
    withdrawn = sum(m.data.get("ending") == "withdrawn" for m in log.facts("audit.drift"))
    found.allowed = {"facts twice on a topic under one id": log.duplicates(), "drift flags withdrawn": withdrawn}
    found.allowed |= dict(book.allowed)
    found.sometimes = {"duplicates_on_topics": log.duplicates()}
    found.sometimes["duplicates_dropped_at_doors"] = found.counts["door records duplicate"]
    return found, doors, held


def _order(log: Log, *, timed: bool) -> Iterable[str]:
    """For one concern: received, routed, triaged, converted; for one enquiry: converted, opened, concluded.

    Across topics only where it is `timed`: a record of ours bears the clock of whoever wrote it, which may be wrong.
    """
    first: dict[tuple[str, str], Message] = {}
    for message in log.facts("concerns", "triage", "section-42-conversions", "enquiries"):
        about = (
            message.data.get("enquiry_id") if message.type in (OPENED, CONCLUDED) else message.data.get("concern_id")
        )
        first.setdefault((message.type, str(about)), message)
        if message.type in (CONVERTED, OTHER):
            first.setdefault((_STARTED, message.data["enquiry_id"]), message)
    chain = (
        (RECEIVED, ROUTED), (ROUTED, TRIAGED), (TRIAGED, CONVERTED), (TRIAGED, OTHER), (_STARTED, OPENED),
        (OPENED, CONCLUDED),
    )  # fmt: skip
    for (type_, about), later in first.items():
        for before, after in chain:
            if type_ != after:
                continue
            earlier = first.get((before, about))
            if earlier is None:
                yield f"order: {after} about {about} without {before}"
                continue
            one, other = earlier.record, later.record
            if one.topic == other.topic and (one.partition, one.offset) > (other.partition, other.offset):
                yield f"order: {after} about {about} at {other.place}, {before} at {one.place}"
            if timed and before != TRIAGED and one.at > other.at:
                yield f"order: {after} about {about} at {other.at}, {before} at {one.at}"


def _one_id(log: Log) -> Iterable[str]:
    """One id, one fact: what is there twice is there byte for byte."""
    said: dict[bytes | None, tuple[bytes | None, bytes | None, dict[str, bytes | None]]] = {}
    for topic in FACTS:
        for record in log.records[topic]:
            now = record.key, record.value, record.headers
            if said.setdefault(record.headers.get("ce_id"), now) != now:
                yield f"twice: {record.place} has the id of another fact and says something else"


def _acknowledged(log: Log, ids: set[str], never_said: set[str]) -> Iterable[str]:
    """What the broker took must be there, and what was taken back must not."""
    there = set()
    for topic in DOORS:
        for record in log.records[topic]:
            text = record.headers.get("ce_id")
            there.add(text.decode(errors="replace") if text is not None else "")
            if text is None and record.value is not None:
                there.add(record.value.partition(b'"id": "')[2].partition(b'"')[0].decode(errors="replace"))
    lost = ids - there - {""}
    if lost:
        yield f"lost: {len(lost)} events the broker had acknowledged"
    if there & never_said:
        yield f"extra: {len(there & never_said)} events that were taken back"
