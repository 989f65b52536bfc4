"""What is told about one concern, from the report to the enquiry's end: mostly as it should be, sometimes not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.faults.identity import concern_of, derived, enquiry_of
from tests.faults.people import MANAGERS, SENDERS, WORKERS, People, Person

TOPICS = {
    "safeguarding.concern.reported.v1": ("concern-reports", ""),
    "safeguarding.concern.duplicate-found.v1": ("intake-decisions", "concern_id"),
    "safeguarding.triage.decided.v1": ("triage-decisions", "concern_id"),
    "safeguarding.triage.approved.v1": ("triage-decisions", "concern_id"),
    "safeguarding.enquiry.outcomes-asked.v1": ("enquiry-records", "enquiry_id"),
    "safeguarding.enquiry.outcomes-assessed.v1": ("enquiry-records", "enquiry_id"),
    "safeguarding.enquiry.closure-proposed.v1": ("enquiry-records", "enquiry_id"),
    "safeguarding.enquiry.closure-approved.v1": ("enquiry-records", "enquiry_id"),
    "safeguarding.audit.repeat-reviewed.v1": ("audit-reviews", "adult_id"),
    "safeguarding.audit.drift-reviewed.v1": ("audit-reviews", "adult_id"),
}
_SOURCES = ("ambulance", "police", "hospital_staff", "mental_health_staff", "care_home", "family_or_friend")
_KINDS = ("s42_met",) * 8 + ("not_met",) * 5 + ("other_enquiry",) * 3 + ("sent_to_other_authority", "duplicate")


class Told(NamedTuple):
    """One thing somebody says, and how late by their own calendar it was said."""

    at: datetime
    type: str
    data: dict[str, Any]


class Pace(NamedTuple):
    """How long people take: minutes of a real day's wall clock, or months where the clock is driven."""

    step: timedelta
    long: timedelta
    driven: bool


WALL = Pace(timedelta(seconds=8), timedelta(seconds=10), driven=False)
DRIVEN = Pace(timedelta(days=3), timedelta(days=210), driven=True)


class Stories:
    """Tells one concern after another, by the dice."""

    def __init__(self, dice: random.Random, pace: Pace) -> None:
        self._dice = dice
        self._pace = pace
        self._people = People(dice)
        self._number = 0

    def next(self, now: datetime) -> list[Told]:
        """All that will be told about the next concern, in the order in which it happens."""
        dice, pace = self._dice, self._pace
        self._number += 1
        person, sender = self._people.somebody(), dice.choice(SENDERS)
        reference = f"R{self._number}"
        concern = str(concern_of(sender, reference))
        told = [Told(now, "safeguarding.concern.reported.v1", self._report(person, sender, reference))]
        at = now + (timedelta(seconds=100) if not pace.driven else timedelta(hours=6))
        told += self._links(person, concern, at)
        person.concerns.append(concern)
        if self._chance(0.92):
            triaged, met, at = self._triage(person, concern, at)
            told += triaged
            if met:
                told += self._enquiry(str(enquiry_of(concern)), at)
        if self._chance(0.1):
            dice.shuffle(told)
        elif self._chance(0.3):
            one = dice.randrange(len(told))
            told.insert(dice.randrange(len(told)), told.pop(one))
        return told

    def _report(self, person: Person, sender: str, reference: str) -> dict[str, Any]:
        dice = self._dice
        data: dict[str, Any] = {"sender": sender, "reference": reference, "source": dice.choice(_SOURCES)}
        if self._chance(0.85):
            data["adult"] = person.known_as(sender, dice)
        if self._chance(0.03):
            data["adult"] = {"name": "A child", "birth_date": "2016-05-05"}
        elif self._chance(0.5):
            data["narrative"] = "The man in room 4 has bruises. " + "He says he fell. " * dice.randint(0, 20)
        if self._chance(0.1):
            data["channel"] = dice.choice(("practitioner", "hospital_team"))
        if self._chance(0.1):
            data["practitioner_team"] = "team-7"
        if self._chance(0.1):
            data["urgent"] = True
        if self._chance(0.1):
            data["known_to_mental_health_team"] = "yes"
        return data

    def _links(self, person: Person, concern: str, at: datetime) -> Iterator[Told]:
        of = None
        if person.concerns and self._chance(0.12):
            of = self._dice.choice(person.concerns)
        elif self._chance(0.01):
            of = concern if self._chance(0.3) else str(concern_of("wmas", f"R{max(self._number - 9, 1)}"))
        if of is not None:
            pair = (concern, of) if self._chance(0.7) else (of, concern)
            late = at + timedelta(days=2000) if self._chance(0.05) else at
            data = {"concern_id": pair[0], "duplicate_of": pair[1], "decided_by": "worker-9", "decided_at": _say(late)}
            yield Told(at, "safeguarding.concern.duplicate-found.v1", data)

    def _triage(self, person: Person, concern: str, at: datetime) -> tuple[list[Told], bool, datetime]:
        told: list[Told] = []
        at = self._later(at, 0.08)
        kind = self._dice.choice(_KINDS)
        decision = self._decision(person, concern, "1", kind, at)
        if self._chance(0.04):  # a form that contradicts itself, put right afterwards
            wrong = decision | {"decision_id": str(derived(concern, "0")), "limbs": _limbs(met=kind != "s42_met")}
            told.append(Told(at, "safeguarding.triage.decided.v1", wrong))
        told.append(Told(at, "safeguarding.triage.decided.v1", decision))
        standing = decision
        if self._chance(0.12):
            at = self._later(at)
            other = self._decision(person, concern, "2", self._dice.choice(_KINDS), at)
            if self._chance(0.7):
                other["supersedes"] = decision["decision_id"]
                standing = other
            elif self._chance(0.3):
                other["decision_id"] = decision["decision_id"]
            told.append(Told(at, "safeguarding.triage.decided.v1", other))
        at = self._later(at)
        if self._chance(0.06):
            told.append(self._approval(standing, at, by=standing["decided_by"]))
        if self._chance(0.04):
            told.append(self._approval(standing, at, role="practitioner"))
        if self._chance(0.93):
            told.append(self._approval(standing, at))
        if self._chance(0.04):
            told.append(self._approval(decision, at, by="manager-3"))
        return told, standing["decision"] == "s42_met" or self._chance(0.03), at

    def _decision(self, person: Person, concern: str, name: str, kind: str, at: datetime) -> dict[str, Any]:
        data: dict[str, Any] = {
            "concern_id": concern, "decision_id": str(derived(concern, name)), "decision": kind,
            "limbs": _limbs(met=kind == "s42_met"), "decided_by": self._dice.choice(WORKERS), "decided_at": _say(at),
        }  # fmt: skip
        if kind == "not_met":
            data["disposals"] = self._dice.sample(("advice_and_guidance", "review", "signposted"), 2)
        if kind == "sent_to_other_authority":
            data["authority"] = "warwickshire"
        if kind == "duplicate":
            others = [other for other in person.concerns if other != concern]
            data["duplicate_of"] = self._dice.choice(others) if others else str(concern_of("wmas", "R1"))
            if data["duplicate_of"] == concern:
                data["duplicate_of"] = str(derived("nothing"))
        return data

    def _approval(self, decision: dict[str, Any], at: datetime, by: str = "", role: str = "team_manager") -> Told:
        data = {
            "concern_id": decision["concern_id"], "decision_id": decision["decision_id"],
            "approved_by": by or self._dice.choice(MANAGERS), "role": role, "approved_at": _say(at),
        }  # fmt: skip
        return Told(at, "safeguarding.triage.approved.v1", data)

    def _enquiry(self, enquiry: str, at: datetime) -> list[Told]:
        told: list[Told] = []
        outcomes = [f"o{n}" for n in range(self._dice.randint(1, 3))]
        if self._chance(0.85):
            at = self._later(at)
            told.append(self._asked(enquiry, at, outcomes))
        if self._chance(0.6):
            at = self._later(at)
            if self._chance(0.1):
                outcomes = outcomes[1:] or ["o9"]
            achieved = [{"outcome_id": o, "achieved": self._dice.choice(("fully", "not"))} for o in outcomes]
            data = {
                "enquiry_id": enquiry, "achieved": achieved, "asked_of": "adult", "assessed_at": _say(at),
                "recorded_by": "worker-4",
            }  # fmt: skip
            told.append(Told(at, "safeguarding.enquiry.outcomes-assessed.v1", data))
        if self._chance(0.85):
            told += self._closure(enquiry, self._later(at, 0.15))
        return told

    def _asked(self, enquiry: str, at: datetime, outcomes: list[str]) -> Told:
        answer = self._dice.choice(("expressed", "expressed", "expressed", "none_expressed", "not_asked"))
        data: dict[str, Any] = {
            "enquiry_id": enquiry, "answer": answer, "asked_at": _say(at), "recorded_by": "worker-4",
        }  # fmt: skip
        if answer == "not_asked":
            data["reason_not_asked"] = "lacked-capacity"
        else:
            data["asked_of"] = "adult"
        if answer == "expressed":
            data["outcomes"] = [{"outcome_id": one, "words": "To be safe."} for one in outcomes]
        if self._chance(0.03):
            data["reason_not_asked"] = "forgotten"
        return Told(at, "safeguarding.enquiry.outcomes-asked.v1", data)

    def _closure(self, enquiry: str, at: datetime) -> Iterator[Told]:
        first = {
            "enquiry_id": enquiry, "closure_id": str(derived(enquiry, "1")), "reason": "risk-removed",
            "proposed_by": self._dice.choice(WORKERS), "proposed_at": _say(at),
        }  # fmt: skip
        yield Told(at, "safeguarding.enquiry.closure-proposed.v1", first)
        standing = first
        if self._chance(0.12):
            at = self._later(at)
            standing = first | {"closure_id": str(derived(enquiry, "2")), "proposed_at": _say(at)}
            if self._chance(0.7):
                standing["supersedes"] = first["closure_id"]
            yield Told(at, "safeguarding.enquiry.closure-proposed.v1", standing)
        at = self._later(at)
        for by, role, share in (
            (first["proposed_by"], "team_manager", 0.05),
            ("x-1", "clerk", 0.03),
            ("m-1", "manager", 0.9),
        ):
            if self._chance(share):
                data = {
                    "enquiry_id": enquiry, "closure_id": standing["closure_id"], "approved_by": by, "role": role,
                    "approved_at": _say(at),
                }  # fmt: skip
                yield Told(at, "safeguarding.enquiry.closure-approved.v1", data)

    def _later(self, at: datetime, slow: float = 0.0) -> datetime:
        late = self._pace.long if self._chance(slow) else timedelta(0)
        return at + self._pace.step * self._dice.uniform(0.2, 1) + late

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share


def _limbs(*, met: bool) -> dict[str, Any]:
    limb = {"answer": "yes", "reasons": ["seen"]}
    last = limb if met else {"answer": "no", "reasons": ["able"]}
    return {"needs_care_and_support": limb, "abuse_or_neglect": limb, "unable_to_protect": last}


def _say(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
