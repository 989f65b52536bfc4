"""What was recorded of an enquiry's findings, and which of it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import LATER, TAKEN, Answer, refused, wrong

Said = dict[str, Any]
Kept = list[tuple[datetime, str, Said]]
"""Records by the time they speak of, then by what settles two of one instant; the last of them stands."""

IDENTIFIED = ("identified_action", "identified_no_action")
"""The assessments by which there is a risk."""
NO_ADVOCATES = {"family", "friend"}
"""Who supports an adult and is no advocate."""
_OF_CAPACITY = ("lacks", "has", "not_determined", "not_known")
"""Lacking in any matter, else having it in any, else looked at."""


@dataclass
class Findings:
    """Everything accepted, by kind."""

    asked: Kept = field(default_factory=list)
    assessed: Kept = field(default_factory=list)
    capacity: Kept = field(default_factory=list)
    support: Kept = field(default_factory=list)
    risk: Kept = field(default_factory=list)
    outcome: Kept = field(default_factory=list)

    def ask(self, said: Said, identity: str) -> Answer:
        """What the adult wants."""
        self.asked.append((said["asked_at"], identity, said))
        return TAKEN

    def assess(self, said: Said, identity: str) -> Answer:
        """How far each outcome was achieved, and no other than the adult last expressed."""
        asked = last(self.asked)
        if asked is None:
            return LATER
        if asked["answer"] != "expressed":
            return refused("achieved_without_expressed")
        wanted, there = _outcomes(asked["outcomes"]), _outcomes(said["achieved"])
        if why := wrong(outcome_unknown=not there <= wanted, outcome_not_assessed=not wanted <= there):
            return refused(*why)
        self.assessed.append((said["assessed_at"], identity, said))
        return TAKEN

    def find_capacity(self, said: Said) -> Answer:
        """Capacity in one matter at one time."""
        self.capacity.append((said["assessed_at"], said["capacity_id"], said))
        return TAKEN

    def record_support(self, said: Said, content: str) -> Answer:
        """Who supports the adult."""
        self.support.append((said["recorded_at"], content, said))
        return TAKEN

    def assess_risk(self, said: Said, content: str) -> Answer:
        """Whether there is a risk, and which."""
        self.risk.append((said["assessed_at"], content, said))
        return TAKEN

    def end_risk(self, said: Said, content: str) -> Answer:
        """What became of a risk: of one that was identified by then, or if none was assessed by then, was first."""
        if not self.risk:
            return LATER
        if self._since(said["recorded_at"])[0]["assessment"] not in IDENTIFIED:
            return refused("no_risk_identified")
        self.outcome.append((said["recorded_at"], content, said))
        return TAKEN

    def as_it_stands(self) -> Said:
        """What a year counts of an enquiry, if it is concluded now; None is not recorded."""
        asked, risk, support = last(self.asked), last(self.risk), last(self.support)
        matters = {said["matter"]: said["capacity"] for _, _, said in sorted(self.capacity, key=_place)}
        return {
            "asked": asked["answer"] if asked else None,
            "achieved": self._achieved(),
            "risk": risk["assessment"] if risk else None,
            "risks": risk["risks"] if risk else [],
            "outcome": self._outcome(),
            "capacity": next((one for one in _OF_CAPACITY if one in matters.values()), None),
            "lacking": sorted(matter for matter, capacity in matters.items() if capacity == "lacks"),
            "support": support["support"] if support else [],
        }

    def _achieved(self) -> str | None:
        """How far, if each outcome that was last expressed was assessed."""
        asked, assessed = last(self.asked), last(self.assessed)
        if asked is None or assessed is None or asked["answer"] != "expressed":
            return None
        if not _outcomes(asked["outcomes"]) <= _outcomes(assessed["achieved"]):
            return None
        return overall(assessed)

    def _outcome(self) -> str | None:
        """The last outcome, while every assessment since has identified a risk."""
        ended = last(self.outcome)
        if ended is None:
            return None
        since = self._since(ended["recorded_at"])
        return str(ended["outcome"]) if all(one["assessment"] in IDENTIFIED for one in since) else None

    def _since(self, at: datetime) -> list[Said]:
        """The assessment of risk that stood at a time, or the first of all; and those after it."""
        every = sorted(self.risk, key=_place)
        standing = [number for number, (assessed_at, _, _) in enumerate(every) if assessed_at <= at]
        return [said for _, _, said in every[standing[-1] if standing else 0 :]]


def _place(kept: tuple[datetime, str, Said]) -> tuple[datetime, str]:
    return kept[:2]


def last(kept: Kept) -> Said | None:
    """The record that stands: the one that speaks of the latest time."""
    return max(kept, key=_place)[2] if kept else None


def _outcomes(named: list[Said]) -> set[str]:
    return {one["outcome_id"] for one in named}


def overall(assessed: Said) -> str:
    """All of one degree is that degree, else it is partly."""
    degrees = {one["achieved"] for one in assessed["achieved"]}
    return str(degrees.pop()) if len(degrees) == 1 else "partially"


def against(kind: str, said: Said) -> set[str]:
    """What is against a finding by itself, whatever the enquiry."""
    match kind:
        case "outcomes-asked":
            return _against_asking(said)
        case "outcomes-assessed":
            return wrong(outcome_repeated=_repeats(said["achieved"]))
        case "advocacy-recorded":
            taken_up = said["take_up"] in ("accepted", "already_in_place")
            named = bool(set(said["support"]) - NO_ADVOCATES)
            return wrong(advocate_missing=taken_up and not named, advocate_contradicts=named and not taken_up)
        case "risk-assessed":
            return wrong(risks_missing=said["assessment"] in IDENTIFIED and not said["risks"])
        case "risk-outcome-recorded":
            return wrong(choice_contradicts=said["adults_choice"] and said["outcome"] == "removed")
        case _:
            return set()


def _against_asking(said: Said) -> set[str]:
    """Who was asked, why not, and what they want, each where there is such a thing and nowhere else."""
    answer, asked_of, reason, outcomes = (said[name] for name in ("answer", "asked_of", "reason_not_asked", "outcomes"))
    return wrong(
        asked_of_missing=asked_of is None and answer in ("expressed", "none_expressed"),
        asked_of_nobody=asked_of is not None and answer == "not_asked",
        reason_missing=reason is None and answer == "not_asked",
        reason_contradicts=reason is not None and answer != "not_asked",
        outcomes_missing=not outcomes and answer == "expressed",
        outcomes_contradict=bool(outcomes) and answer != "expressed",
        outcome_repeated=_repeats(outcomes),
    )


def _repeats(named: list[Said]) -> bool:
    return len(_outcomes(named)) < len(named)
