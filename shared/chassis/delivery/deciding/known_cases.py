"""What a batch knows of the cases it is about: their states, when each was last recorded, what changed."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.due import StrayDecisionError
from shared.chassis.service import Service
from shared.kernel.event import Metadata

S = TypeVar("S", bound=msgspec.Struct)


class FurtherCasesError(Exception):
    """A decision asks for a case nobody looked for, since it follows one born in this batch: look, decide again."""

    def __init__(self, key: UUID) -> None:
        """Keep which."""
        super().__init__(key)
        self.further = frozenset((key,))


class States(dict[UUID, S]):
    """The states of cases. `states[key]`, unlike `get`, tells what does not exist from what nobody looked for."""

    def __init__(self, known: Mapping[UUID, S] | None = None, looked_for: Iterable[UUID] = ()) -> None:
        """Nothing was looked for, or these, of which some exist."""
        super().__init__(known or {})
        self.looked_for = set(looked_for)

    def __missing__(self, key: UUID) -> S:
        """Raise FurtherCasesError for a case that was never looked for, KeyError for one that does not exist."""
        if key not in self.looked_for:
            raise FurtherCasesError(key)
        raise KeyError(key)


@dataclass(kw_only=True)
class KnownCases(Generic[S]):
    """The cases that were seen, as they are after every decision so far."""

    service: Service[S]
    states: dict[UUID, S] = field(default_factory=States)
    recorded: dict[UUID, datetime] = field(default_factory=dict)
    due: dict[UUID, datetime | None] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)

    def check(self, changed: AbstractSet[UUID], keys: tuple[UUID, ...]) -> None:
        """Raise StrayDecisionError where a case was changed that is neither an event's own nor follows one that is."""
        if not changed <= set(keys) and not changed <= self.with_followers(keys):
            raise StrayDecisionError

    def with_followers(self, keys: Iterable[UUID]) -> set[UUID]:
        """These cases, those that they follow, and so on, as far as they are known."""
        found, follows = set(keys), self.service.follows
        ahead = list(found) if follows is not None else []
        while ahead:
            state = self.states.get(ahead.pop())
            further = set(follows(state)) - found if follows is not None and state is not None else set()
            found |= further
            ahead.extend(further)
        return found

    def due_in(self, cases: Mapping[UUID, S]) -> dict[UUID, datetime | None]:
        """When each of these states next has a timer due. Raises where the service breaks, with nothing changed."""
        found: dict[UUID, datetime | None] = {}
        for key, state in cases.items():
            if not isinstance(state, msgspec.Struct):
                raise TypeError(type(state).__name__)
            first = self.service.first_due(state)
            if first is not None and first.at.tzinfo is None:
                raise ValueError(first.name)
            found[key] = None if first is None else first.at
        return found

    def adopt(self, cases: Mapping[UUID, S], due: Mapping[UUID, datetime | None], meta: Metadata) -> None:
        """Keep what was decided, as of when the event was recorded or the case last was, whichever is later."""
        recorded = meta.recorded
        for key in cases:
            last = self.recorded.get(key)
            self.recorded[key] = recorded if last is None or last < recorded else last
        self.remember(cases, due)

    def remember(self, cases: Mapping[UUID, S], due: Mapping[UUID, datetime | None]) -> None:
        """Keep that something waits; the case's own time stands still, or what waits would be recorded later."""
        self.states.update(cases)
        self.due.update(due)
        self.changed.update(cases)
