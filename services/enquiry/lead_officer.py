"""The lead enquiry officer and their team: of several assignments the latest stands (form_sg4)."""

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Assignment, in_order
from services.enquiry.records import Answer, Taken, gone_on
from shared.contracts.doors import LeadOfficerAssigned


def assign(enquiry: Enquiry, record: LeadOfficerAssigned, _: Taken) -> Answer:
    """The enquiry has a lead enquiry officer. Whoever triaged may have named one before it started."""
    return gone_on(enquiry, assignments=in_order((*enquiry.course.assignments, _assignment(record))))


def assigned_before(enquiry: Enquiry, record: LeadOfficerAssigned) -> bool:
    """Whether it was said before."""
    return _assignment(record) in enquiry.course.assignments


def _assignment(record: LeadOfficerAssigned) -> Assignment:
    return Assignment(at=record.assigned_at, officer=record.officer, team=record.team, by=record.assigned_by)
