"""Which concerns there are: what is accepted, who it is about, what is one incident, what was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer, refused
from deploy.recount.doors import Sent
from deploy.recount.identities import Name, identifiers, of_concern
from deploy.recount.naming import Bearer, whose
from deploy.recount.people import People
from deploy.recount.taking import against, as_taken
from deploy.recount.texts import policy_at

Said = dict[str, Any]
_FUTURE = "decided_at_in_the_future"
_LATER_STANDS = refused("later_decision_stands")


@dataclass
class Concern:
    """A concern that was accepted. `changes` are its withdrawals and their taking back, by turns."""

    concern_id: str
    adult_id: str
    received_at: datetime
    report: Said
    changes: list[Said] = field(default_factory=list)

    @property
    def withdrawn(self) -> bool:
        """Whether it was recorded in error, and counts no more."""
        return len(self.changes) % 2 == 1

    @property
    def order(self) -> tuple[datetime, str]:
        """Its place among concerns."""
        return self.received_at, self.concern_id


@dataclass
class Records:
    """What intake's doors have said so far.

    `named` are the adults that an identifier was reported of, first the one it points to for good. `pairs` says of two
    concerns when it was last decided whether they are one incident, and whether they are. `born` is an adult's birth
    date as first reported. `asked` are pairs of adults: a person has to say whether they are one.
    """

    test_numbers: bool = False
    people: People = field(default_factory=People)
    concerns: dict[str, Concern] = field(default_factory=dict)
    named: dict[Name, tuple[Bearer, ...]] = field(default_factory=dict)
    pairs: dict[frozenset[str], tuple[datetime, bool]] = field(default_factory=dict)
    born: dict[str, date] = field(default_factory=dict)
    asked: set[frozenset[str]] = field(default_factory=set)

    def report(self, sent: Sent) -> Answer:
        """A report is a concern, once, of the adult its identifiers point to, or of one who is new."""
        said = sent.said
        concern_id = of_concern(said["sender"], said["reference"])
        if concern_id in self.concerns:
            return NOTHING
        taken = as_taken(said, sent.at)
        if why := against(sent, taken):
            return refused(*why, *taken.codes, *sent.remarks)
        said = taken.said
        adult = said["adult"]
        policy = policy_at(sent.at)
        names = identifiers(said["sender"], adult, policy, test_numbers=self.test_numbers) if adult else []
        found = whose(self.named, concern_id, names, adult, policy)
        adult_id = found.adult_id
        self.named |= found.known
        self.asked |= {frozenset((adult_id, other)) for other in found.asked}
        self.concerns[concern_id] = Concern(concern_id, adult_id, sent.at, said)
        if said["adult"] and said["adult"]["birth_date"]:
            self.born.setdefault(adult_id, said["adult"]["birth_date"])
        return TAKEN

    def unsettled(self) -> list[frozenset[str]]:
        """The pairs of adults of whom a person was asked whether they are one, and nobody has said so or otherwise."""
        return [
            pair for pair in self.asked if len({*map(self.people.of, pair)}) > 1 and not self.people.told_apart(pair)
        ]

    def duplicate(self, said: Said, at: datetime) -> Answer:
        """Two concerns about one person are one incident, unless it was decided since that they are two."""
        pair = self._pair(said, at)
        if not isinstance(pair, frozenset):
            return pair
        decided_at = said["decided_at"]
        before, linked = self.pairs.get(pair, (None, False))
        if not linked:
            if not self.one_person(pair):
                return refused("about_different_adults")
            if before is not None and decided_at <= before:
                return _LATER_STANDS
        self.pairs[pair] = (max(decided_at, before or decided_at), True)
        return TAKEN

    def one_person(self, pair: frozenset[str]) -> bool:
        """Whether two concerns are about one person, by what was found so far."""
        return len({self.people.of(self.concerns[each].adult_id) for each in pair}) == 1

    def separate(self, said: Said, at: datetime) -> Answer:
        """They are two, unless it was decided since that they are one."""
        pair = self._pair(said, at)
        if not isinstance(pair, frozenset):
            return pair
        if pair not in self.pairs:
            return LATER
        before, linked = self.pairs[pair]
        if linked and said["decided_at"] < before:
            return _LATER_STANDS
        self.pairs[pair] = (max(said["decided_at"], before), False)
        return TAKEN

    def withdraw(self, said: Said, at: datetime) -> Answer:
        """The concern was recorded in error: it counts no more."""
        concern = self._decided_on(said, at)
        if not isinstance(concern, Concern):
            return concern
        if said in concern.changes[::2]:
            return NOTHING
        if concern.withdrawn:
            return refused("withdrawn_already")
        if concern.changes and said["decided_at"] <= concern.changes[-1]["decided_at"]:
            return _LATER_STANDS
        concern.changes.append(said)
        return TAKEN

    def put_back(self, said: Said, at: datetime) -> Answer:
        """The withdrawal was the error: it counts again."""
        concern = self._decided_on(said, at)
        if not isinstance(concern, Concern):
            return concern
        if said in concern.changes[1::2]:
            return NOTHING
        if not concern.changes:
            return LATER
        if not concern.withdrawn:
            return refused("taken_back_already")
        if said["decided_at"] < concern.changes[-1]["decided_at"]:
            return _LATER_STANDS
        concern.changes.append(said)
        return TAKEN

    def _pair(self, said: Said, at: datetime) -> frozenset[str] | Answer:
        """The two concerns a decision is about, once both were received."""
        pair = frozenset((said["concern_id"], said["duplicate_of"]))
        if len(pair) == 1:
            return refused("duplicate_of_itself")
        if said["decided_at"] > at + A_MOMENT:
            return refused(_FUTURE)
        return pair if pair <= self.concerns.keys() else LATER

    def _decided_on(self, said: Said, at: datetime) -> Concern | Answer:
        """The concern a decision is about, once it was received."""
        if said["decided_at"] > at + A_MOMENT:
            return refused(_FUTURE)
        concern = self.concerns.get(said["concern_id"])
        if concern is None:
            return LATER
        return concern if said["decided_at"] >= concern.received_at else refused("decided_before_receipt")
