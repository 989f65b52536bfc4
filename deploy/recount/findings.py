"""What was recorded of an enquiry's findings, and which of it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import LATER, NOTHING, TAKEN, Answer

Said = dict[str, Any]
Kept = list[tuple[datetime, str, Said]]
"""Records by the time they speak of, then by what settles two of one instant; the last of them stands."""

_IDENTIFIED = ("identified_action", "identified_no_action")
_NO_ADVOCATES = {"family", "friend"}


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
        if asked["answer"] != "expressed" or _outcomes(said["achieved"]) != _outcomes(asked["outcomes"]):
            return NOTHING
        self.assessed.append((said["assessed_at"], identity, said))
        return TAKEN

    def find_capacity(self, said: Said) -> Answer:
        """Capacity in one matter at one time; an id is used once."""
        if any(kept["capacity_id"] == said["capacity_id"] for _, _, kept in self.capacity):
            return NOTHING
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
        if self._since(said["recorded_at"])[0]["assessment"] not in _IDENTIFIED:
            return NOTHING
        self.outcome.append((said["recorded_at"], content, said))
        return TAKEN

    def as_it_stands(self) -> Said:
        """What a year counts of an enquiry, if it is concluded now; None is not recorded."""
        asked, risk, support = last(self.asked), last(self.risk), last(self.support)
        return {
            "asked": asked["answer"] if asked else None,
            "achieved": self._achieved(),
            "risk": risk["assessment"] if risk else None,
            "risks": risk["risks"] if risk else [],
            "outcome": self._outcome(),
            "capacity": self._capacity(),
            "support": support["support"] if support else [],
        }

    def _achieved(self) -> str | None:
        """All of one degree is that degree, else it is partly; what nobody assessed leaves it open."""
        asked, assessed = last(self.asked), last(self.assessed)
        if asked is None or assessed is None or asked["answer"] != "expressed":
            return None
        if not _outcomes(asked["outcomes"]) <= _outcomes(assessed["achieved"]):
            return None
        degrees = {one["achieved"] for one in assessed["achieved"]}
        return str(degrees.pop()) if len(degrees) == 1 else "partially"

    def _outcome(self) -> str | None:
        """The last outcome, while every assessment since has identified a risk."""
        ended = last(self.outcome)
        if ended is None:
            return None
        since = self._since(ended["recorded_at"])
        return str(ended["outcome"]) if all(one["assessment"] in _IDENTIFIED for one in since) else None

    def _since(self, at: datetime) -> list[Said]:
        """The assessment of risk that stood at a time, or the first of all; and those after it."""
        every = sorted(self.risk, key=_place)
        standing = [number for number, (assessed_at, _, _) in enumerate(every) if assessed_at <= at]
        return [said for _, _, said in every[standing[-1] if standing else 0 :]]

    def _capacity(self) -> str | None:
        """Lacking in any matter, else having it in any, else looked at; of each matter the last assessment."""
        matters = {said["matter"]: said["capacity"] for _, _, said in sorted(self.capacity, key=_place)}
        found = set(matters.values())
        return next((one for one in ("lacks", "has", "not_determined", "not_known") if one in found), None)


def _place(kept: tuple[datetime, str, Said]) -> tuple[datetime, str]:
    return kept[:2]


def last(kept: Kept) -> Said | None:
    """The record that stands: the one that speaks of the latest time."""
    return max(kept, key=_place)[2] if kept else None


def _outcomes(named: list[Said]) -> set[str]:
    return {one["outcome_id"] for one in named}


def coherent(name: str, said: Said) -> bool:
    """Whether a finding contradicts itself, whatever the enquiry."""
    match name:
        case "enquiry.outcomes-asked":
            return _asked_coherently(said)
        case "enquiry.outcomes-assessed":
            return len(_outcomes(said["achieved"])) == len(said["achieved"])
        case "enquiry.advocacy-recorded":
            taken_up = said["take_up"] in ("accepted", "already_in_place")
            return taken_up == bool(set(said["support"]) - _NO_ADVOCATES)
        case "enquiry.risk-assessed":
            return bool(said["risks"]) or said["assessment"] not in _IDENTIFIED
        case "enquiry.risk-outcome-recorded":
            return not (said["adults_choice"] and said["outcome"] == "removed")
        case _:
            return True


def _asked_coherently(said: Said) -> bool:
    """Who was asked, why not, and what they want, each where there is such a thing and nowhere else."""
    answer, asked_of = said["answer"], said["asked_of"]
    return (
        not (asked_of is None and answer in ("expressed", "none_expressed"))
        and not (asked_of is not None and answer == "not_asked")
        and (said["reason_not_asked"] is not None) == (answer == "not_asked")
        and bool(said["outcomes"]) == (answer == "expressed")
        and len(_outcomes(said["outcomes"])) == len(said["outcomes"])
    )
