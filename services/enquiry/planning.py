"""An enquiry is planned with those concerned, in a meeting or a discussion, once or several times (form_sg3).

Domain sections 1.5 and 5.3. Planning before the enquiry started is gathering information under section 42(1) of
the Care Act 2014, and is accepted.
"""

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Planning
from services.enquiry.findings_noted import fingerprint
from services.enquiry.records import Answer, Taken, found, of_id, same_as
from shared.contracts.doors import PlanningHeld
from shared.kernel.decision import Refused, refused

_ID_USED: Refused = refused(
    "planning_id_used",
    "Other planning was recorded under this planning id. A different meeting or discussion is accepted under its own.",
    "planning_id",
)


def plan_together(enquiry: Enquiry, record: PlanningHeld, _: Taken) -> Answer:
    """The planning that was held, beside whatever was held before or after it."""
    every = sorted((*enquiry.findings.planning, _held(record)), key=lambda one: (one.held_at, one.planning_id))
    return found(enquiry, planning=tuple(every))


def planned_before(enquiry: Enquiry, record: PlanningHeld) -> bool | Refused:
    """Whether this planning was recorded before."""
    known = of_id(enquiry.findings.planning, "planning_id", record.planning_id)
    return same_as(known, _held(record), _ID_USED)


def _held(record: PlanningHeld) -> Planning:
    return Planning(record.planning_id, record.held_at, record.meeting, fingerprint(record))
