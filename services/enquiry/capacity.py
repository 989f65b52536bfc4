"""Capacity is found for one decision at one time, and is never a property of the person.

Mental Capacity Act 2005, sections 1 to 3; domain section 1.6; design section 4, rules 8 and 11. Of one matter the
latest assessment stands. Not knowing is never "has capacity": the return has an answer of its own for it (SG3a).
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import CapacityFound
from services.enquiry.findings_noted import NOTHING_NEW, closed_to_findings, note
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import NOT_OPENED, about, declared, from_the_future
from shared.contracts.doors import Capacity, CapacityAssessed
from shared.contracts.enquiry import CapacityNoted
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

_ID_USED: Refused = refused(
    "capacity_id_used",
    "Another assessment was recorded under this capacity id. A different one is accepted under its own.",
    "capacity_id",
)


def assess_capacity(
    enquiry: Enquiry | None, event: CapacityAssessed, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """What was found of one matter at one time, beside what was found of it before and after."""
    if reasons := tuple(from_the_future(event.assessed_at, "assessed_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    record = declared(event)
    found = CapacityFound(
        capacity_id=record.capacity_id,
        matter=record.matter,
        capacity=record.capacity,
        assessed_by=record.assessed_by,
        assessed_at=record.assessed_at,
    )
    for other in enquiry.findings.capacity:
        if other.capacity_id == found.capacity_id:
            return NOTHING_NEW if other == found else _ID_USED
    if closed := closed_to_findings(enquiry):
        return closed
    every = sorted((*enquiry.findings.capacity, found), key=lambda one: (one.assessed_at, one.capacity_id))
    findings = replace(enquiry.findings, capacity=tuple(every))
    return note(enquiry, findings, CapacityNoted(**about(enquiry), record=record))


def standing(found: Iterable[CapacityFound]) -> Mapping[str, Capacity]:
    """Of each matter what its latest assessment found; of two at one instant, that of the greater id."""
    in_order = sorted(found, key=lambda one: (one.assessed_at, one.capacity_id))
    return {one.matter: one.capacity for one in in_order}


def capacity_for_the_return(found: Iterable[CapacityFound]) -> Capacity | None:
    """The one answer the national return asks for each enquiry (SG3a); None where nothing was recorded.

    The adult lacked capacity if they could not make one of the decisions; else they had it if they could make
    one; else it was looked at and is not determined, or it is not known.
    """
    answers = set(standing(found).values())
    first = (Capacity.LACKS, Capacity.HAS, Capacity.NOT_DETERMINED, Capacity.NOT_KNOWN)
    return next((answer for answer in first if answer in answers), None)


def lacked_capacity_for(found: Iterable[CapacityFound]) -> tuple[str, ...]:
    """The matters the adult could not decide, as it stands."""
    return tuple(sorted(matter for matter, capacity in standing(found).items() if capacity is Capacity.LACKS))
