"""What should not have been sent: a few per cent, spread over the years, each answered with its reason.

All of it is JSON with an id, a source and a type that a door takes, because `section42 post` sends nothing else: what
is no JSON at all, or of a type nobody knows, cannot be in a file for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.history.draw import in_office, next_week, one
from deploy.demo.history.lines import CASEWORK, Book, Data, Line, said
from deploy.demo.history.plan import Plan
from deploy.demo.history.quotas import Quota, part
from deploy.demo.history.senders import Sender, any_sender, sent_at
from shared.contracts.doors import (
    ClosureProposed,
    ConcernReported,
    DriftReviewed,
    DutyDealtWith,
    OutcomesAsked,
    PlanningHeld,
    TriageApproved,
    TriageDecided,
    concern_id_of,
    enquiry_id_of,
    reference_form,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived, event_identity

_OF_CONCERNS = 0.035
"""How many there are beside a year's concerns: invented."""
_WORK_WITHOUT = 0.0015
"""How often work is recorded for an enquiry that is never opened: invented; the open-concerns audit looks for it."""
_KINDS = {
    "under_18": 0.20, "nobody": 0.16, "no_report": 0.08, "wrong_list": 0.10, "wrong_day": 0.08, "a_text": 0.07,
    "a_list": 0.05, "nothing": 0.05, "spaces": 0.05, "not_yet": 0.05, "child_in_words": 0.02, "old_version": 0.03,
    "decision_broken": 0.02, "approval_broken": 0.02, "record_broken": 0.02,
}  # fmt: skip
_DEALT_WITH = {
    "under_18": "childrens_services", "child_in_words": "childrens_services", "nobody": "no_concern",
    "wrong_list": "corrected", "wrong_day": "read", "not_yet": "read",
}  # fmt: skip
"""What came of those that a person could read; the others still stand on the duty list when the history ends."""


def junk(plan: Plan) -> Iterator[Line]:
    """All of it, in no order."""
    rng = Random(f"{plan.seed}/junk")
    for year, quota in enumerate(plan.quotas):
        for number in range(max(part(quota.concerns, _OF_CONCERNS), len(_KINDS))):
            kind = list(_KINDS)[number] if number < len(_KINDS) else one(rng, _KINDS)
            bad = _bad(rng, kind, f"bad-{year}-{number:04d}", quota)
            yield bad
            if kind in _DEALT_WITH:
                yield _dealt_with(bad, kind)
    yield from _without_enquiry(plan)
    yield from _early_looks(plan)


def _bad(rng: Random, kind: str, name: str, quota: Quota) -> Line:
    sender = any_sender(rng)
    at = sent_at(rng, sender, quota.first, quota.last)
    good: dict[str, Any] = {
        "sender": sender.code,
        "reference": f"{sender.prefix}-X-{name}",
        "source": one(rng, sender.sources),
        "channel": sender.channel,
        "narrative": "Something is wrong, and this is all that was written down.",
    }
    what = str(derived("history", name))
    broken: dict[str, tuple[type[Event], Data]] = {
        "decision_broken": (TriageDecided, {"concern_id": what, "decision": "s42_met", "decided_by": "sw-intake-01"}),
        "approval_broken": (TriageApproved, {"concern_id": what, "approved_at": "yesterday"}),
        "record_broken": (PlanningHeld, {"enquiry_id": what, "held_at": 20220401}),
    }
    type_, data = broken.get(kind) or (ConcernReported, _report(rng, kind, good, at, sender))
    return Line(at, name, type_.type, sender.event_source, data)


def _dealt_with(bad: Line, kind: str) -> Line:
    """Somebody of the duty team has read what was refused, and done what there is to do."""
    rng = Random(f"{bad.id}/duty")
    at = bad.at + timedelta(minutes=rng.randint(4, 50) if "child" in _DEALT_WITH[kind] else rng.randint(20, 2000))
    data = bad.data if isinstance(bad.data, dict) else {}
    case_id = concern_id_of(str(data["sender"]), reference_form(str(data["reference"])))
    dealt = {
        "case_id": str(case_id),
        "item_id": str(derived("duty", str(case_id), event_identity(bad.source, bad.id))),
        "how": _DEALT_WITH[kind],
        "decided_by": f"duty-{rng.randint(1, 5):02d}",
        "decided_at": said(at),
    }
    return Line(at, f"{bad.id}-dealt", DutyDealtWith.type, CASEWORK, dealt)


def _report(rng: Random, kind: str, good: dict[str, Any], at: datetime, sender: Sender) -> Data:
    born = at.date() - timedelta(days=rng.randint(4 * 365, 17 * 365))
    later = at.date() + timedelta(days=rng.randint(2, 400))
    nobody = {name: value for name, value in good.items() if name != "narrative"}
    a_child = good | {"adult": {"name": "A pupil of the sixth form", "birth_date": born.isoformat()}}
    kinds: dict[str, Data] = {
        "under_18": a_child,
        "nobody": nobody,
        "no_report": {name: nobody[name] for name in ("source", "channel")},
        "wrong_list": nobody | {"abuse_types": ["unkindness"], "source": "a neighbour"},
        "wrong_day": nobody | {"happened_on": "31/02/2023"},
        "a_text": f"Dear colleagues at the council, please see the attached. {sender.code}",
        "a_list": [good],
        "nothing": None,
        "spaces": nobody | {"reference": "see our letter"},
        "not_yet": nobody | {"happened_on": later.isoformat()},
        "child_in_words": a_child | {"urgent": "P1", "adult": {"birth_date": f"{born:%d %B %Y}"}},
        "old_version": {"refNo": good["reference"], "client": "see above", "concern": good["narrative"], "schema": 3},
    }
    return kinds[kind]


def _without_enquiry(plan: Plan) -> Iterator[Line]:
    """Enquiry work on concerns that are never converted: what the open-concerns audit is for (seed 003:3697)."""
    rng = Random(f"{plan.seed}/work-without-enquiry")
    plain = [
        case for case in plan.cases
        if [decided.kind for decided in case.decisions] == ["not_met"] and case.withdrawn is None
    ]  # fmt: skip
    for number, case in enumerate(rng.sample(plain, max(part(len(plain), _WORK_WITHOUT), 1))):
        book = Book(plan.seed, f"w{number:04d}")
        concern_id = derived("concern", case.concern.sender.code, case.concern.reference)
        at = in_office(rng, case.concern.at + timedelta(days=rng.uniform(0.5, 4)))
        about = {"enquiry_id": str(enquiry_id_of(concern_id)), "concern_id": str(concern_id)}
        held = {"planning_id": book.new_id("planning"), "meeting": False, "adult_took_part": "yes"}
        worker = {"recorded_by": f"sw-intake-{rng.randint(1, 14):02d}"}
        book.add(at, PlanningHeld, about | held | worker | {"held_at": said(at)})
        if book.happens(0.5):
            asked = {"answer": "none_expressed", "asked_of": "adult", "asked_at": said(at)}
            book.add(at + timedelta(minutes=30), OutcomesAsked, about | asked | worker)
        if book.happens(0.2):
            closed = {
                "closure_id": book.new_id("closure"),
                "reason": "dealt_with",
                "proposed_by": worker["recorded_by"],
            }
            later = at + timedelta(hours=3)
            book.add(later, ClosureProposed, about | closed | {"proposed_at": said(later)})
        yield from book.lines


def _early_looks(plan: Plan) -> Iterator[Line]:
    """The coordinator looks at what has not come up: refused, and no harm done."""
    rng = Random(f"{plan.seed}/early-looks")
    for number, quota in enumerate(plan.quotas):
        decided = [
            (case, approved) for case in plan.cases
            if (approved := case.decisions[0].approved if case.decisions else None) is not None
            and quota.first <= approved.date() <= quota.last and case.concern.number not in plan.enquiries
        ]  # fmt: skip
        case, approved = rng.choice(decided)
        at = next_week(rng, approved)
        look = {
            "adult_id": case.concern.record.adult_id,
            "open_id": case.concern.concern_id,
            "legitimate": True,
            "reason_open": "looked_at_by_chance",
            "next_look": (at.date() + timedelta(days=60)).isoformat(),
            "reviewed_by": "coordinator-1",
            "reviewed_at": said(at),
        }
        book = Book(plan.seed, f"early-look-{number}")
        book.add(at + timedelta(minutes=4), DriftReviewed, look)
        yield from book.lines
