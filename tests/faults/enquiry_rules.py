"""What enquiry must make of conversions and of what is recorded about enquiries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.civil import instant
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, refusal, same
from tests.faults.log import Message
from tests.faults.replay import CHANGED, SAME, WAITS, replay

ASKED, ASSESSED = "safeguarding.enquiry.outcomes-asked.v1", "safeguarding.enquiry.outcomes-assessed.v1"
PROPOSED, APPROVED = "safeguarding.enquiry.closure-proposed.v1", "safeguarding.enquiry.closure-approved.v1"
OPENED, CONCLUDED = "safeguarding.enquiry.opened.v1", "safeguarding.enquiry.concluded.v1"
MSP_ASKED, MSP_ACHIEVED = "safeguarding.msp.asked.v1", "safeguarding.msp.achieved.v1"
REFUSED = "safeguarding.enquiry.record-refused.v1"
_AT = {ASKED: "asked_at", ASSESSED: "assessed_at", PROPOSED: "proposed_at", APPROVED: "approved_at"}
_MANAGERIAL = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip


@dataclass
class _Enquiry:
    conversion: dict[str, Any] | None
    asked: tuple[datetime, dict[str, Any]] | None = None
    assessed: tuple[datetime, dict[str, Any], str] | None = None
    proposals: list[dict[str, Any]] = field(default_factory=list)
    concluded: dict[str, Any] | None = None


@dataclass
class Enquiries:
    """What must have come of everything enquiry read."""

    opened: dict[str, Message] = field(default_factory=dict)
    concluded: dict[str, Message] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


def enquiries(found: list[Knock], converted: dict[str, Message], book: Book) -> Enquiries:
    """Open what was converted, and go through the door enquiry by enquiry, in its log's order."""
    result = Enquiries()
    for enquiry_id, fact in converted.items():
        body = {name: fact.data[name] for name in ("enquiry_id", "concern_id", "adult_id")}
        body |= {"started_at": fact.data["decided_at"]}
        stated = book.check(Expected("enquiries", OPENED, enquiry_id, fact, body["adult_id"], body, fact.time))
        if stated is not None:
            result.opened[enquiry_id] = stated
    said: dict[str, list[Knock]] = defaultdict(list)
    for knock in new(found, *_AT):
        assert knock.message is not None
        said[knock.message.data["enquiry_id"]].append(knock)
    for enquiry_id, knocks in said.items():
        known = converted.get(enquiry_id)
        enquiry = _Enquiry(known.data if known is not None else None)

        def tell(knock: Knock, enquiry: _Enquiry = enquiry) -> str:
            return _tell(enquiry, knock, book, result)

        result.held |= {k.message.identity for k in replay(knocks, tell) if k.message is not None}
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal("enquiries", REFUSED, knock, knock.about, codes))
    return result


def _tell(enquiry: _Enquiry, knock: Knock, book: Book, result: Enquiries) -> str:
    message = knock.message
    assert message is not None
    data = message.data
    wrong = _form(message.type, data)
    if knock.in_future(instant(data[_AT[message.type]])):
        wrong.add(f"{_AT[message.type]}_in_the_future")
    answer: str | set[str] = wrong
    if not wrong:
        rules = {ASKED: _ask, ASSESSED: _assess, PROPOSED: _propose, APPROVED: _approve}
        answer = WAITS if enquiry.conversion is None else rules[message.type](enquiry, message, book, result)
    if isinstance(answer, set):
        book.check(refusal("enquiries", REFUSED, knock, data["enquiry_id"], answer))
        return SAME
    return answer


def _form(type_: str, data: dict[str, Any]) -> set[str]:
    codes = set()
    if type_ == ASKED:
        answer, outcomes = data["answer"], data.get("outcomes") or []
        if answer in ("expressed", "none_expressed") and not data.get("asked_of"):
            codes.add("asked_of_missing")
        if answer == "not_asked" and data.get("asked_of"):
            codes.add("asked_of_nobody")
        if (answer == "not_asked") != bool(data.get("reason_not_asked")):
            codes.add("reason_missing" if answer == "not_asked" else "reason_contradicts")
        if (answer == "expressed") != bool(outcomes):
            codes.add("outcomes_missing" if answer == "expressed" else "outcomes_contradict")
    if type_ == PROPOSED and data.get("supersedes") == data["closure_id"]:
        codes.add("supersedes_itself")
    if type_ == APPROVED and data["role"] not in _MANAGERIAL:
        codes.add("role_may_not_approve")
    return codes


def _ask(enquiry: _Enquiry, message: Message, book: Book, _: Enquiries) -> str | set[str]:
    data, at = message.data, instant(message.data["asked_at"])
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    assert enquiry.conversion is not None
    body = {n: data[n] for n in ("enquiry_id", "answer", "asked_of", "reason_not_asked", "asked_at") if data.get(n)}
    adult_id = enquiry.conversion["adult_id"]
    body |= {"adult_id": adult_id, "outcomes": data.get("outcomes", [])}
    book.check(Expected("msp-outcomes", MSP_ASKED, data["enquiry_id"], message, adult_id, body))
    if enquiry.asked is None or enquiry.asked[0] < at:
        enquiry.asked = at, data
    return CHANGED


def _assess(enquiry: _Enquiry, message: Message, book: Book, _: Enquiries) -> str | set[str]:
    data, at = message.data, instant(message.data["assessed_at"])
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    if enquiry.asked is None:
        return WAITS
    if enquiry.asked[1]["answer"] != "expressed":
        return {"achieved_without_expressed"}
    wanted = {one["outcome_id"] for one in enquiry.asked[1]["outcomes"]}
    there = {one["outcome_id"] for one in data["achieved"]}
    wrong = ({"outcome_unknown"} if there - wanted else set()) | ({"outcome_not_assessed"} if wanted - there else set())
    if wrong:
        return wrong
    assert enquiry.conversion is not None
    kinds = {one["achieved"] for one in data["achieved"]}
    overall = next(iter(kinds)) if len(kinds) == 1 else "partially"
    adult_id = enquiry.conversion["adult_id"]
    body = {n: data[n] for n in ("enquiry_id", "achieved", "asked_of", "assessed_at")}
    body |= {"adult_id": adult_id, "overall": overall}
    book.check(Expected("msp-outcomes", MSP_ACHIEVED, data["enquiry_id"], message, adult_id, body))
    if enquiry.assessed is None or enquiry.assessed[0] < at:
        enquiry.assessed = at, data, overall
    return CHANGED


def _propose(enquiry: _Enquiry, message: Message, _: Book, __: Enquiries) -> str | set[str]:
    data = message.data
    for known in enquiry.proposals:
        if known["closure_id"] == data["closure_id"]:
            names = ("reason", "proposed_by", "proposed_at", "supersedes")
            return SAME if all(same(known.get(n), data.get(n)) for n in names) else {"closure_id_used"}
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    assert enquiry.conversion is not None
    if instant(data["proposed_at"]) < instant(enquiry.conversion["decided_at"]):
        return {"proposed_at_too_early"}
    ids = [known["closure_id"] for known in enquiry.proposals]
    before = data.get("supersedes")
    if before == (ids[-1] if ids else None):
        enquiry.proposals.append(data)
        return CHANGED
    return {"contradicts_a_proposal"} if before is None or before in ids else WAITS


def _approve(enquiry: _Enquiry, message: Message, book: Book, result: Enquiries) -> str | set[str]:
    data = message.data
    if enquiry.concluded is not None:
        equal = all(same(enquiry.concluded[n], data[n]) for n in ("closure_id", "approved_by", "approved_at"))
        return SAME if equal else {"enquiry_concluded"}
    if data["closure_id"] not in [known["closure_id"] for known in enquiry.proposals]:
        return WAITS
    standing = enquiry.proposals[-1]
    if standing["closure_id"] != data["closure_id"]:
        return {"proposal_superseded"}
    wrong = {"same_person"} if data["approved_by"].lower() == standing["proposed_by"].lower() else set()
    wrong |= {"approved_at_too_early"} if instant(data["approved_at"]) < instant(standing["proposed_at"]) else set()
    if wrong:
        return wrong
    _conclude(enquiry, message, standing, book, result)
    return CHANGED


def _conclude(enquiry: _Enquiry, message: Message, standing: dict[str, Any], book: Book, result: Enquiries) -> None:
    assert enquiry.conversion is not None
    data, conversion = message.data, enquiry.conversion
    enquiry.concluded = data
    body = {name: conversion[name] for name in ("enquiry_id", "concern_id", "adult_id")}
    body |= {"started_at": conversion["decided_at"], "concluded_at": data["approved_at"]}
    body |= {"closure_id": data["closure_id"], "reason": standing["reason"], "proposed_by": standing["proposed_by"]}
    body["approved_by"] = data["approved_by"]
    if enquiry.asked is not None:
        body["asked"] = enquiry.asked[1]["answer"]
        if enquiry.assessed is not None and body["asked"] == "expressed":
            body["achieved"] = enquiry.assessed[2]
    adult_id, enquiry_id = conversion["adult_id"], data["enquiry_id"]
    stated = book.check(Expected("enquiries", CONCLUDED, enquiry_id, message, adult_id, body))
    if stated is not None:
        result.concluded[enquiry_id] = stated
