"""Separate concerns: those that report one incident count once, at the earliest receipt (delivery rule 7).

That one concern duplicates another is symmetric and carries on: if B repeats A and C repeats B, all three are
one incident, whichever of them was marked, and whichever way round. A concern that has not been received, is
withdrawn, or is about somebody else, connects nothing.
"""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from services.audit.cases import BY_RECEIPT, Adult, Concern, SameIncident
from shared.kernel.civil import london_day


class Incident(NamedTuple):
    """A separate incident: its earliest concern, the civil day that was received, and every concern of it."""

    first: Concern
    day: date
    concerns: tuple[UUID, ...]


def incidents_among(adults: Collection[Adult]) -> list[Incident]:
    """The separate incidents of adults who are one person, in order of receipt; the withdrawn count nowhere."""
    return separate_incidents(
        concerns_of(adults),
        tuple(chain.from_iterable(adult.linked for adult in adults)),
        tuple(chain.from_iterable(adult.triaged for adult in adults)),
    )


def concerns_of(adults: Iterable[Adult]) -> tuple[Concern, ...]:
    """Every concern about adults who are one person, in order of receipt."""
    found = tuple(chain.from_iterable(adult.concerns for adult in adults))
    return found if len(found) <= 1 else tuple(sorted(found, key=BY_RECEIPT))


def separate_incidents(
    concerns: tuple[Concern, ...], linked: tuple[SameIncident, ...], triaged: tuple[SameIncident, ...]
) -> list[Incident]:
    """The incidents behind concerns that are in order of receipt, in the same order; the withdrawn count nowhere."""
    if any(concern.withdrawn for concern in concerns):
        concerns = tuple(concern for concern in concerns if not concern.withdrawn)
    if not linked and not triaged:
        return [Incident(concern, london_day(concern.received_at), (concern.concern_id,)) for concern in concerns]
    members: list[list[Concern]] = [[] for _ in concerns]
    for concern, first in zip(concerns, _firsts(concerns, chain(linked, triaged)), strict=True):
        members[first].append(concern)
    return [Incident(of[0], london_day(of[0].received_at), tuple(one.concern_id for one in of)) for of in members if of]


def _firsts(concerns: tuple[Concern, ...], pairs: Iterable[SameIncident]) -> list[int]:
    """For each concern the position of its incident's first: a union of sets in which the earliest leads."""
    position = {concern.concern_id: index for index, concern in enumerate(concerns)}
    leader = list(range(len(concerns)))

    def first_of(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for pair in pairs:
        one, other = position.get(pair.concern_id), position.get(pair.duplicate_of)
        if one is None or other is None:
            continue
        earlier, later = sorted((first_of(one), first_of(other)))
        leader[later] = earlier
    return [first_of(index) for index in range(len(concerns))]
