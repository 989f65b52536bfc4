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

from services.audit.cases import Adult, Enquiry
from services.audit.incidents import Incident, concerns_of, incidents_among, separate_incidents
from services.audit.policy import Lack

_BY_ID = attrgetter("adult_id")


class Person(NamedTuple):
    """A person, under the least of their adult ids: what counts of them, and what is known of their age.

    A withdrawn concern connects nothing and counts for nothing; a withdrawn enquiry counts as never started.
    Where the records of one person differ, the least adult id whose record says something is believed. They are
    `possibly_another` while nobody has said whether they are one with somebody of a greater id.
    """

    adult_id: UUID
    incidents: tuple[Incident, ...]
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
            yield _alone(adult)
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


def _alone(adult: Adult) -> Person:
    """Somebody of whom there is one record, as there is of nearly everybody."""
    return Person(
        adult.adult_id,
        tuple(separate_incidents(concerns_of((adult,)), adult.linked, adult.triaged)),
        _counting(adult.enquiries) if adult.enquiries else (),
        adult.born_by,
        adult.died_on,
        adult.age_at_death,
        bool(adult.flags) and _is_in_doubt(adult),
    )


def _person(adults: list[Adult]) -> Person:
    return Person(
        adult_id=adults[0].adult_id,
        incidents=tuple(incidents_among(adults)),
        enquiries=_counting(enquiry for adult in adults for enquiry in adult.enquiries),
        born_by=_known([adult.born_by for adult in adults]),
        died_on=_known([adult.died_on for adult in adults]),
        age_at_death=_known([adult.age_at_death for adult in adults]),
        possibly_another=any(map(_is_in_doubt, adults)),
    )


def _counting(enquiries: Iterable[Enquiry]) -> tuple[Enquiry, ...]:
    return tuple([enquiry for enquiry in enquiries if not enquiry.withdrawn])


def _is_in_doubt(adult: Adult) -> bool:
    return any(flag.flag == Lack.POSSIBLY_DUPLICATED_ADULT and not flag.aside for flag in adult.flags)


def _known(said: Iterable[Any]) -> Any:
    """The first that is known."""
    for one in said:
        if one is not None:
            return one
    return None
