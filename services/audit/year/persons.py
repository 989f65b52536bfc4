"""Persons: an adult together with every adult who was found to be one with them (delivery rule 6).

Nothing moves when adults are merged, so a person is put together anew from all their adults each time anything is
counted, and an unmerge is exact. A merge is known to both its adults.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.audit.cases import Adult, Concern, Enquiry
from services.audit.incidents import incidents_among
from services.audit.policy import Lack

_BY_ID = attrgetter("adult_id")


class Reported(NamedTuple):
    """A separate incident: its first concern, the civil day that was received, and every concern of it."""

    first: Concern
    day: date
    concerns: tuple[UUID, ...]


class Person(NamedTuple):
    """A person, under the least of their adult ids: what counts of them, and what is known of their age.

    A withdrawn concern connects nothing and counts for nothing; a withdrawn enquiry counts as never started.
    Where the records of one person differ, the least adult id whose record says something is believed. They are
    `possibly_another` while nobody has said whether they are one with somebody of a greater id.
    """

    adult_id: UUID
    incidents: tuple[Reported, ...]
    enquiries: tuple[Enquiry, ...]
    born_by: int | None
    died_on: date | None
    age_at_death: int | None
    possibly_another: bool


def persons(adults: Iterable[Adult]) -> Iterator[Person]:
    """Every person there is among the adults, of whom only those are held at once who are one with another."""
    merged = []
    for adult in adults:
        if adult.merges:
            merged.append(adult)
        else:
            yield _person([adult])
    for group in _groups(merged):
        yield _person(sorted(group, key=_BY_ID))


def _groups(adults: list[Adult]) -> Iterable[list[Adult]]:
    """The connected components of the merges that stand; also through an adult of whom nothing else is known."""
    leader: dict[UUID, UUID] = {}

    def first_of(adult_id: UUID) -> UUID:
        while (above := leader.get(adult_id, adult_id)) != adult_id:
            leader[adult_id] = leader.get(above, above)
            adult_id = above
        return adult_id

    for adult in adults:
        for merge in adult.merges:
            least, other = sorted((first_of(adult.adult_id), first_of(merge.other)))
            leader[other] = least
    groups: dict[UUID, list[Adult]] = defaultdict(list)
    for adult in adults:
        groups[first_of(adult.adult_id)].append(adult)
    return groups.values()


def _person(adults: list[Adult]) -> Person:
    return Person(
        adult_id=adults[0].adult_id,
        incidents=tuple(_incidents(adults)),
        enquiries=tuple(enquiry for adult in adults for enquiry in adult.enquiries if not enquiry.withdrawn),
        born_by=_known([adult.born_by for adult in adults]),
        died_on=_known([adult.died_on for adult in adults]),
        age_at_death=_known([adult.age_at_death for adult in adults]),
        possibly_another=any(map(_is_in_doubt, adults)),
    )


def _is_in_doubt(adult: Adult) -> bool:
    return bool(adult.flags) and any(
        flag.flag == Lack.POSSIBLY_DUPLICATED_ADULT and not flag.aside for flag in adult.flags
    )


def _incidents(adults: list[Adult]) -> list[Reported]:
    by_id = {concern.concern_id: concern for adult in adults for concern in adult.concerns}
    return [Reported(by_id[first], day, concerns) for first, day, concerns in incidents_among(adults)]


def _known(said: Iterable[Any]) -> Any:
    """The first that is known."""
    for one in said:
        if one is not None:
            return one
    return None
