"""Who is one person: adult records found to be one, and found to be two after all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer, refused

Said = dict[str, Any]
_FUTURE = "decided_at_in_the_future"


@dataclass
class People:
    """What was found, and what of it was taken back, under the id of the finding, which is used once."""

    found: dict[str, Said] = field(default_factory=dict)
    taken_back: dict[str, Said] = field(default_factory=dict)
    _person: dict[str, str] | None = None

    def found_one(self, said: Said, at: datetime) -> Answer:
        """Two records are of one person."""
        merge_id = said["merge_id"]
        if said["adult_id"] == said["other_adult_id"]:
            return refused("merged_with_itself")
        if said["decided_at"] > at + A_MOMENT:
            return refused(_FUTURE)
        if merge_id in self.found:
            if _whoever_came_first(said) == _whoever_came_first(self.found[merge_id]):
                return NOTHING
            return refused("merge_taken_back" if merge_id in self.taken_back else "merge_id_used")
        self.found[merge_id] = said
        self._person = None
        return TAKEN

    def found_different(self, said: Said, at: datetime) -> Answer:
        """That finding was wrong, for good; others of the same two stand."""
        merge_id = said["merge_id"]
        if said["decided_at"] > at + A_MOMENT:
            return refused(_FUTURE)
        if merge_id not in self.found:
            return LATER
        if merge_id in self.taken_back:
            return NOTHING if said == self.taken_back[merge_id] else refused("taken_back_already")
        if said["decided_at"] < self.found[merge_id]["decided_at"]:
            return refused("later_decision_stands")
        self.taken_back[merge_id] = said
        self._person = None
        return TAKEN

    def told_apart(self, pair: frozenset[str]) -> bool:
        """Whether it was ever found that these two, of all, are two after all."""
        return any(pair == frozenset(_two(self.found[merge_id])) for merge_id in self.taken_back)

    def of(self, adult_id: str) -> str:
        """The person an adult record is of: the least of all the records that are of them."""
        if self._person is None:
            self._person = together(_two(self.found[one]) for one in self.found.keys() - self.taken_back.keys())
        return self._person.get(adult_id, adult_id)


def _two(said: Said) -> tuple[str, str]:
    return said["adult_id"], said["other_adult_id"]


def _whoever_came_first(said: Said) -> Said:
    one, other = sorted(_two(said))
    return said | {"adult_id": one, "other_adult_id": other}


def together(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Who is connected by pairs, each under the least of those they are connected with."""
    near: dict[str, set[str]] = {}
    for one, other in pairs:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    person: dict[str, str] = {}
    for least in sorted(near):
        ahead = [least]
        while ahead:
            one = ahead.pop()
            if one not in person:
                person[one] = least
                ahead += near[one]
    return person
