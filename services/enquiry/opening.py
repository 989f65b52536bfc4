"""A decision opens an enquiry, once; a corrected one withdraws it (design section 4, rule 4)."""

from datetime import UTC

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.records import NOT_OPENED, about
from shared.contracts.enquiry import EnquiryKind, EnquiryOpened, EnquiryWithdrawn
from shared.contracts.triage import ConcernConverted, ConversionTakenBack, OtherEnquiryStarted
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Metadata


def open_enquiry(
    known: Enquiry | None,
    started: ConcernConverted | OtherEnquiryStarted,
    _meta: Metadata,
) -> Decision[Case] | Wait | Refused:
    """The enquiry, started when the decider decided: that section 42(1) is met, or to enquire all the same.

    Not when a manager approved it, and not when we learned of it. Stated again it changes nothing; stated after it
    was taken back, it restores the enquiry with all that was recorded of it, and with its new start.
    """
    if known is not None and known.withdrawn_at is None:
        return Decision({})
    kind = EnquiryKind.SECTION_42 if isinstance(started, ConcernConverted) else EnquiryKind.OTHER
    before = known or Enquiry(
        enquiry_id=started.enquiry_id,
        concern_id=started.concern_id,
        adult_id=started.adult_id,
        started_at=started.decided_at.astimezone(UTC),
        kind=kind,
    )
    opened = replace(
        before,
        started_at=started.decided_at.astimezone(UTC),
        large_scale=started.large_scale,
        decision_id=started.decision_id,
        withdrawn_at=None,
    )
    fact = EnquiryOpened(
        **about(opened), started_at=opened.started_at, kind=opened.kind, large_scale=opened.large_scale
    )
    return Decision({opened.enquiry_id: opened}, (fact,))


def withdraw(
    known: Enquiry | None, taken_back: ConversionTakenBack, _meta: Metadata
) -> Decision[Case] | Wait | Refused:
    """The enquiry counts as never started, and stays on record; so does its conclusion, if it had one."""
    if known is None:
        return NOT_OPENED
    if known.withdrawn_at is not None:
        return Decision({})
    concluded = (known.concluded,) if known.concluded is not None else ()
    withdrawn = replace(
        known,
        withdrawn_at=taken_back.decided_at.astimezone(UTC),
        concluded=None,
        set_aside=(*known.set_aside, *concluded),
    )
    fact = EnquiryWithdrawn(
        **about(known), started_at=known.started_at, kind=known.kind, decision_id=taken_back.decision_id
    )
    return Decision({known.enquiry_id: withdrawn}, (fact,))
