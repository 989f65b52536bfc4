"""Invented adults, some known by two identifiers, some by one, some by none; and the people who decide about them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

SENDERS = ("wmas", "police", "careline", "st-cross")
WORKERS = ("worker-1", "worker-2", "worker-3")
MANAGERS = ("manager-1", "manager-2")


@dataclass
class Person:
    """An adult as the outside world knows them, with the concerns reported about them so far."""

    number: int
    nhs_number: str | None
    references: dict[str, str]
    concerns: list[str] = field(default_factory=list)

    def known_as(self, sender: str, dice: random.Random) -> dict[str, Any]:
        """What a report of this sender's says of them."""
        said: dict[str, Any] = {"name": f"Person {self.number}"}
        if self.nhs_number and dice.random() < 0.7:
            said["nhs_number"] = self.nhs_number
        if sender in self.references and (len(said) == 1 or dice.random() < 0.6):
            said["person_reference"] = self.references[sender]
        return said


class People:
    """As many adults as reports ask for: about three concerns each, never more than `most`."""

    def __init__(self, dice: random.Random, most: int = 7) -> None:
        self._dice = dice
        self._most = most
        self._number = 0
        self._current: list[Person] = []

    def somebody(self) -> Person:
        """Somebody new, or somebody of whom there was a report before."""
        self._current = [person for person in self._current if len(person.concerns) < self._most][-60:]
        if self._current and self._dice.random() < 0.72:
            return self._dice.choice(self._current)
        self._number += 1
        nhs_number = nhs(self._dice) if self._dice.random() < 0.6 else None
        known_to = self._dice.sample(SENDERS, self._dice.randint(0 if nhs_number else 1, 3))
        person = Person(self._number, nhs_number, dict.fromkeys(known_to, f"P-{self._number}"))
        self._current.append(person)
        return person


def nhs(dice: random.Random) -> str:
    """A number of ten digits whose last one checks the others."""
    while True:
        digits = [dice.randint(0, 9) for _ in range(9)]
        check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10 and len(set(digits)) > 1:
            return "".join(map(str, digits)) + str(check % 11)
