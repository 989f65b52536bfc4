"""What was decided on each concern: the decision that stands, approved, by which team, and what it started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount import lawful
from deploy.recount.answers import A_MOMENT, LATER, MANAGERS, NOTHING, TAKEN, Answer, one_person, refused, wrong
from deploy.recount.records import Concern
from deploy.recount.teams import TEAMS, first_team

Said = dict[str, Any]


@dataclass
class OfConcern:
    """The decisions on one concern, each in the place of the one before it, and the teams that had it.

    `approvals` are of those that were approved, in turn: the last is in force. `team` is the one the decision in force
    was made in. `answers` are what other authorities said of a decision to send it to them.
    """

    received_at: datetime
    teams: list[tuple[datetime, str]]
    decisions: dict[str, Said] = field(default_factory=dict)
    approvals: dict[str, Said] = field(default_factory=dict)
    answers: dict[str, list[tuple[datetime, str, bool]]] = field(default_factory=dict)
    team: str | None = None
    reroutes: list[Said] = field(default_factory=list)

    @property
    def last(self) -> Said | None:
        """The decision that none has taken the place of, approved or not."""
        return next(reversed(self.decisions.values()), None)

    @property
    def in_force(self) -> Said | None:
        """The decision that stands approved."""
        return self.decisions[next(reversed(self.approvals))] if self.approvals else None

    @property
    def declined(self) -> bool:
        """Whether the authority that the concern was sent to has said, last, that it does not take it."""
        answers = self.answers.get(next(reversed(self.approvals)), []) if self.approvals else []
        return bool(answers) and not max(answers)[2]

    def team_at(self, at: datetime) -> str:
        """The team that had the concern at a time."""
        return next(team for since, team in reversed(self.teams) if since <= at)

    def stand(self, said: Said) -> Answer:
        """A decision takes its place: the first, or one that names the last."""
        known, last = self.decisions.get(said["decision_id"]), self.last
        if known is not None:
            return NOTHING if known == said else refused("decision_id_used_before")
        if said["decided_at"] < self.received_at:
            return refused("decided_before_receipt")
        if said["supersedes"] is not None and said["supersedes"] not in self.decisions:
            return LATER
        if last is not None and (why := _out_of_place(said, last)):
            return refused(why)
        self.decisions[said["decision_id"]] = said
        return TAKEN

    def come_into_force(self, said: Said) -> Answer:
        """The last decision is approved, by somebody else."""
        decision, known = self.decisions.get(said["decision_id"]), self.approvals.get(said["decision_id"])
        if decision is None:
            return LATER
        if known == said:
            return NOTHING
        if decision is not self.last:
            return refused("decision_superseded")
        if known is not None:
            return refused("already_approved")
        why = wrong(
            approver_is_decider=one_person(said["approved_by"], decision["decided_by"]),
            approved_before_decided=said["approved_at"] < decision["decided_at"],
        )
        if why:
            return refused(*why)
        self.approvals[said["decision_id"]] = said
        self.team = self.team_at(decision["decided_at"])
        return TAKEN


def _out_of_place(said: Said, last: Said) -> str:
    """Why a decision does not take the place of the last one, if so."""
    if said["supersedes"] is None:
        return "contradicts_standing_decision"
    if said["supersedes"] != last["decision_id"]:
        return "supersedes_no_standing_decision"
    return "decided_before_superseded" if said["decided_at"] < last["decided_at"] else ""


class Triage:
    """What the door of triage has said so far."""

    def __init__(self, concerns: Mapping[str, Concern]) -> None:
        """`concerns` are those that there are, as they come to be."""
        self._concerns = concerns
        self.of: dict[str, OfConcern] = {}

    def decide(self, said: Said, at: datetime) -> Answer:
        """A practitioner's decision."""
        why = lawful.against(said) | wrong(decided_at_in_the_future=said["decided_at"] > at + A_MOMENT)
        if why:
            return refused(*why)
        concern = self._concern(said["concern_id"])
        return LATER if concern is None else concern.stand(said)

    def approve(self, said: Said, at: datetime) -> Answer:
        """A manager's approval, which puts a decision in force."""
        why = wrong(
            role_may_not_approve=said["role"] not in MANAGERS,
            approved_at_in_the_future=said["approved_at"] > at + A_MOMENT,
        )
        if why:
            return refused(*why)
        concern = self._concern(said["concern_id"])
        return LATER if concern is None else concern.come_into_force(said)

    def reroute(self, said: Said, at: datetime) -> Answer:
        """The concern is handed to another team, later than it was last, while it is undecided or decided anew."""
        if said["decided_at"] > at + A_MOMENT:
            return refused("decided_at_in_the_future")
        concern = self._concern(said["concern_id"])
        if concern is None:
            return LATER
        if said in concern.reroutes:
            return NOTHING
        decided_at, team, in_force = said["decided_at"], said["team"], concern.in_force
        since, now = concern.teams[-1]
        handed_before = len(concern.teams) > 1
        open_again = in_force is None or (
            (concern.declined or concern.last is not in_force) and decided_at > in_force["decided_at"]
        )
        why = wrong(
            team_unknown=team not in TEAMS | {had for _, had in concern.teams},
            same_team=team == now,
            decided_before_receipt=decided_at < concern.received_at,
            rerouted_since=handed_before and decided_at <= since,
            decided_already=not open_again,
        )
        if why:
            return refused(*why)
        concern.teams.append((decided_at, team))
        concern.reroutes.append(said)
        return TAKEN

    def answer(self, said: Said, identity: str, at: datetime) -> Answer:
        """Another authority takes the concern, or does not."""
        if said["answered_at"] > at + A_MOMENT:
            return refused("answered_at_in_the_future")
        concern = self._concern(said["concern_id"])
        decision = concern.decisions.get(said["decision_id"]) if concern is not None else None
        if concern is None or decision is None:
            return LATER
        if decision["authority"] is None:
            return refused("nothing_was_sent")
        if said["answered_at"] < decision["decided_at"]:
            return refused("answered_before_decided")
        if said["decision_id"] not in concern.approvals:
            return LATER if decision is concern.last else refused("superseded_before_sending")
        answers = concern.answers.setdefault(said["decision_id"], [])
        answers.append((said["answered_at"], identity, said["accepted"]))
        return TAKEN

    def _concern(self, concern_id: str) -> OfConcern | None:
        """The decisions on a concern, once it was received."""
        if concern_id not in self.of and concern_id in self._concerns:
            concern = self._concerns[concern_id]
            received_at = concern.received_at
            self.of[concern_id] = OfConcern(received_at, [(received_at, first_team(concern.report))])
        return self.of.get(concern_id)
