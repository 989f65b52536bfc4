"""What a batch holds: events that wait for their case, and records parked because something is wrong (rule 9)."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from shared.chassis.delivery.records.wire import Arrival, Unread


class Held(NamedTuple):
    """An event that waits for its case, or a record parked because something is wrong with it.

    `id` is its row in the database, or None while it has none; `turn` is then its place in this batch. `was` is where
    its row says it waits, and what for.
    """

    found: Arrival | Unread
    case: UUID | None
    reason: str
    id: int | None = None
    turn: int = 0
    was: tuple[UUID, str] | None = None

    @property
    def age(self) -> tuple[bool, int]:
        """Its place in the order in which events came: what has a row came before what has none."""
        return self.id is None, self.turn if self.id is None else self.id


_by_age = attrgetter("age")
NOBODY = (False, -1)
"""Older than whatever is held."""


class Holding:
    """What waits at which case, the oldest first; what is parked; and what became of the rows that were there."""

    def __init__(self, waiting: Mapping[UUID, Iterable[Held]], blocked: Collection[tuple[str, bytes]]) -> None:
        """Begin with what waits at the cases that were seen; `blocked` are the topics and keys of parked records."""
        self._waiting = {case: list(rows) for case, rows in waiting.items()}
        self._parked: list[Held] = []
        self._blocked: set[tuple[str, bytes | None]] = set(blocked)
        self._blocked_before = set(self._blocked)
        self._released: list[Held] = []
        self._turns = count()
        self.waiting: Mapping[UUID, Sequence[Held]] = self._waiting
        self.parked: Sequence[Held] = self._parked

    def blocks(self, found: Arrival | Unread) -> bool:
        """Whether a record has to queue behind one that is parked."""
        return bool(self._blocked) and (found.topic, found.record.key) in self._blocked

    def park(self, found: Arrival | Unread, reason: str) -> None:
        """Keep a record of ours until somebody has looked; what follows under its key queues behind it."""
        self._parked.append(Held(found, None, reason))
        if (key := found.record.key) is not None:
            self._blocked.add((found.topic, key))

    def new(self, found: Arrival, case: UUID, reason: str) -> Held:
        """An event that has to wait, and came after all that does."""
        return Held(found, case, reason, turn=next(self._turns))

    def put(self, held: Held, case: UUID) -> None:
        """Have it wait at this case."""
        insort(self._waiting.setdefault(case, []), held, key=_by_age)

    def release(self, held: Held) -> None:
        """It waits no longer."""
        if held.id is not None:
            self._released.append(held)

    def take_oldest(self, tried: dict[UUID, tuple[bool, int]]) -> Held | None:
        """Take out the oldest that waits for one of these cases and has not been tried: each as far as it says."""
        if not self._waiting:
            return None
        next_of: dict[UUID, Held] = {}
        for case, age in list(tried.items()):
            rows = self._waiting.get(case, [])
            place = bisect_right(rows, age, key=_by_age)
            if place < len(rows):
                next_of[case] = rows[place]
            else:
                del tried[case]
        if not next_of:
            return None
        case, held = min(next_of.items(), key=lambda one: one[1].age)
        rows = self._waiting[case]
        del rows[bisect_left(rows, held.age, key=_by_age)]
        if not rows:
            del self._waiting[case]
        tried[case] = held.age
        return held

    @property
    def _stirred(self) -> list[Held]:
        """What waits where no row says so, or for something else than its row says."""
        return [held for rows in self._waiting.values() for held in rows if (held.case, held.reason) != held.was]

    @property
    def unwritten(self) -> list[Held]:
        """What has no row yet: what waits, in the order in which it came and is to be released, and what is parked."""
        return [*sorted((held for held in self._stirred if held.id is None), key=_by_age), *self._parked]

    @property
    def moved(self) -> list[Held]:
        """What has a row that no longer says where it waits, or what for."""
        return [held for held in self._stirred if held.id is not None]

    @property
    def released(self) -> list[int]:
        """The rows of what waits no longer."""
        return [held.id for held in self._released if held.id is not None]

    @property
    def touched(self) -> set[UUID]:
        """The cases that receive or lose something that waits, or keep it for another reason."""
        there = {held.case for held in self._stirred if held.case is not None}
        return there | {held.was[0] for held in (*self._stirred, *self._released) if held.was is not None}

    @property
    def is_touched(self) -> bool:
        """Whether anything was held, moved or let go."""
        return bool(self._stirred or self._parked or self._released)

    @property
    def queued_behind(self) -> set[tuple[str, bytes | None]]:
        """Of the parked records that were seen, the topics and keys that have kept something from being decided."""
        return self._blocked_before & {(held.found.topic, held.found.record.key) for held in self._parked}
