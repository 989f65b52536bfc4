"""How one enquiry was closed: proposed, approved or returned by somebody else, and reopened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import LATER, MANAGERS, TAKEN, Answer, one_person, refused, wrong

Said = dict[str, Any]
_MAY = {"closure-approved": "approve", "closure-returned": "return", "reopening-decided": "reopen"}


@dataclass
class Closing:
    """The proposals, each in the place of the one before it; those returned, and those whose conclusion was undone.

    `concluded_by` is the proposal that concluded the enquiry and stands; `concluded_at` when it was approved.
    """

    proposals: dict[str, Said] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    concluded_by: str | None = None
    concluded_at: datetime | None = None

    def propose(self, said: Said, started_at: datetime) -> Answer:
        """A proposal, the first or one that names the last, whatever became of that."""
        if said["proposed_at"] < started_at:
            return refused("proposed_at_too_early")
        if said["supersedes"] != next(reversed(self.proposals), None):
            earlier = said["supersedes"] is None or said["supersedes"] in self.proposals
            return refused("contradicts_a_proposal") if earlier else LATER
        self.proposals[said["closure_id"]] = said
        return TAKEN

    def approve(self, said: Said, started_at: datetime, open_ends: set[str]) -> Answer:
        """A manager's approval of the last proposal, which concludes the enquiry where nothing is left open."""
        if said["closure_id"] not in self.proposals:
            return LATER
        if why := self._against_approval(said, started_at) | open_ends:
            return refused(*why)
        self.concluded_by, self.concluded_at = said["closure_id"], said["approved_at"]
        return TAKEN

    def _against_approval(self, said: Said, started_at: datetime) -> set[str]:
        closure_id = said["closure_id"]
        if closure_id != next(reversed(self.proposals)):
            return {"proposal_superseded"}
        proposal = self.proposals[closure_id]
        return wrong(
            proposal_returned=closure_id in self.returned,
            closure_undone=closure_id in self.undone,
            same_person=one_person(said["approved_by"], proposal["proposed_by"]),
            approved_at_too_early=said["approved_at"] < max(proposal["proposed_at"], started_at),
        )

    def send_back(self, said: Said) -> Answer:
        """A manager returns a proposal, which can then not be approved any more."""
        if said["closure_id"] in self.undone:
            return refused("proposal_approved")
        proposal = self.proposals.get(said["closure_id"])
        if proposal is None:
            return LATER
        why = wrong(
            same_person=one_person(said["returned_by"], proposal["proposed_by"]),
            returned_at_too_early=said["returned_at"] < proposal["proposed_at"],
        )
        if why:
            return refused(*why)
        self.returned.add(said["closure_id"])
        return TAKEN

    def reopen(self, said: Said) -> Answer:
        """A manager reopens the enquiry: what it was concluded with counts no more."""
        closure_id = said["closure_id"]
        if self.concluded_at is None or self.concluded_by != closure_id:
            if closure_id in self.undone:
                return refused("already_reopened")
            superseded = list(self.proposals)[:-1]
            never = self.concluded_at is not None or closure_id in {*superseded, *self.returned}
            return refused("closure_concluded_nothing") if never else LATER
        if said["decided_at"] < self.concluded_at:
            return refused("decided_at_too_early")
        self.undo()
        return TAKEN

    def undo(self) -> None:
        """The conclusion, if there was one, does not stand."""
        if self.concluded_by is not None:
            self.undone.add(self.concluded_by)
        self.concluded_by = self.concluded_at = None


def against(kind: str, said: Said) -> set[str]:
    """What is against a record of closing by itself, whatever the enquiry."""
    if kind == "closure-proposed":
        return wrong(supersedes_itself=said["supersedes"] == said["closure_id"])
    return {f"role_may_not_{_MAY[kind]}"} if kind in _MAY and said["role"] not in MANAGERS else set()
