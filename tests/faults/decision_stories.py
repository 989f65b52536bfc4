"""What is decided on a concern: mostly once, sometimes against itself, and now and then corrected once approved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploy.recount.identities import derived, of_concern, of_enquiry, of_other_enquiry
from tests.faults.people import MANAGERS, WORKERS, Person
from tests.faults.telling import Teller, Told, say
from tests.support import lawful

_KINDS = ("s42_met",) * 8 + ("not_met",) * 5 + ("other_enquiry",) * 3 + ("sent_to_other_authority", "duplicate")
_VIEWS = ("wants_action", "unsure", "not_asked")
Begun = dict[str, datetime]
"""Enquiries that practitioners work on, and since when."""


class DecisionStories(Teller):
    """Tells what triage is told."""

    def triage(self, person: Person, concern: str, at: datetime) -> tuple[list[Told], Begun]:
        """The decisions on a concern and their approvals; and the enquiries that follow."""
        told: list[Told] = []
        at = self._later(at, 0.08)
        kind = self._dice.choice(_KINDS)
        decision = self._decision(person, concern, "1", kind, at)
        if self._chance(0.04):  # a form that contradicts itself, put right afterwards
            limbs = lawful.NOT_ALL_MET if kind == "s42_met" else lawful.limbs()
            wrong = decision | {"decision_id": derived(concern, "0"), "limbs": limbs}
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
        begun = self._begun(concern, standing, at)
        if self._chance(0.15):
            told += self._corrections(person, concern, standing, at, begun)
        return told, begun

    def _corrections(
        self, person: Person, concern: str, standing: dict[str, Any], at: datetime, begun: Begun
    ) -> list[Told]:
        """The decision is put right once or twice: an enquiry is taken back, or starts late, or again."""
        told = []
        first = standing["decision"]
        for name in ("3", "4") if self._chance(0.4) else ("3",):
            at = self._later(at, 0.1)
            kind = first if name == "4" else self._dice.choice(("s42_met", "not_met", self._dice.choice(_KINDS)))
            corrected = self._decision(person, concern, name, kind, at) | {"supersedes": standing["decision_id"]}
            if self._chance(0.06):
                corrected["supersedes"] = derived(concern, "nothing")
            told.append(Told(at, "safeguarding.triage.decided.v1", corrected))
            at = self._later(at)
            if self._chance(0.9):
                told.append(self._approval(corrected, at))
            for enquiry, since in self._begun(concern, corrected, at).items():
                begun.setdefault(enquiry, since)
            standing = corrected
        return told

    def _begun(self, concern: str, decision: dict[str, Any], at: datetime) -> Begun:
        if decision["decision"] == "s42_met" or self._chance(0.03):
            return {of_enquiry(concern): at}
        if decision["decision"] == "other_enquiry" and self._chance(0.5):
            return {of_other_enquiry(concern): at}
        return {}

    def _decision(self, person: Person, concern: str, name: str, kind: str, at: datetime) -> dict[str, Any]:
        data = lawful.decision(concern, derived(concern, name), say(at), kind, decided_by=self._dice.choice(WORKERS))
        if kind == "not_met":
            data["disposals"] = self._dice.sample(("advice_and_guidance", "review", "signposted", "no_action"), 2)
        if kind == "duplicate":
            others = [other for other in person.concerns if other != concern]
            data["duplicate_of"] = self._dice.choice(others) if others else of_concern("wmas", "R1")
            if data["duplicate_of"] == concern:
                data["duplicate_of"] = derived("nothing")
        if self._chance(0.5):
            data["adult_view"] = "wants_no_action" if self._chance(0.05) else self._dice.choice(_VIEWS)
        if self._chance(0.5):
            data["consents"] = {"to_enquiry": self._dice.choice(("yes", "not_known"))}
        return data

    def _approval(self, decision: dict[str, Any], at: datetime, by: str = "", role: str = "team_manager") -> Told:
        by = by or self._dice.choice(MANAGERS)
        data = lawful.approval(decision, say(at), approved_by=by, role=role)
        return Told(at, "safeguarding.triage.approved.v1", data)
