"""Separate incidents: concerns about one person that report the same count once, as the first of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from deploy.recount.civil import day, months_on
from deploy.recount.pass_through import Told
from deploy.recount.people import together
from deploy.recount.records import Concern

_MORE_THAN = 3
_MONTHS = 12


class Incident(NamedTuple):
    """The concerns of an incident, the first received first, and whose they are."""

    person: str
    concerns: list[Concern]

    @property
    def first(self) -> Concern:
        """The concern it counts as."""
        return self.concerns[0]

    @property
    def day(self) -> date:
        """When it was first received."""
        return day(self.first.received_at)


def incidents(told: Told) -> list[Incident]:
    """Every incident of concerns that count, in the order of their first."""
    concerns, person = told.records.concerns, told.records.people.of
    of = {one.concern_id: person(one.adult_id) for one in concerns.values() if not one.withdrawn}
    pairs = ((one, other) for one, other in _one_incident(told) if one in of and of[one] == of.get(other))
    return [
        Incident(of[each[0].concern_id], each) for each in of_pairs((concerns[concern_id] for concern_id in of), pairs)
    ]


def of_pairs(counting: Iterable[Concern], pairs: Iterable[tuple[str, str]]) -> list[list[Concern]]:
    """Concerns with all that pairs of them lead to, the first received first, and the groups in that order too."""
    known = {one.concern_id: one for one in counting}
    under = together((one, other) for one, other in pairs if one in known and other in known)
    groups: dict[str, list[Concern]] = defaultdict(list)
    for concern in sorted(known.values(), key=lambda one: one.order):
        groups[under.get(concern.concern_id, concern.concern_id)].append(concern)
    return list(groups.values())


def window(end: date, every: Iterable[Incident]) -> list[Incident]:
    """Those of a person's incidents that were received in the twelve months up to a day."""
    return [one for one in every if months_on(end, -_MONTHS) < one.day <= end]


def repeating(every: list[Incident]) -> list[Incident]:
    """Those of a person's incidents that are one too many in the twelve months up to their day."""
    if len(every) <= _MORE_THAN:
        return []
    return [one for one in every if len(window(one.day, every)) > _MORE_THAN]


def _one_incident(told: Told) -> Iterable[tuple[str, str]]:
    """The pairs that intake linked, and those that a decision in force calls duplicates."""
    for pair, (_, linked) in told.records.pairs.items():
        if linked:
            one, other = pair
            yield one, other
    for concern_id, concern in told.triage.of.items():
        if concern.in_force is not None and concern.in_force["decision"] == "duplicate":
            yield concern_id, concern.in_force["duplicate_of"]
