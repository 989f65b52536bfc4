"""What holds for every finding: it is taken while the enquiry is open, in our terms alone, and noted once.

Two records of one instant are settled by what they say, never by which came first, and one that is sent again
under another id of its event is the same record.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.findings_cases import Findings
from services.enquiry.records import CONCLUDED
from shared.contracts.doors import EnquiryRecord
from shared.contracts.enquiry import EnquiryFact
from shared.kernel.decision import Decision, Refused, refused
from shared.kernel.event import Value
from shared.kernel.identity import derived


class Printed(Protocol):
    """Whatever is kept with a fingerprint of the record that said it."""

    @property
    def fingerprint(self) -> UUID: ...


V = TypeVar("V", bound=Value)

NOTHING_NEW: Decision[Case] = Decision({})
"""The same record again."""

WITHDRAWN: Refused = refused(
    "enquiry_withdrawn",
    "The decision that started this enquiry was corrected, so it counts as never started. Records about it are "
    "accepted once it is decided again that there is an enquiry.",
)


def closed_to_findings(enquiry: Enquiry) -> Refused | None:
    """Why nothing more can be recorded of the enquiry, if so."""
    if enquiry.withdrawn_at is not None:
        return WITHDRAWN
    return CONCLUDED if enquiry.concluded is not None else None


def as_declared(said: V) -> V:
    """What was said, in UTC, without fields of a newer sender.

    Those might hold anything, and what the topic `enquiries` carries is identifiers and codes.
    """
    return type(said)(**{name: _declared(getattr(said, name)) for name in type(said).model_fields})


def _declared(part: Any) -> Any:
    if isinstance(part, Value):
        return as_declared(part)
    if isinstance(part, tuple):
        return tuple(_declared(each) for each in part)
    return part.astimezone(UTC) if isinstance(part, datetime) else part


def fingerprint(record: EnquiryRecord) -> UUID:
    """The same for the same record as declared, whoever sends it and whether or not it names the concern as well."""
    return derived(record.type, record.model_dump_json(exclude={"concern_id"}))


def known(printed: UUID, among: Iterable[Printed]) -> bool:
    """Whether a record was noted before."""
    return any(printed == one.fingerprint for one in among)


def note(enquiry: Enquiry, findings: Findings, fact: EnquiryFact) -> Decision[Case]:
    """The enquiry with what was found, and the fact that states it."""
    return Decision({enquiry.enquiry_id: replace(enquiry, findings=findings)}, (fact,))


def whose(enquiry: Enquiry) -> dict[str, UUID]:
    """Which enquiry a fact is about, its concern and its adult."""
    return {"enquiry_id": enquiry.enquiry_id, "concern_id": enquiry.concern_id, "adult_id": enquiry.adult_id}
