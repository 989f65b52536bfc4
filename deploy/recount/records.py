"""Which concerns there are: what is accepted, who it is about, what is one incident, what was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer
from deploy.recount.civil import birthday, day
from deploy.recount.doors import Sent
from deploy.recount.identities import derived, identifiers, of_concern
from deploy.recount.people import People

_ADULT = 18


@dataclass
class Concern:
    """A concern that was accepted. `changed_at` is when it was last decided to withdraw it or to put it back."""

    concern_id: str
    adult_id: str
    received_at: datetime
    report: dict[str, Any]
    withdrawn: bool = False
    changed_at: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Its place among concerns."""
        return self.received_at, self.concern_id


@dataclass
class Records:
    """What intake's doors have said so far.

    `named` is the adult an identifier points to for good. `pairs` says of two concerns when it was last decided
    whether they are one incident, and whether they are. `born` is an adult's birth date as first reported.
    """

    people: People = field(default_factory=People)
    concerns: dict[str, Concern] = field(default_factory=dict)
    named: dict[tuple[str, ...], str] = field(default_factory=dict)
    pairs: dict[frozenset[str], tuple[datetime, bool]] = field(default_factory=dict)
    born: dict[str, date] = field(default_factory=dict)

    def report(self, sent: Sent) -> Answer:
        """A report is a concern, once, of the adult its identifiers point to, or of one who is new."""
        said = sent.said
        concern_id = of_concern(said["sender"], said["reference"])
        if concern_id in self.concerns or not _acceptable(sent):
            return NOTHING
        found = identifiers(said["sender"], said["adult"]) if said["adult"] else []
        known = (self.named[one] for one in found if one in self.named)
        adult_id = next(known, None) or derived("adult", concern_id)
        for one in found:
            self.named.setdefault(one, adult_id)
        self.concerns[concern_id] = Concern(concern_id, adult_id, sent.at, said)
        if said["adult"] and said["adult"]["birth_date"]:
            self.born.setdefault(adult_id, said["adult"]["birth_date"])
        return TAKEN

    def duplicate(self, said: dict[str, Any], at: datetime) -> Answer:
        """Two concerns about one person are one incident, unless it was decided since that they are two."""
        pair = self._pair(said, at)
        if not isinstance(pair, frozenset):
            return pair
        decided_at = said["decided_at"]
        before, linked = self.pairs.get(pair, (None, False))
        if not linked:
            one, other = (self.people.of(self.concerns[each].adult_id) for each in pair)
            if one != other or (before is not None and decided_at <= before):
                return NOTHING
        self.pairs[pair] = (max(decided_at, before or decided_at), True)
        return TAKEN

    def separate(self, said: dict[str, Any], at: datetime) -> Answer:
        """They are two, unless it was decided since that they are one."""
        pair = self._pair(said, at)
        if not isinstance(pair, frozenset):
            return pair
        if pair not in self.pairs:
            return LATER
        before, linked = self.pairs[pair]
        if linked and said["decided_at"] < before:
            return NOTHING
        self.pairs[pair] = (max(said["decided_at"], before), False)
        return TAKEN

    def withdraw(self, said: dict[str, Any], at: datetime) -> Answer:
        """The concern was recorded in error: it counts no more."""
        concern = self._decided_on(said, at)
        if not isinstance(concern, Concern):
            return concern
        if concern.withdrawn or (concern.changed_at is not None and said["decided_at"] <= concern.changed_at):
            return NOTHING
        concern.withdrawn, concern.changed_at = True, said["decided_at"]
        return TAKEN

    def put_back(self, said: dict[str, Any], at: datetime) -> Answer:
        """The withdrawal was the error: it counts again."""
        concern = self._decided_on(said, at)
        if not isinstance(concern, Concern):
            return concern
        if concern.changed_at is None:
            return LATER
        if not concern.withdrawn or said["decided_at"] < concern.changed_at:
            return NOTHING
        concern.withdrawn, concern.changed_at = False, said["decided_at"]
        return TAKEN

    def _pair(self, said: dict[str, Any], at: datetime) -> frozenset[str] | Answer:
        """The two concerns a decision is about, once both were received."""
        pair = frozenset((said["concern_id"], said["duplicate_of"]))
        if len(pair) == 1 or said["decided_at"] > at + A_MOMENT:
            return NOTHING
        return pair if pair <= self.concerns.keys() else LATER

    def _decided_on(self, said: dict[str, Any], at: datetime) -> Concern | Answer:
        """The concern a decision is about, once it was received."""
        if said["decided_at"] > at + A_MOMENT:
            return NOTHING
        concern = self.concerns.get(said["concern_id"])
        if concern is None:
            return LATER
        return concern if said["decided_at"] >= concern.received_at else NOTHING


def _acceptable(sent: Sent) -> bool:
    """Whether it describes somebody or some place, nobody known to be under 18, and nothing from the future."""
    said, today = sent.said, day(sent.at)
    described = [*(sent.raw.get("adult") or {}).values(), *(sent.raw.get("place") or {}).values(), said["narrative"]]
    if not any(str(value).strip() for value in described if value is not None):
        return False
    born = said["adult"]["birth_date"] if said["adult"] else None
    if born is not None and (born > today or today < birthday(born, _ADULT)):
        return False
    if said["happened_on"] is not None and said["happened_on"] > today:
        return False
    return sent.time <= sent.at + A_MOMENT
