"""What holds for every finding: it is taken while the enquiry is open, in our terms alone, and noted once.

Two records of one instant are settled by what they say, never by which came first, and one that is sent again
under another id of its event is the same record.
"""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Findings
from services.enquiry.records import CONCLUDED, WITHDRAWN
from shared.contracts.doors import EnquiryRecord
from shared.contracts.enquiry import EnquiryFact
from shared.kernel.decision import Decision, Refused
from shared.kernel.identity import derived


class Printed(Protocol):
    """Whatever is kept with a fingerprint of the record that said it."""

    @property
    def fingerprint(self) -> UUID: ...


NOTHING_NEW: Decision[Case] = Decision({})
"""The same record again."""


def closed_to_findings(enquiry: Enquiry) -> Refused | None:
    """Why nothing more can be recorded of the enquiry, if so."""
    if enquiry.withdrawn_at is not None:
        return WITHDRAWN
    return CONCLUDED if enquiry.concluded is not None else None


def fingerprint(record: EnquiryRecord) -> UUID:
    """The same for the same record as declared, whoever sends it and whether or not it names the concern as well."""
    return derived(record.type, record.model_dump_json(exclude={"concern_id"}))


def known(printed: UUID, among: Iterable[Printed]) -> bool:
    """Whether a record was noted before."""
    return any(printed == one.fingerprint for one in among)


def note(enquiry: Enquiry, findings: Findings, fact: EnquiryFact) -> Decision[Case]:
    """The enquiry with what was found, and the fact that states it."""
    return Decision({enquiry.enquiry_id: replace(enquiry, findings=findings)}, (fact,))
