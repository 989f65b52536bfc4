"""What is open of an adult, by its id and by when it next comes up."""

from bisect import bisect_left, insort
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.audit.cases import Open
from services.audit.lookup import ById, Lookup
from shared.kernel.event import Due

DRIFT, TARGET = "drift", "decision-target"


class Turn(NamedTuple):
    """When something open comes up, and as what; what comes up together is one timer."""

    at: datetime
    name: str
    turn: str


def turns_of(item: Open) -> list[Turn]:
    """What something open still waits for the clock to reach."""
    waits = ((DRIFT, item.next_flag), (TARGET, item.target))
    return [Turn(at, name, item.turn) for name, at in waits if at is not None]


class Watched(ById[Open]):
    """What is open, and when each comes up, soonest first."""

    def __init__(self, id_of: Callable[[Open], Any]) -> None:
        """Nothing yet."""
        super().__init__(id_of)
        self.turns: list[tuple[Turn, UUID]] = []

    def add(self, item: Open) -> None:
        """One more."""
        super().add(item)
        for turn in turns_of(item):
            insort(self.turns, (turn, item.open_id))

    def drop(self, item: Open) -> None:
        """One less."""
        super().drop(item)
        for turn in turns_of(item):
            del self.turns[bisect_left(self.turns, (turn, item.open_id))]


_BY_START = attrgetter("started_at", "open_id")
OPEN: Lookup[Open, Watched] = Lookup(attrgetter("open_id"), _BY_START, Watched)


def first_turn(still_open: tuple[Open, ...]) -> Turn | None:
    """What comes up first."""
    if OPEN.few(still_open):
        return min((turn for item in still_open for turn in turns_of(item)), default=None)
    turns = OPEN.index(still_open).turns
    return turns[0][0] if turns else None


def come_up(still_open: tuple[Open, ...], due: Due) -> list[Open]:
    """What a timer is about, in order of its start: all that comes up at its instant, as the same, in the same turn."""
    wanted = Turn(due.at, due.name, due.turn)
    if OPEN.few(still_open):
        return [item for item in still_open if wanted in turns_of(item)]
    index = OPEN.index(still_open)
    found = []
    for turn, open_id in index.turns[bisect_left(index.turns, (wanted,)) :]:
        if turn != wanted:
            break
        found.append(index.by_id[open_id])
    return sorted(found, key=_BY_START)
