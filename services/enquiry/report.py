"""The lead enquiry officer reports: the four answers an enquiry ends with (form_sg4, domain section 1.5).

Whether the adult has needs for care and support, experiences or is at risk of abuse or neglect, is unable to
protect themselves, and whether anything more is to be done; not knowing is an answer.
"""

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Report
from services.enquiry.findings_noted import fingerprint
from services.enquiry.records import Answer, Taken, found, of_id, same_as
from shared.contracts.doors import LeadOfficerReported
from shared.kernel.decision import Refused, refused

_ID_USED: Refused = refused(
    "report_id_used",
    "Another report was recorded under this report id. A different one is accepted under its own.",
    "report_id",
)


def take_report(enquiry: Enquiry, record: LeadOfficerReported, _: Taken) -> Answer:
    """The report, beside earlier and later ones: a report is never changed under its id."""
    every = sorted((*enquiry.findings.reports, _report(record)), key=lambda one: (one.reported_at, one.report_id))
    return found(enquiry, reports=tuple(every))


def reported_before(enquiry: Enquiry, record: LeadOfficerReported) -> bool | Refused:
    """Whether this report was recorded before."""
    return same_as(of_id(enquiry.findings.reports, "report_id", record.report_id), _report(record), _ID_USED)


def _report(record: LeadOfficerReported) -> Report:
    return Report(record.report_id, record.reported_at, record.reported_by, fingerprint(record))
