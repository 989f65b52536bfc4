"""What became of everything, counted from what the services published; the stories' file is never looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.audit import (
    DriftEnded,
    DriftFlagged,
    DriftLookedAt,
    RepeatConcernJoined,
    RepeatReviewDone,
    RepeatReviewOpened,
    RepeatReviewWithdrawn,
)
from shared.contracts.doors import MspAnswer
from shared.contracts.enquiry import EnquiryConcluded, EnquiryOpened
from shared.contracts.intake import ConcernLinkedAsDuplicate, ConcernReceived, ReportAccepted
from shared.contracts.refusal import Refusal
from shared.contracts.triage import ConcernConverted, ConcernRouted, ConcernTriaged
from shared.kernel.civil import months_band
from tests.support.stories.facts import Facts

Counts = dict[str, int]
NOT_RECORDED = "not_recorded"
_REFUSALS = tuple(event for event in CATALOGUE.values() if issubclass(event, Refusal))


@dataclass(frozen=True)
class Outcome:
    """The figures of the table. What grows when the stories are delivered again is not among them."""

    reports: Counts
    refused: Counts
    routed: Counts
    urgency: Counts
    decided: Counts
    enquiries: Counts
    concluded_in_months: Counts
    asked: Counts
    achieved: Counts
    repeat_reviews: Counts
    drift: Counts
    set_aside: Counts
    senders: dict[str, Counts] = field(default_factory=dict)


def count(facts: Facts, status: dict[str, Any]) -> Outcome:
    """The figures, from the facts and from what `section42 status --json` says of held events and of senders."""
    receipts = list(facts.of(ReportAccepted))
    accepted = {receipt["concern_id"] for receipt in receipts if not receipt.get("again")}
    remarked = {r["concern_id"] for r in receipts if r.get("remarks") and not r.get("again")}
    adults = {received["adult_id"] for received in facts.of(ConcernReceived)}
    decided = {fact["concern_id"]: fact["decision"] for fact in facts.of(ConcernTriaged)}
    routed = list(facts.of(ConcernRouted))
    concluded = list(facts.of(EnquiryConcluded))
    opened = {fact["enquiry_id"] for fact in facts.of(EnquiryOpened)}
    expressed = [fact for fact in concluded if fact.get("asked") == MspAnswer.EXPRESSED]
    held: Counter[str] = Counter()
    for service in status["services"]:
        held.update(waiting=service["waiting"], parked=service["parked"])
    return Outcome(
        reports={
            "accepted": len(accepted),
            "about_adults": len(adults),
            "with_a_remark": len(remarked),
            "sent_again": sum(1 for receipt in receipts if receipt.get("again")),
            "linked_as_duplicate": sum(1 for _ in facts.of(ConcernLinkedAsDuplicate)),
        },
        refused=_by(reason["code"] for fact in facts.of(*_REFUSALS) for reason in fact["reasons"]),
        routed=_by(fact["team"] for fact in routed),
        urgency={
            "fast_tracked": sum(fact["fast_track"] for fact in routed),
            "out_of_hours": sum(fact["out_of_hours"] for fact in routed),
            "emergency_duty_team": sum(fact["emergency_duty"] for fact in routed),
        },
        decided=_by(decided.values()) | {"not_yet": len(accepted - decided.keys())},
        enquiries={
            "converted": sum(1 for _ in facts.of(ConcernConverted)),
            "opened": len(opened),
            "concluded": len(concluded),
            "open": len(opened - {fact["enquiry_id"] for fact in concluded}),
        },
        concluded_in_months=_by(
            months_band(datetime.fromisoformat(fact["started_at"]), datetime.fromisoformat(fact["concluded_at"]))
            for fact in concluded
        ),
        asked=_by(fact.get("asked") or NOT_RECORDED for fact in concluded),
        achieved=_by(fact.get("achieved") or NOT_RECORDED for fact in expressed),
        repeat_reviews=_repeat_reviews(facts),
        drift=_drift(facts),
        set_aside={"dead_letters": len(facts.dead_letters), **held},
        senders={
            line["sender"]: {name: line[name] for name in ("accepted", "refused", "decided", "waiting")}
            for line in status["senders"]
        },
    )


def _repeat_reviews(facts: Facts) -> Counts:
    opened, done, withdrawn = (
        {fact["review_id"] for fact in facts.of(kind)}
        for kind in (RepeatReviewOpened, RepeatReviewDone, RepeatReviewWithdrawn)
    )
    return {
        "opened": len(opened),
        "joined_by_a_further_concern": sum(1 for _ in facts.of(RepeatConcernJoined)),
        "withdrawn": len(withdrawn),
        "done": len(done),
        "open": len(opened - done - withdrawn),
    }


def _drift(facts: Facts) -> Counts:
    flags = list(facts.of(DriftFlagged))
    looks = list(facts.of(DriftLookedAt))
    ended = {fact["open_id"] for fact in facts.of(DriftEnded)}
    times_flagged = Counter(fact["open_id"] for fact in flags)
    times_looked_at = Counter(fact["open_id"] for fact in looks)
    kinds = {fact["open_id"]: fact["kind"] for fact in flags}
    return {
        "concerns_flagged": sum(kind == "concern" for kind in kinds.values()),
        "enquiries_flagged": sum(kind == "enquiry" for kind in kinds.values()),
        "times_flagged": len(flags),
        "times_looked_at": len(looks),
        "ended": len(ended),
        "with_the_coordinator": sum(times_flagged[one] > times_looked_at[one] for one in times_flagged.keys() - ended),
    }


def _by(values: Any) -> Counts:
    return dict(sorted(Counter(values).items()))
