"""What an enquiry plans and finds: planning, plan, capacity, advocacy, risk, and the lead enquiry officer's report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.distributions import ABUSE_TYPES, CAPACITIES, LOCATIONS, SOURCES_OF_RISK, SUPPORTS
from deploy.demo.history.draw import one as drawn
from deploy.demo.history.draw import some
from deploy.demo.history.lines import Book, manager, said
from deploy.demo.history.pace import Pace
from shared.contracts.doors import (
    AdvocacyRecorded,
    CapacityAssessed,
    LeadOfficerReported,
    PlanActionEnded,
    PlanApproved,
    PlanMade,
    PlanningHeld,
    RiskAssessed,
    RiskOutcomeRecorded,
)

_SOON = timedelta(minutes=25)
_FAMILY = {"family", "friend"}
_MATTERS = ("safeguarding_enquiry", "safeguarding_enquiry", "safeguarding_enquiry", "where_to_live", "managing_money")
_OWNERS = ("lead_officer", "provider", "family", "nurse")
_ACTIONS = ("change_of_provider", "key_safe_code_changed", "welfare_calls", "appointee_requested", "staff_retrained",
    "pressure_area_care_reviewed", "police_marker", "care_package_reviewed")  # fmt: skip


def find(book: Book, one: Enquiry, pace: Pace, officer: str, team: str) -> None:
    """What a section 42 enquiry comes upon on its way."""
    if book.happens(0.6):
        _planning(book, one, pace, officer)
    if book.happens(0.35) and not pace.reopened:
        _plan(book, one, pace, officer, team)
    lacks = _capacity(book, one, pace, officer) if book.happens(0.78) else False
    if book.happens(0.85 if lacks else 0.4):
        _advocacy(book, one, pace, officer)
    risk(book, one, pace, officer)
    if book.happens(0.8):
        _report(book, one, pace, officer)


def _record(one: Enquiry, by: str, officer: str, when: str, at: datetime) -> dict[str, Any]:
    return {"enquiry_id": one.enquiry_id, by: officer, when: said(at)}


def _planning(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, at = book.rng, pace.at(book.rng.uniform(0.03, 0.2))
    data = _record(one, "recorded_by", officer, "held_at", at) | {
        "planning_id": book.new_id("planning"),
        "meeting": book.happens(0.4),
        "adult_took_part": rng.choice(("yes", "yes", "no", "not_known")),
    }
    others = ("adult", "family", "provider", "police", "nurse", "advocate", "housing_officer", "gp")
    data["attended"] = ["lead_enquiry_officer", *rng.sample(others, rng.randint(1, 4))]
    book.add(at + _SOON, PlanningHeld, data)


def _plan(book: Book, one: Enquiry, pace: Pace, officer: str, team: str) -> None:
    rng, before = book.rng, None
    last: tuple[datetime, str, list[Any]] | None = None
    share = rng.uniform(0.2, 0.4)
    for number in range(2 if book.happens(0.08) else 1):
        made = pace.at(share)
        approved = max(pace.at(share + 0.06), made)
        plan_id = book.new_id("plan", str(number))
        actions = [
            {"action_id": f"action-{n}", "what": what, "owner": rng.choice(_OWNERS),
             "due_on": (made.date() + timedelta(days=rng.randint(5, 40))).isoformat()}
            for n, what in enumerate(rng.sample(_ACTIONS, rng.choice((1, 1, 2, 3))), start=1)
        ]  # fmt: skip
        data: dict[str, Any] = _record(one, "made_by", officer, "made_at", made)
        data |= {"plan_id": plan_id, "actions": actions}
        if before is not None:
            data["supersedes"] = before
        book.add(made + _SOON, PlanMade, data)
        code, role = manager(rng, team)
        approval = _record(one, "approved_by", code, "approved_at", approved + 2 * _SOON) | {
            "plan_id": plan_id,
            "role": role,
        }
        if book.happens(0.015):
            book.add(approved + 2 * _SOON, PlanApproved, approval | {"approved_by": officer})
        book.add(approved + 3 * _SOON, PlanApproved, approval)
        before, share = plan_id, share + 0.15
        last = made, plan_id, [action["action_id"] for action in actions]
    if last is not None:
        _end_actions(book, one, pace, officer, share, *last)


def _end_actions(
    book: Book, one: Enquiry, pace: Pace, officer: str, share: float, made: datetime, plan_id: str, actions: list[Any]
) -> None:
    rng = book.rng
    for number, action in enumerate(actions):
        # An enquiry is not closed while an action of its plan is open.
        if one.concluded is not None or book.happens(0.6):
            at = max(pace.at(min(share + 0.1 + 0.08 * number, 0.9)), made)
            ended = _record(one, "recorded_by", officer, "ended_at", at)
            ended |= {"plan_id": plan_id, "action_id": action, "done": book.happens(0.88)}
            if not ended["done"]:
                ended["reason"] = rng.choice(("no_longer_needed", "adult_declined"))
            book.add(at + timedelta(minutes=3), PlanActionEnded, ended)


def _capacity(book: Book, one: Enquiry, pace: Pace, officer: str) -> bool:
    rng, lacks = book.rng, False
    matters = dict.fromkeys(rng.choices(_MATTERS, k=2 if book.happens(0.12) else 1))
    for number, matter in enumerate(matters):
        found = drawn(rng, CAPACITIES)
        share = rng.uniform(0.08, 0.4)
        for again in range(2 if book.happens(0.06) else 1):
            at = pace.at(share + 0.25 * again)
            data = _record(one, "assessed_by", officer, "assessed_at", at) | {
                "capacity_id": book.new_id("capacity", str(number), str(again)),
                "matter": matter,
                "capacity": found,
            }
            # Some are entered weeks after the assessment.
            book.add(
                (pace.at(share + 0.25) if book.happens(0.05) and not again else at) + _SOON, CapacityAssessed, data
            )
            found = drawn(rng, {"has": 0.5, "lacks": 0.5})
        lacks = lacks or found == "lacks"
    return lacks


def _advocacy(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, at = book.rng, pace.at(book.rng.uniform(0.1, 0.5))
    support = some(rng, SUPPORTS, 2 if book.happens(0.12) else 1) if book.happens(0.86) else []
    advocate = not set(support) <= _FAMILY
    data: dict[str, Any] = _record(one, "recorded_by", officer, "recorded_at", at)
    data["take_up"] = rng.choice(("accepted", "already_in_place") if advocate else ("declined", "not_offered"))
    data["support"] = support
    if book.happens(0.7):
        limbs = ("understanding", "retaining", "weighing", "communicating")
        data["difficulty"] = {limb: rng.choice(("yes", "no", "no", "not_known")) for limb in limbs}
    data["appropriate_person"] = "yes" if set(support) & _FAMILY else rng.choice(("no", "not_known"))
    book.add(at + _SOON, AdvocacyRecorded, data)


def risk(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    """What was found of risk, and what became of it."""
    if one.assessment is None:
        return
    rng, at = book.rng, pace.at(book.rng.uniform(0.5, 0.75))
    data: dict[str, Any] = _record(one, "assessed_by", officer, "assessed_at", at) | {"assessment": one.assessment}
    if one.assessment.startswith(("identified", "inconclusive")):
        data["risks"] = [
            {"abuse_type": kind, "location": drawn(rng, LOCATIONS),
             "source_of_risk": "self" if kind == "self_neglect" else drawn(rng, SOURCES_OF_RISK)}
            for kind in some(rng, ABUSE_TYPES, rng.choice((1, 1, 1, 2, 2, 3)))
        ]  # fmt: skip
    book.add(at + _SOON, RiskAssessed, data)
    if one.risk_outcome is not None:
        ended = max(pace.at(0.84), at)
        outcome = _record(one, "recorded_by", officer, "recorded_at", ended) | {"outcome": one.risk_outcome}
        if one.risk_outcome == "remained":
            outcome["adults_choice"] = book.happens(0.7)
        book.add(ended + 2 * _SOON, RiskOutcomeRecorded, outcome)


def _report(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, at = book.rng, pace.at(0.95)
    found = (one.assessment or "").startswith("identified")
    data = _record(one, "reported_by", officer, "reported_at", at) | {
        "report_id": book.new_id("report"),
        "needs_care_and_support": "yes",
        "abuse_or_neglect": "yes" if found else rng.choice(("no", "not_known")),
        "unable_to_protect": rng.choice(("yes", "yes", "no")),
        "further_action": rng.choice(("yes", "no", "no")),
    }
    book.add(at + timedelta(minutes=2), LeadOfficerReported, data)
