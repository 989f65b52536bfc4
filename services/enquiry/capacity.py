"""Capacity is found for one decision at one time, and is never a property of the person.

Mental Capacity Act 2005, sections 1 to 3; domain section 1.6; design section 4, rules 8 and 11. Of one matter the
latest assessment stands. Not knowing is never "has capacity": the return has an answer of its own for it (SG3a).
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import CapacityFound
from services.enquiry.records import Answer, Taken, found, of_id, same_as
from shared.contracts.doors import Capacity, CapacityAssessed
from shared.kernel.decision import Refused, refused

_ID_USED: Refused = refused(
    "capacity_id_used",
    "Another assessment was recorded under this capacity id. A different one is accepted under its own.",
    "capacity_id",
)
_BY_TIME = attrgetter("assessed_at", "capacity_id")


def assess_capacity(enquiry: Enquiry, record: CapacityAssessed, _: Taken) -> Answer:
    """What was found of one matter at one time, beside what was found of it before and after."""
    every = (*enquiry.findings.capacity, _found(record))
    return found(enquiry, capacity=tuple(sorted(every, key=_BY_TIME)))


def assessed_before(enquiry: Enquiry, record: CapacityAssessed) -> bool | Refused:
    """Whether this assessment was recorded before."""
    return same_as(of_id(enquiry.findings.capacity, "capacity_id", record.capacity_id), _found(record), _ID_USED)


def _found(record: CapacityAssessed) -> CapacityFound:
    return CapacityFound(
        capacity_id=record.capacity_id,
        matter=record.matter,
        capacity=record.capacity,
        assessed_by=record.assessed_by,
        assessed_at=record.assessed_at,
    )


def standing(assessed: Iterable[CapacityFound]) -> Mapping[str, Capacity]:
    """Of each matter what its latest assessment found; of two at one instant, that of the greater id."""
    in_order = sorted(assessed, key=_BY_TIME)
    return {assessment.matter: assessment.capacity for assessment in in_order}


def capacity_for_the_return(assessed: Iterable[CapacityFound]) -> Capacity | None:
    """The one answer the national return asks for each enquiry (SG3a); None where nothing was recorded.

    The adult lacked capacity if they could not make one of the decisions; else they had it if they could make
    one; else it was looked at and is not determined, or it is not known.
    """
    answers = set(standing(assessed).values())
    first = (Capacity.LACKS, Capacity.HAS, Capacity.NOT_DETERMINED, Capacity.NOT_KNOWN)
    return next((answer for answer in first if answer in answers), None)


def lacked_capacity_for(assessed: Iterable[CapacityFound]) -> tuple[str, ...]:
    """The matters the adult could not decide, as it stands."""
    return tuple(sorted(matter for matter, capacity in standing(assessed).items() if capacity is Capacity.LACKS))
