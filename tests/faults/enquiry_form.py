"""What is recorded about enquiries, and what is wrong with a record by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.faults.civil import day_of, instant

ASKED, ASSESSED = "safeguarding.enquiry.outcomes-asked.v1", "safeguarding.enquiry.outcomes-assessed.v1"
PROPOSED, APPROVED = "safeguarding.enquiry.closure-proposed.v1", "safeguarding.enquiry.closure-approved.v1"
RETURNED, REOPENED = "safeguarding.enquiry.closure-returned.v1", "safeguarding.enquiry.reopening-decided.v1"
CAUSED, CHASED = "safeguarding.enquiry.caused.v1", "safeguarding.enquiry.caused-chased.v1"
ANSWERED = "safeguarding.enquiry.caused-returned.v1"
CAPACITY, SUPPORT = "safeguarding.enquiry.capacity-assessed.v1", "safeguarding.enquiry.advocacy-recorded.v1"
AT = {
    ASKED: "asked_at", ASSESSED: "assessed_at", PROPOSED: "proposed_at", APPROVED: "approved_at",
    RETURNED: "returned_at", REOPENED: "decided_at", CAPACITY: "assessed_at", SUPPORT: "recorded_at",
    CAUSED: "caused_at", CHASED: "chased_at", ANSWERED: "returned_at",
}  # fmt: skip
"""What each record calls the time at which it happened."""
_MANAGERIAL = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
_MAY = {APPROVED: "approve", RETURNED: "return", REOPENED: "reopen"}


def form(type_: str, data: dict[str, Any]) -> set[str]:
    """What is wrong with a record by itself."""
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
    return codes | _decided(type_, data) | _caused(type_, data)


def _decided(type_: str, data: dict[str, Any]) -> set[str]:
    codes = set()
    if type_ == PROPOSED and data.get("supersedes") == data["closure_id"]:
        codes.add("supersedes_itself")
    if type_ in _MAY and data["role"] not in _MANAGERIAL:
        codes.add(f"role_may_not_{_MAY[type_]}")
    if type_ == SUPPORT:
        advocate = bool(set(data.get("support") or ()) - {"family", "friend"})
        if advocate != (data["take_up"] in ("accepted", "already_in_place")):
            codes.add("advocate_contradicts" if advocate else "advocate_missing")
    return codes


def _caused(type_: str, data: dict[str, Any]) -> set[str]:
    """What is wrong with what others are caused to do, or have done, by itself."""
    codes = set()
    if type_ == CAUSED and data.get("under_suspicion") == "yes" and not data.get("conflict_decided_by"):
        codes.add("conflict_decision_missing")
    if type_ == ANSWERED and not data["satisfactory"] and not data.get("reason"):
        codes.add("reason_missing")
    if type_ == ANSWERED and data["satisfactory"] and data.get("due_on"):
        codes.add("due_on_contradicts")
    due_on = data.get("due_on") if type_ in (CAUSED, CHASED, ANSWERED) else None
    if due_on is not None and date.fromisoformat(due_on) < day_of(instant(data[AT[type_]])):
        codes.add("due_on_too_early")
    return codes
