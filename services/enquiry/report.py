"""The lead enquiry officer reports: the four answers an enquiry ends with (form_sg4, domain section 1.5).

Whether the adult has needs for care and support, experiences or is at risk of abuse or neglect, is unable to
protect themselves, and whether anything more is to be done; not knowing is an answer.
"""

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Report
from services.enquiry.findings_noted import NOTHING_NEW, closed_to_findings, fingerprint, note
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import NOT_OPENED, about, declared, from_the_future
from shared.contracts.doors import LeadOfficerReported
from shared.contracts.enquiry import ReportNoted
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

_ID_USED: Refused = refused(
    "report_id_used",
    "Another report was recorded under this report id. A different one is accepted under its own.",
    "report_id",
)


def take_report(
    enquiry: Enquiry | None, event: LeadOfficerReported, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The report, beside earlier and later ones: a report is never changed under its id."""
    if reasons := tuple(from_the_future(event.reported_at, "reported_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    record = declared(event)
    report = Report(record.report_id, record.reported_at, record.reported_by, fingerprint(record))
    for other in enquiry.findings.reports:
        if other.report_id == report.report_id:
            return NOTHING_NEW if other == report else _ID_USED
    if closed := closed_to_findings(enquiry):
        return closed
    every = sorted((*enquiry.findings.reports, report), key=lambda one: (one.reported_at, one.report_id))
    findings = replace(enquiry.findings, reports=tuple(every))
    return note(enquiry, findings, ReportNoted(**about(enquiry), record=record))
