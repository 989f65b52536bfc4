"""What was decided on each concern: the decision that stands, approved, by which team, and what it started."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import A_MOMENT, LATER, MANAGERS, NOTHING, TAKEN, Answer, one_person
from deploy.recount.lawful import lawful
from deploy.recount.records import Records
from deploy.recount.teams import TEAMS, first_team

Said = dict[str, Any]


@dataclass
class OfConcern:
    """The decisions on one concern, each in the place of the one before it, and the teams that had it.

    `approved` are those that were approved, in turn: the last is in force. `team` is the one the decision in force
    was made in. `answers` are what other authorities said of a decision to send it to them.
    """

    received_at: datetime
    teams: list[tuple[datetime, str]]
    decisions: dict[str, Said] = field(default_factory=dict)
    approved: list[Said] = field(default_factory=list)
    answers: dict[str, list[tuple[datetime, str, bool]]] = field(default_factory=dict)
    team: str | None = None

    @property
    def last(self) -> Said | None:
        """The decision that none has taken the place of, approved or not."""
        return next(reversed(self.decisions.values()), None)

    @property
    def in_force(self) -> Said | None:
        """The decision that stands approved."""
        return self.approved[-1] if self.approved else None

    @property
    def declined(self) -> bool:
        """Whether the authority that the concern was sent to has said, last, that it does not take it."""
        answers = self.answers.get(self.approved[-1]["decision_id"], []) if self.approved else []
        return bool(answers) and not max(answers)[2]

    def team_at(self, at: datetime) -> str:
        """The team that had the concern at a time."""
        return next(team for since, team in reversed(self.teams) if since <= at)


class Triage:
    """What the door of triage has said so far."""

    def __init__(self, records: Records) -> None:
        """`records` are the concerns that there are."""
        self._records = records
        self.of: dict[str, OfConcern] = {}

    def decide(self, said: Said, at: datetime) -> Answer:
        """A practitioner's decision: the first, or one that names the last in whose place it stands."""
        if not lawful(said) or said["decided_at"] > at + A_MOMENT:
            return NOTHING
        concern = self._concern(said["concern_id"])
        if concern is None:
            return LATER
        if said["decision_id"] in concern.decisions or said["decided_at"] < concern.received_at:
            return NOTHING
        if said["supersedes"] is not None and said["supersedes"] not in concern.decisions:
            return LATER
        last = concern.last
        if last is not None and (said["supersedes"] != last["decision_id"] or said["decided_at"] < last["decided_at"]):
            return NOTHING
        concern.decisions[said["decision_id"]] = said
        return TAKEN

    def approve(self, said: Said, at: datetime) -> Answer:
        """A manager's approval of the last decision, which puts it in force."""
        if said["role"] not in MANAGERS or said["approved_at"] > at + A_MOMENT:
            return NOTHING
        concern = self._concern(said["concern_id"])
        decision = concern.decisions.get(said["decision_id"]) if concern is not None else None
        if concern is None or decision is None:
            return LATER
        if decision is not concern.last or decision is concern.in_force:
            return NOTHING
        if one_person(said["approved_by"], decision["decided_by"]) or said["approved_at"] < decision["decided_at"]:
            return NOTHING
        concern.approved.append(decision)
        concern.team = concern.team_at(decision["decided_at"])
        return TAKEN

    def reroute(self, said: Said, at: datetime) -> Answer:
        """The concern is handed to another team, later than it was last, while it is undecided or decided anew."""
        if said["decided_at"] > at + A_MOMENT:
            return NOTHING
        concern = self._concern(said["concern_id"])
        if concern is None:
            return LATER
        since, now = concern.teams[-1]
        decided_at, team, in_force = said["decided_at"], said["team"], concern.in_force
        handed_before = len(concern.teams) > 1
        if team == now or team not in TEAMS | {had for _, had in concern.teams}:
            return NOTHING
        if decided_at < since or (handed_before and decided_at == since):
            return NOTHING
        if in_force is not None:
            open_again = concern.declined or concern.last is not in_force
            if not open_again or decided_at <= in_force["decided_at"]:
                return NOTHING
        concern.teams.append((decided_at, team))
        return TAKEN

    def answer(self, said: Said, identity: str, at: datetime) -> Answer:
        """Another authority takes the concern, or does not."""
        if said["answered_at"] > at + A_MOMENT:
            return NOTHING
        concern = self._concern(said["concern_id"])
        decision = concern.decisions.get(said["decision_id"]) if concern is not None else None
        if concern is None or decision is None:
            return LATER
        if decision["authority"] is None or said["answered_at"] < decision["decided_at"]:
            return NOTHING
        if decision not in concern.approved:
            return LATER if decision is concern.last else NOTHING
        answers = concern.answers.setdefault(said["decision_id"], [])
        answers.append((said["answered_at"], identity, said["accepted"]))
        return TAKEN

    def _concern(self, concern_id: str) -> OfConcern | None:
        """The decisions on a concern, once it was received."""
        if concern_id not in self.of and concern_id in self._records.concerns:
            concern = self._records.concerns[concern_id]
            received_at = concern.received_at
            self.of[concern_id] = OfConcern(received_at, [(received_at, first_team(concern.report))])
        return self.of.get(concern_id)
