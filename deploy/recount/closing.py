"""How one enquiry was closed: proposed, approved or returned by somebody else, and reopened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import LATER, MANAGERS, NOTHING, TAKEN, Answer, one_person

Said = dict[str, Any]


@dataclass
class Closing:
    """The proposals, each in the place of the one before it; those returned, and those whose conclusion was undone.

    `concluded_by` is the proposal that concluded the enquiry and stands; `concluded_at` when it was approved.
    """

    proposals: dict[str, Said] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    reopenings: set[str] = field(default_factory=set)
    concluded_by: str | None = None
    concluded_at: datetime | None = None

    def propose(self, said: Said, started_at: datetime) -> Answer:
        """A proposal, the first or one that names the last, whatever became of that."""
        if said["closure_id"] in self.proposals or said["proposed_at"] < started_at:
            return NOTHING
        before = next(reversed(self.proposals), None)
        if said["supersedes"] != before:
            earlier = said["supersedes"] is None or said["supersedes"] in self.proposals
            return NOTHING if earlier else LATER
        self.proposals[said["closure_id"]] = said
        return TAKEN

    def approve(self, said: Said, started_at: datetime, *, ready: bool) -> Answer:
        """A manager's approval of the last proposal, which concludes the enquiry where nothing is left open."""
        closure_id = said["closure_id"]
        proposal = self.proposals.get(closure_id)
        if proposal is None:
            return LATER
        if closure_id != next(reversed(self.proposals)) or closure_id in self.returned | self.undone:
            return NOTHING
        if one_person(said["approved_by"], proposal["proposed_by"]) or not ready:
            return NOTHING
        if said["approved_at"] < max(proposal["proposed_at"], started_at):
            return NOTHING
        self.concluded_by, self.concluded_at = closure_id, said["approved_at"]
        return TAKEN

    def send_back(self, said: Said) -> Answer:
        """A manager returns a proposal, which can then not be approved any more."""
        closure_id = said["closure_id"]
        if closure_id in self.returned | self.undone:
            return NOTHING
        proposal = self.proposals.get(closure_id)
        if proposal is None:
            return LATER
        if one_person(said["returned_by"], proposal["proposed_by"]) or said["returned_at"] < proposal["proposed_at"]:
            return NOTHING
        self.returned.add(closure_id)
        return TAKEN

    def reopen(self, said: Said) -> Answer:
        """A manager reopens the enquiry: what it was concluded with counts no more."""
        closure_id = said["closure_id"]
        if said["reopening_id"] in self.reopenings:
            return NOTHING
        if self.concluded_at is None or self.concluded_by != closure_id:
            superseded = list(self.proposals)[:-1]
            never = self.concluded_at is not None or closure_id in {*superseded, *self.returned, *self.undone}
            return NOTHING if never else LATER
        if said["decided_at"] < self.concluded_at:
            return NOTHING
        self.reopenings.add(said["reopening_id"])
        self.undo()
        return TAKEN

    def undo(self) -> None:
        """The conclusion, if there was one, does not stand."""
        if self.concluded_by is not None:
            self.undone.add(self.concluded_by)
        self.concluded_by = self.concluded_at = None


def coherent(name: str, said: Said) -> bool:
    """Whether a record of closing contradicts itself, whatever the enquiry."""
    if name == "enquiry.closure-proposed":
        return bool(said["supersedes"] != said["closure_id"])
    return said.get("role") is None or said["role"] in MANAGERS
