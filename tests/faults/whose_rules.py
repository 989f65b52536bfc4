"""Whose each concern must be: some order in which reports were read explains every adult and every question.

Nobody can tell from the logs which of two reports about one person was read first. So all reports that are connected
by what names their adults are told to the recount's rule in one order after the other, until one of them yields what
was stated: whose each concern is, who else that may be, and what the sender was told of its birth date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from deploy.recount.identities import Name
from deploy.recount.naming import Known, whose
from deploy.recount.people import together
from deploy.recount.texts import Policy

_STEPS_MOST = 50_000
"""How many reports are told at most, in all orders of one connected lot, before we say that none explains it."""


class Report(NamedTuple):
    """A report that must be a concern, and what was stated of its adult."""

    concern_id: str
    names: tuple[Name, ...]
    adult: Mapping[str, Any] | None
    policy: Policy
    adult_id: str
    asked: frozenset[str]
    exchanged: bool


def unexplained(reports: Iterable[Report]) -> list[str]:
    """A line for each lot of connected reports that no order explains; the reports as they would have been read."""
    reports = list(reports)
    found = []
    for lot in _connected(reports):
        if not _Orders().explain({}, lot):
            said = ", ".join(f"{one.concern_id} of {one.adult_id}" for one in lot)
            found.append(f"different: no order of reports explains whose they are: {said}")
    return found


def _connected(reports: list[Report]) -> list[tuple[Report, ...]]:
    pairs = ((f"concern {one.concern_id}", " ".join(name)) for one in reports for name in one.names)
    least = together(pairs)
    lots: dict[str, list[Report]] = {}
    for one in reports:
        name = f"concern {one.concern_id}"
        lots.setdefault(least.get(name, name), []).append(one)
    return [tuple(lot) for lot in lots.values()]


class _Orders:
    """One lot, and what of it was tried in vain."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._vain: set[tuple[frozenset[str], frozenset[Any]]] = set()
        self._steps = 0

    def explain(self, known: Known, left: tuple[Report, ...]) -> bool:
        """Whether the reports that are left can have been read in some order, after those that made this known."""
        if not left:
            return True
        state = frozenset(one.concern_id for one in left), frozenset(known.items())
        if state in self._vain:
            return False
        for place, one in enumerate(left):
            self._steps += 1
            if self._steps > _STEPS_MOST:
                return False
            told = whose(known, one.concern_id, list(one.names), one.adult, one.policy)
            if (told.adult_id, frozenset(told.asked), told.exchanged) != (one.adult_id, one.asked, one.exchanged):
                continue
            if self.explain({**known, **told.known}, (*left[:place], *left[place + 1 :])):
                return True
        self._vain.add(state)
        return False
