"""What triage must make of concerns, decisions and approvals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.civil import instant, office_closed
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, place_refusal, refusal, same
from tests.faults.identity import derived
from tests.faults.intake_rules import Concern
from tests.faults.log import Message
from tests.faults.replay import CHANGED, SAME, WAITS, replay
from tests.faults.triage_form import form

DECIDED, APPROVED = "safeguarding.triage.decided.v1", "safeguarding.triage.approved.v1"
ROUTED, TRIAGED = "safeguarding.concern.routed.v1", "safeguarding.concern.triaged.v1"
REFUSED = "safeguarding.triage.decision-refused.v1"
UNREADABLE = "safeguarding.triage.decision-unreadable.v1"
CONVERTED, OTHER = "safeguarding.concern.converted.v1", "safeguarding.concern.other-enquiry-started.v1"
BACK, SENT = "safeguarding.concern.conversion-taken-back.v1", "safeguarding.concern.sent-to-authority.v1"
_MANAGERIAL = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
_DECISION = (
    "decision_id", "decision", "limbs", "disposals", "authority", "duplicate_of", "supersedes", "decided_by",
    "decided_at", "adult_view", "consents",
)  # fmt: skip
_NOT_SAID = {"to_report": "not_known", "to_sharing": "not_known", "to_enquiry": "not_known"}
_POLICY = "coventry-2024-1"


@dataclass
class Triage:
    """What must have come of everything triage read.

    `conversions` are, of each enquiry, what started it and took it back, in order.
    """

    triaged: dict[str, Message] = field(default_factory=dict)
    conversions: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    teams: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


@dataclass
class _File:
    concern: Concern | None
    decisions: list[dict[str, Any]] = field(default_factory=list)
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)
    in_force: dict[str, Any] | None = None


def triage(found: list[Knock], concerns: dict[str, Concern], book: Book) -> Triage:
    """Route every concern, and go through the door concern by concern, in its log's order."""
    result = Triage()
    for concern in concerns.values():
        _route(concern, book, result)
    said: dict[str, list[Knock]] = defaultdict(list)
    for knock in new(found, DECIDED, APPROVED):
        assert knock.message is not None
        said[knock.message.data["concern_id"]].append(knock)
    for concern_id, knocks in said.items():
        known = concerns.get(concern_id)
        file = _File(known if known is not None and known.fact is not None else None)

        def tell(knock: Knock, file: _File = file) -> str:
            return _tell(file, knock, book, result)

        result.held |= {k.message.identity for k in replay(knocks, tell) if k.message is not None}
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal("triage", REFUSED, knock, knock.about, codes))
        elif knock.message is None:
            book.check(place_refusal("triage", UNREADABLE, knock))
    return result


def _route(concern: Concern, book: Book, result: Triage) -> None:
    if concern.fact is None:
        return
    report, fact = concern.report, concern.fact
    source, channel = report.get("source"), report.get("channel")
    own = report.get("practitioner_team")
    if source == "mental_health_staff" or report.get("known_to_mental_health_team") == "yes":
        team = rule = "mental_health"
    elif source in ("hospital_staff", "ambulance") or channel == "hospital_team":
        team = rule = "hospital"
    elif channel == "practitioner" and own:
        team, rule = own, "practitioner"
    else:
        team = rule = "intake"
    result.teams[concern.concern_id] = team
    closed = office_closed(concern.received_at)
    body: dict[str, Any] = {
        "concern_id": concern.concern_id, "adult_id": concern.adult_id, "team": team, "rule": rule, "fast_track": True,
        "policy": _POLICY, "out_of_hours": closed, "emergency_duty": bool(closed and report.get("urgent")),
    }  # fmt: skip
    expected = Expected("triage", ROUTED, concern.concern_id, fact, concern.adult_id, body, fact.time)
    if closed is None and (seen := book.find(expected)) is not None:
        body |= {name: seen.data[name] for name in ("out_of_hours", "emergency_duty")}
    book.check(expected)


def _tell(file: _File, knock: Knock, book: Book, result: Triage) -> str:
    assert knock.message is not None
    data = knock.message.data
    answer = _decide(file, knock, data) if knock.message.type == DECIDED else _approve(file, knock, data)
    if isinstance(answer, set):
        book.check(refusal("triage", REFUSED, knock, data["concern_id"], answer))
        return SAME
    if answer == CHANGED and knock.message.type == APPROVED:
        _state(file, knock.message, book, result)
    return answer


def _decide(file: _File, knock: Knock, data: dict[str, Any]) -> str | set[str]:
    wrong = form(data) | ({"decided_at_in_the_future"} if knock.in_future(instant(data["decided_at"])) else set())
    if wrong:
        return wrong
    if file.concern is None:
        return WAITS
    for known in file.decisions:
        if known["decision_id"] == data["decision_id"]:
            equal = all(same(known.get(name) or None, data.get(name) or None) for name in _DECISION)
            return SAME if equal else {"decision_id_used_before"}
    if instant(data["decided_at"]) < file.concern.received_at:
        return {"decided_before_receipt"}
    return _stand(file, data)


def _stand(file: _File, data: dict[str, Any]) -> str | set[str]:
    """The first decision stands, until one that names it takes its place, approved or not."""
    before = data.get("supersedes")
    ids = [known["decision_id"] for known in file.decisions]
    if before is not None and before not in ids:
        return WAITS
    if ids and before != ids[-1]:
        return {"supersedes_no_standing_decision" if before is not None else "contradicts_standing_decision"}
    if ids and instant(data["decided_at"]) < instant(file.decisions[-1]["decided_at"]):
        return {"decided_before_superseded"}
    file.decisions.append(data)
    return CHANGED


def _approve(file: _File, knock: Knock, data: dict[str, Any]) -> str | set[str]:
    wrong = set() if data["role"] in _MANAGERIAL else {"role_may_not_approve"}
    at: datetime = instant(data["approved_at"])
    wrong |= {"approved_at_in_the_future"} if knock.in_future(at) else set()
    if wrong:
        return wrong
    decision = next((known for known in file.decisions if known["decision_id"] == data["decision_id"]), None)
    if file.concern is None or decision is None:
        return WAITS
    known = file.approvals.get(data["decision_id"])
    if known is not None and all(same(known[name], data[name]) for name in ("approved_by", "role", "approved_at")):
        return SAME
    if file.decisions[-1] is not decision or known is not None:
        return {"already_approved" if file.decisions[-1] is decision else "decision_superseded"}
    wrong = {"approver_is_decider"} if data["approved_by"].lower() == decision["decided_by"].lower() else set()
    wrong |= {"approved_before_decided"} if at < instant(decision["decided_at"]) else set()
    if wrong:
        return wrong
    file.approvals[data["decision_id"]] = data
    return CHANGED


def _state(file: _File, cause: Message, book: Book, result: Triage) -> None:
    """The decision that was just approved is in force, in place of the one before; and what follows from that."""
    assert file.concern is not None
    decision, concern, before = file.decisions[-1], file.concern, file.in_force
    file.in_force, approval = decision, file.approvals[decision["decision_id"]]
    whose = {"concern_id": concern.concern_id, "adult_id": concern.adult_id}
    body = {name: decision[name] for name in _DECISION if decision.get(name) is not None and name != "supersedes"}
    body |= whose | {"disposals": decision.get("disposals", []), "policy": _POLICY}
    body |= {"approved_by": approval["approved_by"], "approved_at": approval["approved_at"]}
    body |= {"supersedes": before["decision_id"] if before is not None else None}
    body |= {"team": result.teams.get(concern.concern_id)}
    if decision.get("consents") is not None:
        body["consents"] = _NOT_SAID | decision["consents"]
    stated = book.check(Expected("triage", TRIAGED, concern.concern_id, cause, concern.adult_id, body))
    if stated is not None:
        result.triaged[concern.concern_id] = stated
    if decision["decision"] == "sent_to_other_authority":
        body = whose | {name: decision[name] for name in ("decision_id", "authority")}
        body |= {"sent_at": approval["approved_at"]}
        book.check(Expected("triage", SENT, concern.concern_id, cause, concern.adult_id, body))
    if before is None or before["decision"] != decision["decision"]:
        _convert(whose, before, decision, cause, book, result)


def _convert(
    whose: dict[str, Any], before: dict[str, Any] | None, now: dict[str, Any], cause: Message, book: Book,
    result: Triage,
) -> None:  # fmt: skip
    """What the decision before had started is taken back; what this one starts, starts when it was decided."""
    said = whose | {name: now[name] for name in ("decision_id", "decided_at")}
    started = {"s42_met": (CONVERTED, "enquiry"), "other_enquiry": (OTHER, "other-enquiry")}
    for kind, back in ((before and before["decision"], True), (now["decision"], False)):
        if kind in started:
            type_, name = started[kind]
            enquiry_id = str(derived(name, whose["concern_id"]))
            type_, subject = (BACK, enquiry_id) if back else (type_, whose["concern_id"])
            body = said | {"enquiry_id": enquiry_id}
            stated = book.check(Expected("section-42-conversions", type_, subject, cause, whose["adult_id"], body))
            if stated is not None:
                result.conversions[enquiry_id].append(stated)
