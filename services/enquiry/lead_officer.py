"""The lead enquiry officer and their team: of several assignments the latest stands (form_sg4)."""

from datetime import UTC

from services.enquiry.cases import Case, Enquiry
from services.enquiry.course_cases import Assignment, in_order
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import CONCLUDED, NOT_OPENED, about, declared, from_the_future, noted
from shared.contracts.doors import LeadOfficerAssigned
from shared.contracts.enquiry import EnquiryAssigned
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Metadata


def assign(
    enquiry: Enquiry | None, event: LeadOfficerAssigned, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The enquiry has a lead enquiry officer. Whoever triaged may have named one before it started."""
    if reasons := tuple(from_the_future(event.assigned_at, "assigned_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    assignment = Assignment(
        at=event.assigned_at.astimezone(UTC),
        officer=event.officer,
        team=event.team,
        by=event.assigned_by,
    )
    if assignment in enquiry.course.assignments:
        return Decision({})
    if enquiry.concluded is not None:
        return CONCLUDED
    assignments = in_order((*enquiry.course.assignments, assignment))
    return noted(enquiry, EnquiryAssigned(**about(enquiry), record=declared(event)), assignments=assignments)
