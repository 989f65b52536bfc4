"""The course of an enquiry in the lines: who leads it, who else enquires, what it waits for, where it goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.draw import in_office
from deploy.demo.history.draw import one as drawn
from deploy.demo.history.lines import Book, manager, said, worker
from deploy.demo.history.pace import Pace
from shared.contracts.doors import (
    CausedEnquiryChased,
    CausedEnquiryReturned,
    DeathRecorded,
    EnquiryCaused,
    EnquiryResumed,
    EnquirySuspended,
    LeadOfficerAssigned,
    ReferralAnswered,
    ReferralMade,
)

_SOON = timedelta(minutes=6)
_BODIES = {
    "care_home": 0.26, "home_care": 0.2, "hospital": 0.15, "health_professional": 0.12, "mental_health_trust": 0.08,
    "housing": 0.05, "other_commissioned": 0.04, "council_service": 0.04, "police": 0.03, "voluntary": 0.02,
    "other": 0.01,
}  # fmt: skip
"""Who is caused to enquire (domain 1.8); the shares are invented."""
_REFERRALS = {
    "police": 0.6,
    "risk_enablement_panel": 0.2,
    "childrens_services": 0.15,
    "safeguarding_adults_review": 0.05,
}
"""Invented, as are all shares below."""


def assign(book: Book, one: Enquiry, pace: Pace, team: str, early: str | None) -> str:
    """The lead enquiry officer, the same one to the end or another after a while; who leads."""
    rng, officer = book.rng, worker(book.rng, team)
    at = pace.at(rng.uniform(0.0, 0.04))
    data: dict[str, Any] = {"enquiry_id": one.enquiry_id, "officer": officer, "team": team}
    if early is not None:
        at = one.started + (one.opened - one.started) / 10
        data["concern_id"] = early
    data |= {"assigned_by": manager(rng, team)[0], "assigned_at": said(at)}
    book.add(at + _SOON, LeadOfficerAssigned, data)
    if book.happens(0.08):
        at = pace.at(rng.uniform(0.25, 0.6))
        later = {"officer": worker(rng, team), "assigned_by": manager(rng, team)[0], "assigned_at": said(at)}
        book.add(at + _SOON, LeadOfficerAssigned, {"enquiry_id": one.enquiry_id, "team": team} | later)
    return officer


def run(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    """What else happens on the way; nothing that has to be over before an enquiry is closed for a time."""
    if book.happens(0.28) and not pace.reopened:
        _cause(book, one, pace, officer)
    if book.happens(0.05) and not pace.reopened:
        _suspend(book, one, pace, officer)
    if book.happens(0.11) and not pace.reopened:
        _refer(book, one, pace, officer)
    if one.dies:
        _die(book, one, pace, officer)


def _cause(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, about = book.rng, {"enquiry_id": one.enquiry_id, "cause_id": book.new_id("cause")}
    share = rng.uniform(0.05, 0.25)
    caused, returned = pace.at(share), pace.at(share + rng.uniform(0.25, 0.4))
    due = caused.date() + timedelta(days=rng.randint(10, 28))
    suspected = rng.choice(("no", "no", "no", "yes", "not_known"))
    data: dict[str, Any] = about | {
        "body": drawn(rng, _BODIES),
        "due_on": due.isoformat(),
        "under_suspicion": suspected,
    }
    if book.happens(0.5) or suspected == "yes":
        data["organisation"] = f"org-{rng.randint(1, 40):02d}"
    data["scope"] = rng.sample(
        ("staffing", "medication", "records", "wound_care", "visits", "money"), rng.randint(1, 2)
    )
    if suspected == "yes":
        data["conflict_decided_by"] = manager(rng, "intake")[0]
    book.add(caused + _SOON, EnquiryCaused, data | {"caused_by": officer, "caused_at": said(caused)})
    chased = in_office(rng, datetime.combine(due + timedelta(days=2), caused.time()))
    if chased < returned:
        again = (chased.date() + timedelta(days=10)).isoformat()
        more = {"chased_by": officer, "chased_at": said(chased)} | ({"due_on": again} if book.happens(0.6) else {})
        book.add(chased + _SOON, CausedEnquiryChased, about | more)
    satisfactory = book.happens(0.87)
    answer: dict[str, Any] = about | {
        "satisfactory": satisfactory,
        "recorded_by": officer,
        "returned_at": said(returned),
    }
    if not satisfactory:
        again = (returned.date() + timedelta(days=14)).isoformat()
        book.add(returned + _SOON, CausedEnquiryReturned, answer | {"reason": "questions_left", "due_on": again})
        returned = max(pace.at(share + 0.5), returned + timedelta(minutes=10))
        answer |= {"satisfactory": True, "returned_at": said(returned)}
    book.add(returned + 2 * _SOON, CausedEnquiryReturned, answer)


def _suspend(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, about = book.rng, {"enquiry_id": one.enquiry_id, "suspension_id": book.new_id("suspension")}
    share = rng.uniform(0.2, 0.4)
    at, resumed = pace.at(share), pace.at(share + 0.2)
    reason = rng.choice(("police_enquire_first", "adult_in_hospital", "court_decision_awaited"))
    more = {"reason": reason, "suspended_by": officer, "suspended_at": said(at)}
    book.add(at + _SOON, EnquirySuspended, about | more)
    resumed = max(resumed, at + timedelta(minutes=30))
    book.add(resumed + _SOON, EnquiryResumed, about | {"resumed_by": officer, "resumed_at": said(resumed)})


def _refer(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    rng, about = book.rng, {"enquiry_id": one.enquiry_id, "referral_id": book.new_id("referral")}
    to = "safeguarding_adults_review" if one.dies and book.happens(0.5) else drawn(rng, _REFERRALS)
    share = rng.uniform(0.08, 0.5)
    at = pace.at(share)
    data: dict[str, Any] = about | {"to": to, "referred_by": officer, "referred_at": said(at)}
    if to == "police":
        data |= {"goes_first": book.happens(0.3), "reference": f"CRIME-{rng.randint(100000, 999999)}"}
    book.add(at + _SOON, ReferralMade, data)
    answer = rng.choice(("accepted", "accepted", "accepted", "declined"))
    for number in range(2 if answer == "accepted" and to == "police" else 1):
        at = max(pace.at(share + 0.1 + 0.15 * number), at + timedelta(minutes=20))
        data = about | {"answer": "ended" if number else answer, "recorded_by": officer, "answered_at": said(at)}
        book.add(at + _SOON, ReferralAnswered, data)


def _die(book: Book, one: Enquiry, pace: Pace, officer: str) -> None:
    at = pace.at(book.rng.uniform(0.3, 0.8))
    died = max(one.case.concern.at.date(), at.date() - timedelta(days=book.rng.randint(1, 4)))
    born = one.case.concern.known.person.born
    age = died.year - born.year - ((died.month, died.day) < (born.month, born.day))
    data: dict[str, Any] = {"enquiry_id": one.enquiry_id, "died_on": died.isoformat()}
    if book.happens(0.8):
        data["age_at_death"] = age
    data["review_considered"] = book.rng.choice(("yes", "no", "no", "not_known"))
    book.add(at + _SOON, DeathRecorded, data | {"recorded_by": officer, "recorded_at": said(at)})
