"""Finds one among an adult's many, so that the thousandth concern costs no more than the tenth (delivery rule 15).

What is kept of an adult are tuples in an order of their own. What was found out about a long one is remembered beside
it, and goes on to the tuple that follows from it; whoever asks about another has it found out anew. So it speeds up
what is decided, and never changes it. It is remembered in memory, thread by thread, for the last few adults alone.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import local
from typing import Any, Generic, TypeVar

_FEW = 96
"""So many are looked through more quickly than an index is made."""
_REMEMBERED = 64

T = TypeVar("T")
K = TypeVar("K")
X = TypeVar("X", bound="ById[Any]")
Key = tuple[tuple[Any, ...], ...]


class Remembered(Generic[K]):
    """What was worked out about some tuples, known again by the very tuples it was worked out from."""

    def __init__(self, work_out: Callable[..., K]) -> None:
        """Remember nothing yet."""
        self._work_out = work_out
        self._kept = local()

    def of(self, *about: tuple[Any, ...]) -> K:
        """What is known about these tuples."""
        known = self._known()
        name = tuple(map(id, about))
        if (kept := known.get(name)) is not None:
            known.move_to_end(name)
            return kept[1]
        found = self._work_out(*about)
        self.keep(found, *about)
        return found

    def taken(self, *about: tuple[Any, ...]) -> K:
        """The same, to be brought up to what follows; forgotten first, for who changes it may be interrupted."""
        found = self.of(*about)
        del self._known()[tuple(map(id, about))]
        return found

    def holds_for(self, before: Key, after: Key) -> None:
        """What is known about some tuples, if anything is, goes on to be known about these alone."""
        known = self._known().pop(tuple(map(id, before)), None)
        if known is not None:
            self.keep(known[1], *after)

    def keep(self, found: K, *about: tuple[Any, ...]) -> None:
        """Remember what has been brought up to these tuples."""
        known = self._known()
        known[tuple(map(id, about))] = about, found  # the tuples too: while they are kept nothing else has their ids
        while len(known) > _REMEMBERED:
            known.popitem(last=False)

    def _known(self) -> OrderedDict[Hashable, tuple[Key, K]]:
        if not hasattr(self._kept, "known"):
            self._kept.known = OrderedDict()
        known: OrderedDict[Hashable, tuple[Key, K]] = self._kept.known
        return known


class ById(Generic[T]):
    """The members of a tuple by their ids."""

    def __init__(self, id_of: Callable[[T], Any]) -> None:
        """Of none yet."""
        self._id_of = id_of
        self.by_id: dict[Any, T] = {}

    def add(self, member: T) -> None:
        """One more."""
        self.by_id[self._id_of(member)] = member

    def drop(self, member: T) -> None:
        """One less."""
        del self.by_id[self._id_of(member)]


class Lookup(Generic[T, X]):
    """Finds, adds, replaces and drops members of tuples that are in an order of their own."""

    def __init__(self, id_of: Callable[[T], Any], order: Callable[[T], Any], index: Callable[..., X]) -> None:
        """Say how members are named and ordered, and what is to be known of many."""
        self._id_of = id_of
        self._order = order
        self._new = index
        self._indexes: Remembered[X] = Remembered(self._made)

    def find(self, members: tuple[T, ...], wanted: object) -> T | None:
        """The member of that id."""
        if self.few(members):
            return next((member for member in members if self._id_of(member) == wanted), None)
        found: T | None = self.index(members).by_id.get(wanted)
        return found

    def few(self, members: tuple[T, ...]) -> bool:
        """Whether there are so few that an index is not worth it."""
        return len(members) < _FEW

    def index(self, members: tuple[T, ...]) -> X:
        """What is known of many."""
        return self._indexes.of(members)

    def added(self, members: tuple[T, ...], member: T) -> tuple[T, ...]:
        """With one more, in its place."""
        place = bisect_left(members, self._order(member), key=self._order)
        return self._went_on(members, (*members[:place], member, *members[place:]), None, member)

    def replaced(self, members: tuple[T, ...], member: T, by: T) -> tuple[T, ...]:
        """With another in the place of one."""
        place = bisect_left(members, self._order(member), key=self._order)
        return self._went_on(members, (*members[:place], by, *members[place + 1 :]), member, by)

    def dropped(self, members: tuple[T, ...], member: T) -> tuple[T, ...]:
        """Without one."""
        place = bisect_left(members, self._order(member), key=self._order)
        return self._went_on(members, (*members[:place], *members[place + 1 :]), member, None)

    def changed(self, members: tuple[T, ...], changes: Sequence[tuple[T, T | None]]) -> tuple[T, ...]:
        """With others in the place of some, and without those that have none."""
        if len(changes) >= _FEW:
            by = {self._id_of(member): other for member, other in changes}
            them = ((by[named] if (named := self._id_of(member)) in by else member) for member in members)
            return tuple(member for member in them if member is not None)
        for member, other in changes:
            members = self.dropped(members, member) if other is None else self.replaced(members, member, other)
        return members

    def _went_on(self, before: tuple[T, ...], after: tuple[T, ...], old: T | None, new: T | None) -> tuple[T, ...]:
        if not self.few(before):
            index = self._indexes.taken(before)
            if old is not None:
                index.drop(old)
            if new is not None:
                index.add(new)
            self._indexes.keep(index, after)
        return after

    def _made(self, members: tuple[T, ...]) -> X:
        index = self._new(self._id_of)
        for member in members:
            index.add(member)
        return index
