"""Separate incidents: concerns about one person that report the same count once, as the first of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from deploy.recount.civil import day
from deploy.recount.pass_through import Told
from deploy.recount.records import Concern


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
    """Every incident of concerns that count, in the order of their first: who is reached by links is of one."""
    person = {each.concern_id: told.records.people.of(each.adult_id) for each in told.records.concerns.values()}
    counting = sorted((one for one in told.records.concerns.values() if not one.withdrawn), key=lambda one: one.order)
    known = {one.concern_id: one for one in counting}
    near: dict[str, set[str]] = defaultdict(set)
    for one, other in _one_incident(told):
        if one in known and other in known and person[one] == person[other]:
            near[one].add(other)
            near[other].add(one)
    found, seen = [], set()
    for concern in counting:
        if concern.concern_id not in seen:
            reached = _reached(concern.concern_id, near)
            seen |= reached
            of = sorted((known[one] for one in reached), key=lambda one: one.order)
            found.append(Incident(person[concern.concern_id], of))
    return found


def _one_incident(told: Told) -> Iterable[tuple[str, str]]:
    """The pairs that intake linked, and those that a decision in force calls duplicates."""
    for pair, (_, linked) in told.records.pairs.items():
        if linked:
            one, other = pair
            yield one, other
    for concern_id, concern in told.triage.of.items():
        if concern.in_force is not None and concern.in_force["decision"] == "duplicate":
            yield concern_id, concern.in_force["duplicate_of"]


def _reached(start: str, near: dict[str, set[str]]) -> set[str]:
    reached, ahead = {start}, [start]
    while ahead:
        further = near.get(ahead.pop(), set()) - reached
        reached |= further
        ahead += further
    return reached
