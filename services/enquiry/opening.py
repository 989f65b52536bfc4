"""A conversion opens an enquiry, once (design section 4, rule 4)."""

from datetime import UTC

from services.enquiry.cases import Case, Enquiry
from shared.contracts.enquiry import EnquiryOpened
from shared.contracts.triage import ConcernConverted
from shared.kernel.decision import Decision


def open_enquiry(known: Enquiry | None, converted: ConcernConverted) -> Decision[Case]:
    """The enquiry, started when the decider decided that section 42(1) of the Care Act 2014 is met.

    Not when a manager approved it, and not when we learned of it. A conversion stated again changes nothing.
    """
    if known is not None:
        return Decision({})
    opened = Enquiry(
        enquiry_id=converted.enquiry_id,
        concern_id=converted.concern_id,
        adult_id=converted.adult_id,
        started_at=converted.decided_at.astimezone(UTC),
    )
    fact = EnquiryOpened(
        enquiry_id=opened.enquiry_id,
        concern_id=opened.concern_id,
        adult_id=opened.adult_id,
        started_at=opened.started_at,
    )
    return Decision({opened.enquiry_id: opened}, (fact,))
