"""Which fault comes next: by the dice, but those that a campaign must not end without have their turn in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of fault: how often it comes, compared with others, and how it is done."""

    weight: int
    do: Callable[[], Awaitable[None]]


@dataclass
class Agenda:
    """The kinds of a campaign. Each of `must` comes due once so many faults have been, unless it has happened then."""

    kinds: dict[str, Kind]
    must: dict[str, float]

    @classmethod
    def of(cls, kinds: dict[str, Kind], must: Iterable[str], faults: int, dice: random.Random) -> Agenda:
        """Each of `must` somewhere among so many faults."""
        return cls(kinds, {name: dice.uniform(0, faults) for name in must})

    def next(self, dice: random.Random, fired: Counter[str], *, pressed: bool) -> Kind:
        """What is due and has not happened yet, else whatever the dice say; all of it is due once time presses."""
        names = list(self.kinds)
        drawn = dice.choices(names, [self.kinds[name].weight for name in names])[0]
        so_far = fired.total()
        due = [name for name, place in self.must.items() if (place <= so_far or pressed) and not fired[name]]
        return self.kinds[min(due, key=lambda name: self.must[name]) if due else drawn]

    def missing(self, fired: Counter[str]) -> list[str]:
        """What has not happened yet and must."""
        return [name for name in self.must if not fired[name]]
