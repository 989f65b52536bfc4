"""What is done about a concern before any enquiry: looked at, handed on, decided, approved, answered, corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.history.deciding import Case, Decided, seven_days
from deploy.demo.history.distributions import ADULT_VIEWS, DISPOSALS
from deploy.demo.history.draw import in_office, one, some
from deploy.demo.history.lines import Book, manager, said, worker
from shared.contracts.doors import (
    AuthorityAnswered,
    DuplicateFound,
    DuplicateTakenBack,
    FeedbackGiven,
    RerouteDecided,
    ScreeningRecorded,
    TriageApproved,
    TriageDecided,
    WithdrawalDecided,
    WithdrawalTakenBack,
)
from shared.kernel.identity import derived

_MINUTES = timedelta(minutes=1)
_YES = {
    "needs_care_and_support": ("receives_care", "cannot_wash_or_dress", "long_term_condition"),
    "abuse_or_neglect": ("account_is_consistent", "seen_by_a_professional", "injury_recorded"),
    "unable_to_protect": ("cannot_act_without_help", "depends_on_the_source_of_risk", "does_not_see_the_risk"),
}
_NO = {
    "needs_care_and_support": ("manages_alone", "no_need_found"),
    "abuse_or_neglect": ("account_not_supported", "explained_by_illness", "no_harm_found"),
    "unable_to_protect": ("acts_for_themselves", "family_protects", "source_of_risk_has_gone"),
}


def team_of(report: dict[str, Any]) -> str:
    """The team a concern goes to (design section 4, rule 1); only for choosing who works on it here."""
    if report["source"] == "mental_health_staff" or report.get("known_to_mental_health_team") == "yes":
        return "mental_health"
    if report["source"] in {"ambulance", "hospital_staff"} or report["channel"] == "hospital_team":
        return "hospital"
    return str(report.get("practitioner_team", "intake"))


def triage(book: Book, case: Case, report: dict[str, Any]) -> str:
    """Every line about a concern beside its report; the team that has it in the end."""
    team = _arrival(book, case, team_of(report))
    _records(book, case, team)
    before: str | None = None
    for number, decided in enumerate(case.decisions):
        before = _decide(book, case, decided, number, before, team)
    if case.decisions and case.standing is not None and case.standing.approved is not None and book.happens(0.34):
        _feedback(book, case, case.standing.approved, team)
    return team


def _arrival(book: Book, case: Case, team: str) -> str:
    """Looked at for the first time, and perhaps handed to another team, all before anything is decided."""
    rng, concern = book.rng, case.concern
    if not case.decisions or case.withdrawn is not None:
        return team
    decided = case.decisions[0].at
    at = in_office(rng, concern.at + timedelta(hours=rng.uniform(0.2, 6)), seven_days=seven_days(concern))
    if at >= decided:
        return team
    if book.happens(0.28):
        data: dict[str, Any] = {
            "concern_id": concern.concern_id,
            "urgent": book.happens(0.12),
            "safe_now": rng.choice(("yes", "yes", "yes", "no", "not_known")),
            "screened_by": worker(rng, team),
            "screened_at": said(at),
        }
        if book.happens(0.7):
            data["risk_level"] = rng.choice(("low", "low", "medium", "medium", "high"))
        book.add(at + 3 * _MINUTES, ScreeningRecorded, data)
    later = at + (decided - at) / 2
    if book.happens(0.035) and decided - at > timedelta(hours=2):
        other = rng.choice([one_ for one_ in ("intake", "hospital", "mental_health", "older_people") if one_ != team])
        data = {
            "concern_id": concern.concern_id,
            "team": other,
            "reason": rng.choice(("open_case_there", "moved_home", "admitted", "sent_to_the_wrong_team")),
            "decided_by": manager(rng, team)[0],
            "decided_at": said(later),
        }
        book.add(later + _MINUTES, RerouteDecided, data)
        return other
    return team


def _records(book: Book, case: Case, team: str) -> None:
    """What people decide about the record itself: withdrawn and put back, linked as a duplicate and separated."""
    rng, concern_id = book.rng, case.concern.concern_id
    by = worker(rng, team)

    def decided(at: datetime, **more: str) -> dict[str, Any]:
        return {"concern_id": concern_id, "decided_by": by, "decided_at": said(at), **more}

    if case.withdrawn is not None:
        reason = rng.choice(("entered_for_the_wrong_person", "entered_twice", "not_about_safeguarding"))
        book.add(case.withdrawn + _MINUTES, WithdrawalDecided, decided(case.withdrawn, reason=reason))
    if case.reinstated is not None:
        book.add(case.reinstated + _MINUTES, WithdrawalTakenBack, decided(case.reinstated, reason="withdrawn_in_error"))
    if case.linked is not None:
        at, other = case.linked
        book.add(at + _MINUTES, DuplicateFound, decided(at, duplicate_of=other.concern_id))
        if case.unlinked is not None:
            data = decided(case.unlinked, duplicate_of=other.concern_id)
            book.add(case.unlinked + _MINUTES, DuplicateTakenBack, data)


def _decide(book: Book, case: Case, decided: Decided, number: int, before: str | None, team: str) -> str:
    """One decision and its approval, with the slips that are refused on the way; the id of the decision."""
    rng = book.rng
    decision_id = book.new_id("decision", str(number))
    by = worker(rng, team)
    data = {"concern_id": case.concern.concern_id, "decision_id": decision_id, "decision": decided.kind}
    data |= _content(book, case, decided)
    if before is not None:
        data["supersedes"] = before
    data |= {"decided_by": by, "decided_at": said(decided.at)}
    posted = decided.at + _MINUTES * rng.randint(1, 8)
    if number == 0 and book.happens(0.009):
        wrong = data | {
            "decision_id": book.new_id("contradiction"),
            "limbs": _limbs(book, met=decided.kind != "s42_met"),
        }
        if decided.kind in {"s42_met", "not_met", "other_enquiry"}:
            book.add(posted - _MINUTES, TriageDecided, wrong)
    approved = decided.approved
    # An approval may be entered before the decision it approves: then it waits.
    late = approved is not None and decided.duplicate_of is None and book.happens(0.008)
    book.add(posted if not late or approved is None else approved + 20 * _MINUTES, TriageDecided, data)
    if book.happens(0.004):
        book.again()
    if number == 0 and not late and approved is not None and book.happens(0.004):
        second = data | {"decision_id": book.new_id("second-opinion"), "decided_by": worker(rng, team)}
        book.add(posted + 2 * _MINUTES, TriageDecided, second)
    if approved is not None:
        _approve(book, case, decision_id, by, approved, posted, team)
    if decided.answered is not None:
        answer: dict[str, Any] = {
            "concern_id": case.concern.concern_id,
            "decision_id": decision_id,
            "accepted": decided is case.standing,
            "recorded_by": worker(rng, team),
            "answered_at": said(decided.answered),
        }
        if book.happens(0.6):
            answer["reference"] = f"THEIRS-{rng.randint(10000, 99999)}"
        book.add(decided.answered + 5 * _MINUTES, AuthorityAnswered, answer)
    return decision_id


def _approve(
    book: Book, case: Case, decision_id: str, decider: str, approved: datetime, posted: datetime, team: str
) -> None:
    code, role = manager(book.rng, team)
    data = {
        "concern_id": case.concern.concern_id,
        "decision_id": decision_id,
        "approved_by": code,
        "role": role,
        "approved_at": said(approved),
    }
    early = approved - 3 * _MINUTES
    if early > posted and book.happens(0.012):
        book.add(early, TriageApproved, data | {"approved_by": decider, "approved_at": said(early)})
    elif early > posted and book.happens(0.005):
        book.add(early, TriageApproved, data | {"role": "social_worker", "approved_at": said(early)})
    book.add(max(approved, posted) + _MINUTES, TriageApproved, data)


def _content(book: Book, case: Case, decided: Decided) -> dict[str, Any]:
    """What a decision of its kind says: limbs that fit it, and what the adult says about going on."""
    rng = book.rng
    data: dict[str, Any] = {"limbs": _limbs(book, met=decided.kind == "s42_met")}
    if decided.kind == "not_met":
        disposals = some(rng, DISPOSALS, 2 if book.happens(0.25) else 1)
        data["disposals"] = ["no_action"] if "no_action" in disposals else disposals
    if decided.kind == "sent_to_other_authority":
        data["authority"] = rng.choice(("neighbouring-council-a", "neighbouring-council-b", "neighbouring-council-c"))
    if decided.duplicate_of is not None:
        data["duplicate_of"] = decided.duplicate_of.concern_id
    if decided.kind == "s42_met" and case.large_scale is not None:
        data["large_scale"] = str(derived("history", "large-scale", case.large_scale))
    if decided.kind == "s42_met" and book.happens(0.008):
        data["lead_authority"] = "neighbouring-council-a"
    if decided.kind in {"s42_met", "not_met", "other_enquiry"} and book.happens(0.88):
        _wishes(book, decided, data)
    return data


def _wishes(book: Book, decided: Decided, data: dict[str, Any]) -> None:
    """The adult's view and three consents; going on against them has grounds (domain 1.6)."""
    rng = book.rng
    view = one(rng, ADULT_VIEWS)
    against = view == "wants_no_action"
    data["adult_view"] = view
    data["consents"] = {
        "to_report": rng.choice(("yes", "yes", "no", "not_known")),
        "to_sharing": rng.choice(("yes", "yes", "with_limits", "not_known")),
        "to_enquiry": "no" if against else rng.choice(("yes", "yes", "yes", "not_known")),
    }
    if against and decided.kind in {"s42_met", "other_enquiry"}:
        grounds = ("others_at_risk", "serious_harm", "duress_or_coercion", "position_of_trust", "public_interest")
        data["override"] = {
            "grounds": rng.sample(grounds, 2 if book.happens(0.2) else 1),
            "decided_by": worker(rng, "principal"),
            "adult_told": rng.choice(("told", "told", "told", "unsafe_to_tell", "not_yet")),
        }


def _limbs(book: Book, *, met: bool) -> dict[str, Any]:
    """Three answers with reasons, all yes or not all."""
    rng = book.rng
    fails = set() if met else set(rng.sample(sorted(_YES), rng.choice((1, 1, 2))))
    limbs = {}
    for limb, reasons in _YES.items():
        answer = rng.choice(("no", "no", "not_known")) if limb in fails else "yes"
        why = {"yes": reasons, "no": _NO[limb], "not_known": ("account_unclear",)}[answer]
        limbs[limb] = {"answer": answer, "reasons": [rng.choice(why)]}
    return limbs


def _feedback(book: Book, case: Case, approved: datetime, team: str) -> None:
    rng = book.rng
    at = in_office(rng, approved + timedelta(hours=rng.uniform(1, 90)))
    data = {
        "concern_id": case.concern.concern_id,
        "told": book.happens(0.9),
        "given_by": worker(rng, team),
        "given_at": said(at),
    }
    if not data["told"]:
        data["reason_not_told"] = rng.choice(("anonymous", "no_contact_details", "unsafe_to_tell"))
    book.add(at + 5 * _MINUTES, FeedbackGiven, data)
