"""Who is one person: adult records found to be one, and found to be two after all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer


@dataclass
class People:
    """The findings that stand, under the ids by which they are taken back; an id is used once."""

    standing: dict[str, tuple[str, str]] = field(default_factory=dict)
    found_at: dict[str, datetime] = field(default_factory=dict)
    _person: dict[str, str] | None = None

    def found_one(self, said: dict[str, Any], at: datetime) -> Answer:
        """Two records are of one person."""
        merge_id, pair = said["merge_id"], (said["adult_id"], said["other_adult_id"])
        if pair[0] == pair[1] or merge_id in self.found_at or said["decided_at"] > at + A_MOMENT:
            return NOTHING
        self.found_at[merge_id] = said["decided_at"]
        self.standing[merge_id] = pair
        self._person = None
        return TAKEN

    def found_different(self, said: dict[str, Any], at: datetime) -> Answer:
        """That finding was wrong, for good; others of the same two stand."""
        merge_id = said["merge_id"]
        if said["decided_at"] > at + A_MOMENT:
            return NOTHING
        if merge_id not in self.found_at:
            return LATER
        if merge_id not in self.standing or said["decided_at"] < self.found_at[merge_id]:
            return NOTHING
        del self.standing[merge_id]
        self._person = None
        return TAKEN

    def of(self, adult_id: str) -> str:
        """The person an adult record is of: the least of all the records that are of them."""
        if self._person is None:
            self._person = _together(self.standing.values())
        return self._person.get(adult_id, adult_id)


def _together(pairs: Any) -> dict[str, str]:
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
