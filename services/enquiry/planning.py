"""An enquiry is planned with those concerned, in a meeting or a discussion, once or several times (form_sg3).

Domain sections 1.5 and 5.3. Planning before the enquiry started is gathering information under section 42(1) of
the Care Act 2014, and is accepted.
"""

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Planning
from services.enquiry.findings_noted import NOTHING_NEW, closed_to_findings, fingerprint, note
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import NOT_OPENED, about, declared, from_the_future
from shared.contracts.doors import PlanningHeld
from shared.contracts.enquiry import PlanningNoted
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

_ID_USED: Refused = refused(
    "planning_id_used",
    "Other planning was recorded under this planning id. A different meeting or discussion is accepted under its own.",
    "planning_id",
)


def plan_together(
    enquiry: Enquiry | None, event: PlanningHeld, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The planning that was held, beside whatever was held before or after it."""
    if reasons := tuple(from_the_future(event.held_at, "held_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    record = declared(event)
    held = Planning(record.planning_id, record.held_at, record.meeting, fingerprint(record))
    for other in enquiry.findings.planning:
        if other.planning_id == held.planning_id:
            return NOTHING_NEW if other == held else _ID_USED
    if closed := closed_to_findings(enquiry):
        return closed
    every = sorted((*enquiry.findings.planning, held), key=lambda one: (one.held_at, one.planning_id))
    findings = replace(enquiry.findings, planning=tuple(every))
    return note(enquiry, findings, PlanningNoted(**about(enquiry), record=record))
