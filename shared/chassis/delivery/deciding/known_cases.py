"""What a batch knows of the cases it is about: their states, when each was last recorded, what changed."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from operator import attrgetter
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.delivery.records.wire import Arrival
from shared.chassis.due import StrayDecisionError
from shared.chassis.service import Service
from shared.contracts import DOORS
from shared.kernel.event import Metadata

S = TypeVar("S", bound=msgspec.Struct)
Row = tuple[UUID, datetime | None, datetime | None, S | None]
"""A case as it is to be written: when it was last recorded, when its next timer is due, and its state."""

number = attrgetter("int")
"""A UUID compares in Python, its number in C, and in the same order."""


class FurtherCasesError(Exception):
    """A decision asks for a case nobody looked for, since it follows one born in this batch: look, decide again."""

    def __init__(self, key: UUID) -> None:
        """Keep which."""
        super().__init__(key)
        self.further = frozenset((key,))


class FurtherIdentitiesError(Exception):
    """What came under another's identity is known by its body too, and nobody asked the inbox for that: look again."""


class Taken(dict[str, bytes]):
    """The identities that the inbox has, of those it was asked for, with the hashes of their bodies."""

    def __init__(self) -> None:
        """Nothing was asked for."""
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, identity: str) -> bytes:
        """Raise FurtherIdentitiesError for one that was never asked for, KeyError for one that the inbox has not."""
        if identity not in self.asked:
            raise FurtherIdentitiesError
        raise KeyError(identity)


class States(dict[UUID, S]):
    """The states of cases. `states[key]`, unlike `get`, tells what does not exist from what nobody looked for."""

    def __init__(self, known: Mapping[UUID, S], looked_for: Iterable[UUID]) -> None:
        """These were looked for, of which some exist."""
        super().__init__(known)
        self.looked_for = set(looked_for)

    def __missing__(self, key: UUID) -> S:
        """Raise FurtherCasesError for a case that was never looked for, KeyError for one that does not exist."""
        if key not in self.looked_for:
            raise FurtherCasesError(key)
        raise KeyError(key)


class KnownCases(Generic[S]):
    """The cases that were seen, as they are after every decision so far."""

    def __init__(
        self,
        service: Service[S],
        states: dict[UUID, S],
        recorded: Mapping[UUID, datetime],
        due: Mapping[UUID, datetime | None],
        *,
        clamp: bool,
    ) -> None:
        """Begin with these; without `clamp` an event's time is what it says, whatever its case has seen."""
        self.states: Mapping[UUID, S] = states
        self._states, self._recorded, self._due = states, dict(recorded), dict(due)
        self._changed: set[UUID] = set()
        self._service, self._clamp = service, clamp

    def check(self, changed: AbstractSet[UUID], keys: tuple[UUID, ...]) -> None:
        """Raise StrayDecisionError where a case was changed that is neither an event's own nor follows one that is."""
        if not changed <= set(keys) and not changed <= self.with_followers(keys):
            raise StrayDecisionError

    def with_followers(self, keys: Iterable[UUID]) -> set[UUID]:
        """These cases, those that they follow, and so on, as far as they are known."""
        found, follows = set(keys), self._service.follows
        ahead = list(found) if follows is not None else []
        while ahead:
            state = self._states.get(ahead.pop())
            further = set(follows(state)) - found if follows is not None and state is not None else set()
            found |= further
            ahead.extend(further)
        return found

    def is_due(self, key: UUID, until: datetime) -> bool:
        """Whether a timer of this case fell due by then."""
        due = self._due.get(key)
        return due is not None and due <= until

    def fires_before(self, found: Arrival) -> tuple[datetime, UUID] | None:
        """When the first of the timers that fire before an event fell due, and whose it is."""
        first: tuple[datetime, UUID] | None = None
        for key in found.keys:
            at = self._due.get(key)
            if at is not None and at <= self._not_before(found, key) and (first is None or (at, key) < first):
                first = at, key
        return first

    def _not_before(self, found: Arrival, case: UUID) -> datetime:
        """Until when a case's timers fire before an event: log times step back between leaders, a case's order not."""
        recorded, last = found.meta.recorded, self._recorded.get(case)
        return last if self._clamp and last is not None and found.topic in DOORS and recorded < last else recorded

    def due_in(self, cases: Mapping[UUID, S]) -> dict[UUID, datetime | None]:
        """When each of these states next has a timer due. Raises where the service breaks, with nothing changed."""
        found: dict[UUID, datetime | None] = {}
        for key, state in cases.items():
            if not isinstance(state, msgspec.Struct):
                raise TypeError(type(state).__name__)
            first = self._service.first_due(state)
            if first is not None and first.at.tzinfo is None:
                raise ValueError(first.name)
            found[key] = None if first is None else first.at
        return found

    def adopt(self, cases: Mapping[UUID, S], due: Mapping[UUID, datetime | None], meta: Metadata) -> None:
        """Keep what was decided, as of when the event was recorded or the case last was, whichever is later."""
        recorded = meta.recorded
        for key in cases:
            last = self._recorded.get(key)
            self._recorded[key] = recorded if last is None or last < recorded else last
        self.remember(cases, due)

    def remember(self, cases: Mapping[UUID, S], due: Mapping[UUID, datetime | None]) -> None:
        """Keep that something waits; the case's own time stands still, or what waits would be recorded later."""
        self._states.update(cases)
        self._due.update(due)
        self._changed.update(cases)

    def turn_over(self) -> set[UUID]:
        """Those that have changed; from now on they count as unchanged."""
        changed, self._changed = self._changed, set()
        return changed

    def changed_before(self, keys: Iterable[UUID]) -> None:
        """These have changed too, though their turn is over."""
        self._changed.update(keys)

    def rows(self, others: Iterable[UUID]) -> list[Row[S]]:
        """Every case that has changed, and these, as they are now, in one order."""
        return self.rows_of(self._changed.union(others))

    def rows_of(self, cases: Iterable[UUID]) -> list[Row[S]]:
        """These cases as they are now, in one order."""
        keys = sorted(cases, key=number)
        return [(key, self._recorded.get(key), self._due.get(key), self._states.get(key)) for key in keys]
