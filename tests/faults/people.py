"""Invented adults, some known by two identifiers, some by one, some by none; and the people who decide about them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SENDERS = ("wmas", "police", "careline", "st-cross")
WORKERS = ("worker-1", "worker-2", "worker-3")
MANAGERS = ("manager-1", "manager-2")


_FILLERS = ("unknown", "N/A", "0000", "1", "Unknown Male 2")
_NEVER_ISSUED = ("9876543210", "0123456789", "1111111111")


@dataclass
class Person:
    """An adult as the outside world knows them, with the concerns reported about them so far.

    Now and then their number is `mixed_up_with` that of somebody else.
    """

    number: int
    nhs_number: str | None
    references: dict[str, str]
    born: date
    mixed_up_with: str | None = None
    concerns: list[str] = field(default_factory=list)

    def known_as(self, sender: str, dice: random.Random) -> dict[str, Any]:
        """What a report of this sender's says of them: mostly what is so, now and then something else."""
        said: dict[str, Any] = {}
        if dice.random() < 0.9:
            said["name"] = self._called(dice)
        if dice.random() < 0.5:
            said["birth_date"] = self._born(dice)
        identified = False
        if self.nhs_number and dice.random() < 0.7:
            said["nhs_number"] = self._written(self.nhs_number, dice)
            identified = True
        if sender in self.references and (not identified or dice.random() < 0.6):
            said["person_reference"] = self.references[sender]
        if self.mixed_up_with and dice.random() < 0.02:
            said["nhs_number"] = self.mixed_up_with
        if dice.random() < 0.02:
            said["nhs_number"] = dice.choice(_NEVER_ISSUED)
        if dice.random() < 0.03:
            said["person_reference"] = dice.choice(_FILLERS)
        return said or {"description": "somebody"}

    def _called(self, dice: random.Random) -> str:
        """Their name; or another surname, the other way round, a name that is none, or that of somebody else."""
        names = (f"Given{self.number} Family{self.number}", f"Given{self.number} Married{self.number}")
        chance = dice.random()
        if chance < 0.06:
            return names[1]
        if chance < 0.09:
            return f"FAMILY{self.number}, Given{self.number}"
        if chance < 0.11:
            return "unknown female"
        return f"Given{self.number + 1} Family{self.number}" if chance < 0.14 else names[0]

    def _born(self, dice: random.Random) -> str:
        chance = dice.random()
        if chance < 0.06:
            return self.born.replace(month=self.born.day, day=self.born.month).isoformat()
        return (self.born.replace(year=self.born.year + 1) if chance < 0.1 else self.born).isoformat()

    @staticmethod
    def _written(number: str, dice: random.Random) -> str:
        between = dice.choice(("", "", " ", "\u2011", "\u200b"))
        return between.join((number[:3], number[3:6], number[6:]))


class People:
    """As many adults as reports ask for: about three concerns each, never more than `most`."""

    def __init__(self, dice: random.Random, most: int = 7) -> None:
        self._dice = dice
        self._most = most
        self._number = 0
        self._last: str | None = None
        self._current: list[Person] = []

    def somebody(self) -> Person:
        """Somebody new, or somebody of whom there was a report before."""
        self._current = [person for person in self._current if len(person.concerns) < self._most][-60:]
        if self._current and self._dice.random() < 0.72:
            return self._dice.choice(self._current)
        self._number += 1
        nhs_number = nhs(self._dice) if self._dice.random() < 0.6 else None
        known_to = self._dice.sample(SENDERS, self._dice.randint(0 if nhs_number else 1, 3))
        born = date(self._dice.randint(1925, 1990), self._dice.randint(1, 12), self._dice.randint(1, 12))
        person = Person(self._number, nhs_number, dict.fromkeys(known_to, f"P-{self._number}"), born, self._last)
        self._last = nhs_number
        self._current.append(person)
        return person


def nhs(dice: random.Random) -> str:
    """A number of a range that is given to people, or to nobody, whose last digit checks the others."""
    while True:
        begins = dice.choice((999, 999, 999, dice.randint(320, 499), dice.randint(600, 799)))
        digits = [*map(int, str(begins)), *(dice.randint(0, 9) for _ in range(6))]
        check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10 and len(set(digits)) > 1:
            return "".join(map(str, digits)) + str(check % 11)
