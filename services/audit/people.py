"""One person: the adults who were found to be one, as long as that stands (delivery rule 6).

A merge is a relation between adults and moves nothing. What is counted of a person is a function of the adults who are
that person, so that taking a merge back is exact.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from services.audit.cases import Adult, Case, adult_in

Person = Mapping[UUID, Adult]
"""The adults who are one person, in the order of their ids; the first, the lead, keeps what is the person's."""


def follows(case: Case) -> Iterable[UUID]:
    """The adults who are locked and decided on together with one."""
    return [merge.other for merge in case.merges] if isinstance(case, Adult) and case.merges else ()


def person_of(cases: Mapping[UUID, Case], adult_id: UUID) -> Person:
    """Everybody who is one person with this adult."""
    first = adult_in(cases, adult_id)
    found = {adult_id: first}
    if not first.merges:
        return found
    ahead = [first]
    while ahead:
        for other in follows(ahead.pop()):
            if other not in found:
                found[other] = adult_in(cases, other)
                ahead.append(found[other])
    return dict(sorted(found.items()))


def persons_of(cases: Mapping[UUID, Case], adults: Iterable[UUID]) -> list[Person]:
    """The persons these adults are, each once, in the order of their leads."""
    persons: list[Person] = []
    for adult_id in sorted(adults):
        if not any(adult_id in person for person in persons):
            persons.append(person_of(cases, adult_id))
    return persons


def lead_of(person: Person) -> UUID:
    """The least of the ids of a person's adults."""
    return next(iter(person))


def named(person: Person) -> tuple[UUID, ...]:
    """Whom a fact about the person names: nobody besides its adult where there is one only."""
    return tuple(person) if len(person) > 1 else ()
