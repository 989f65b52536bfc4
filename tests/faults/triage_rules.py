"""What triage must make of concerns, decisions and approvals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from deploy.recount.answers import TAKEN, Answer
from deploy.recount.decisions import Triage as Decided
from deploy.recount.identities import of_enquiry, of_other_enquiry
from deploy.recount.records import Concern
from deploy.recount.teams import first_rule, first_team
from tests.faults.civil import office_closed
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, place_refusal, refusal
from tests.faults.intake_rules import Intake
from tests.faults.log import Message
from tests.faults.replay import replay

ROUTED, TRIAGED = "safeguarding.concern.routed.v1", "safeguarding.concern.triaged.v1"
REFUSED = "safeguarding.triage.decision-refused.v1"
UNREADABLE = "safeguarding.triage.decision-unreadable.v1"
CONVERTED, OTHER = "safeguarding.concern.converted.v1", "safeguarding.concern.other-enquiry-started.v1"
BACK, SENT = "safeguarding.concern.conversion-taken-back.v1", "safeguarding.concern.sent-to-authority.v1"
_STARTS = {"s42_met": (CONVERTED, of_enquiry), "other_enquiry": (OTHER, of_other_enquiry)}
_POLICY = "coventry-2024-1"


@dataclass
class Triage:
    """What must have come of everything triage read.

    `conversions` are, of each enquiry, what started it and took it back, in order.
    """

    triaged: dict[str, Message] = field(default_factory=dict)
    conversions: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    held: set[str] = field(default_factory=set)


def triage(found: list[Knock], known: Intake, book: Book) -> Triage:
    """Route every concern, and go through the door concern by concern, in its log's order."""
    result = Triage()
    for concern_id, concern in known.stated.items():
        _route(concern, known.facts[concern_id], book)
    decided = Decided(known.stated)
    told: dict[str, list[Knock]] = defaultdict(list)
    for knock in new(found, "triage.decided", "triage.approved"):
        told[knock.sent.said["concern_id"]].append(knock)

    def tell(knock: Knock) -> Answer:
        return _tell(decided, knock, known, book, result)

    for knocks in told.values():
        result.held |= {knock.sent.identity for knock in replay(knocks, tell)}
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal("triage", REFUSED, knock, knock.about, codes))
        elif knock.message is None:
            book.check(place_refusal("triage", UNREADABLE, knock))
    return result


def _route(concern: Concern, fact: Message, book: Book) -> None:
    closed = office_closed(concern.received_at)
    body: dict[str, Any] = {
        "concern_id": concern.concern_id, "adult_id": concern.adult_id, "team": first_team(concern.report),
        "rule": first_rule(concern.report), "fast_track": True, "policy": _POLICY, "out_of_hours": closed,
        "emergency_duty": bool(closed and concern.report["urgent"]),
    }  # fmt: skip
    expected = Expected("triage", ROUTED, concern.concern_id, fact, concern.adult_id, body, fact.time)
    if closed is None and (seen := book.find(expected)) is not None:
        body |= {name: seen.data[name] for name in ("out_of_hours", "emergency_duty")}
    book.check(expected)


def _tell(decided: Decided, knock: Knock, known: Intake, book: Book, result: Triage) -> Answer:
    said, at, message = knock.sent.said, knock.sent.at, knock.message
    assert message is not None
    if knock.sent.name == "triage.decided":
        answer = decided.decide(said, at)
    else:
        of = decided.of.get(said["concern_id"])
        before = of.in_force if of is not None else None
        answer = decided.approve(said, at)
        if answer is TAKEN:
            _state(decided, before, said, message, known.concerns[said["concern_id"]].adult_id, book, result)
    if answer.why:
        book.check(refusal("triage", REFUSED, knock, said["concern_id"], answer.why))
    return answer


def _state(
    decided: Decided, before: dict[str, Any] | None, approval: dict[str, Any], cause: Message, adult_id: str,
    book: Book, result: Triage,
) -> None:  # fmt: skip
    """The decision that was just approved is in force, in place of the one before; and what follows from that."""
    of = decided.of[approval["concern_id"]]
    decision, concern_id = of.in_force, approval["concern_id"]
    assert decision is not None
    whose = {"concern_id": concern_id, "adult_id": adult_id}
    body = decision | whose | {name: approval[name] for name in ("approved_by", "approved_at")}
    body |= {"supersedes": before["decision_id"] if before is not None else None, "team": of.team, "policy": _POLICY}
    stated = book.check(Expected("triage", TRIAGED, concern_id, cause, adult_id, body))
    if stated is not None:
        result.triaged[concern_id] = stated
    if decision["decision"] == "sent_to_other_authority":
        body = whose | {name: decision[name] for name in ("decision_id", "authority")}
        body |= {"sent_at": approval["approved_at"]}
        book.check(Expected("triage", SENT, concern_id, cause, adult_id, body))
    if before is None or before["decision"] != decision["decision"]:
        _convert(whose, before, decision, cause, book, result)


def _convert(
    whose: dict[str, Any], before: dict[str, Any] | None, now: dict[str, Any], cause: Message, book: Book,
    result: Triage,
) -> None:  # fmt: skip
    """What the decision before had started is taken back; what this one starts, starts when it was decided."""
    said = whose | {name: now[name] for name in ("decision_id", "decided_at")}
    for kind, back in ((before and before["decision"], True), (now["decision"], False)):
        if kind in _STARTS:
            type_, enquiry_of = _STARTS[kind]
            enquiry_id = enquiry_of(whose["concern_id"])
            type_, subject = (BACK, enquiry_id) if back else (type_, whose["concern_id"])
            body = said | {"enquiry_id": enquiry_id}
            stated = book.check(Expected("section-42-conversions", type_, subject, cause, whose["adult_id"], body))
            if stated is not None:
                result.conversions[enquiry_id].append(stated)
