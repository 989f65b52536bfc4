"""What triage must make of concerns, decisions and approvals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.civil import instant, office_closed
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, refusal, same
from tests.faults.identity import enquiry_of
from tests.faults.intake_rules import Concern
from tests.faults.log import Message
from tests.faults.replay import CHANGED, SAME, WAITS, replay

DECIDED, APPROVED = "safeguarding.triage.decided.v1", "safeguarding.triage.approved.v1"
ROUTED, TRIAGED = "safeguarding.concern.routed.v1", "safeguarding.concern.triaged.v1"
CONVERTED, REFUSED = "safeguarding.concern.converted.v1", "safeguarding.triage.decision-refused.v1"
_MANAGERIAL = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
_DECISION = (
    "decision_id", "decision", "limbs", "disposals", "authority", "duplicate_of", "supersedes", "decided_by",
    "decided_at",
)  # fmt: skip


@dataclass
class Triage:
    """What must have come of everything triage read. `converted` are conversions, by enquiry."""

    triaged: dict[str, Message] = field(default_factory=dict)
    converted: dict[str, Message] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


@dataclass
class _File:
    concern: Concern | None
    decisions: list[dict[str, Any]] = field(default_factory=list)
    approval: dict[str, Any] | None = None


def triage(found: list[Knock], concerns: dict[str, Concern], book: Book) -> Triage:
    """Route every concern, and go through the door concern by concern, in its log's order."""
    result = Triage()
    for concern in concerns.values():
        _route(concern, book)
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
    return result


def _route(concern: Concern, book: Book) -> None:
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
    closed = office_closed(concern.received_at)
    body: dict[str, Any] = {
        "concern_id": concern.concern_id, "adult_id": concern.adult_id, "team": team, "rule": rule, "fast_track": True,
        "policy": "coventry-2024-1", "out_of_hours": closed, "emergency_duty": bool(closed and report.get("urgent")),
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
    if answer == CHANGED and file.approval is data:
        _state(file, knock.message, book, result)
    return answer


def _decide(file: _File, knock: Knock, data: dict[str, Any]) -> str | set[str]:
    wrong = _form(data) | ({"decided_in_the_future"} if knock.in_future(instant(data["decided_at"])) else set())
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
    """The first decision stands, until one that names it takes its place; none does once one is approved."""
    before = data.get("supersedes")
    ids = [known["decision_id"] for known in file.decisions]
    if before is not None and before not in ids:
        return WAITS
    if file.approval is not None:
        return {"already_approved"}
    if ids and before != ids[-1]:
        return {"supersedes_no_standing_decision" if before is not None else "contradicts_standing_decision"}
    file.decisions.append(data)
    return CHANGED


def _approve(file: _File, knock: Knock, data: dict[str, Any]) -> str | set[str]:
    wrong = set() if data["role"] in _MANAGERIAL else {"role_may_not_approve"}
    at: datetime = instant(data["approved_at"])
    wrong |= {"approved_in_the_future"} if knock.in_future(at) else set()
    if wrong:
        return wrong
    decision = next((known for known in file.decisions if known["decision_id"] == data["decision_id"]), None)
    if file.concern is None or decision is None:
        return WAITS
    standing = file.decisions[-1]
    if standing is not decision:
        return {"decision_superseded"}
    if file.approval is not None:
        equal = all(same(file.approval[name], data[name]) for name in ("approved_by", "role", "approved_at"))
        return SAME if equal else {"already_approved"}
    wrong = {"approver_is_decider"} if data["approved_by"] == decision["decided_by"] else set()
    wrong |= {"approved_before_decided"} if at < instant(decision["decided_at"]) else set()
    if wrong:
        return wrong
    file.approval = data
    return CHANGED


def _form(data: dict[str, Any]) -> set[str]:
    """What is wrong with a decision by itself."""
    kind = data["decision"]
    met = all(limb["answer"] == "yes" for limb in data["limbs"].values())
    codes = set()
    if met and kind not in ("s42_met", "sent_to_other_authority", "duplicate"):
        codes.add("duty_has_arisen")
    if not met and kind == "s42_met":
        codes.add("limbs_not_all_met")
    if bool(data.get("disposals")) != (kind == "not_met"):
        codes.add("disposal_missing" if kind == "not_met" else "disposals_without_not_met")
    if (data.get("authority") is not None) != (kind == "sent_to_other_authority"):
        codes.add("authority_missing" if kind == "sent_to_other_authority" else "authority_without_sending")
    if kind == "duplicate" and data.get("duplicate_of") is None:
        codes.add("duplicate_of_missing")
    if data.get("duplicate_of") == data["concern_id"]:
        codes.add("duplicate_of_itself")
    if data.get("supersedes") == data["decision_id"]:
        codes.add("supersedes_itself")
    return codes


def _state(file: _File, cause: Message, book: Book, result: Triage) -> None:
    assert file.concern is not None
    assert file.approval is not None
    decision, concern, approval = file.decisions[-1], file.concern, file.approval
    body = {name: decision[name] for name in _DECISION if decision.get(name) is not None and name != "supersedes"}
    body |= {"concern_id": concern.concern_id, "adult_id": concern.adult_id, "disposals": decision.get("disposals", [])}
    body |= {"approved_by": approval["approved_by"], "approved_at": approval["approved_at"]}
    stated = book.check(Expected("triage", TRIAGED, concern.concern_id, cause, concern.adult_id, body))
    if stated is not None:
        result.triaged[concern.concern_id] = stated
    if decision["decision"] == "s42_met":
        enquiry_id = str(enquiry_of(concern.concern_id))
        converted = {
            "concern_id": concern.concern_id, "adult_id": concern.adult_id, "enquiry_id": enquiry_id,
            "decided_at": decision["decided_at"],
        }  # fmt: skip
        topic = "section-42-conversions"
        stated = book.check(Expected(topic, CONVERTED, concern.concern_id, cause, concern.adult_id, converted))
        if stated is not None:
            result.converted[enquiry_id] = stated
