"""Work on an enquiry may wait. Its stage targets stand still then; its age goes on (design section 4, rule 10)."""

from datetime import datetime

from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Suspension
from services.enquiry.records import (
    CONCLUDED,
    NOTHING_NEW,
    Answer,
    Taken,
    gone_on,
    id_used,
    of_id,
    same_as,
    too_early,
)
from shared.contracts.doors import EnquiryResumed, EnquirySuspended
from shared.kernel.decision import Refused, Wait, refused

_ALREADY_SUSPENDED: Refused = refused(
    "already_suspended",
    "Work on the enquiry is suspended already, or was at a time after `suspended_at`. A suspension is accepted when "
    "every other one was resumed before it begins.",
    "suspended_at",
)
_ALREADY_RESUMED: Refused = refused(
    "already_resumed",
    "The suspension was resumed already, and what was first recorded of that stands.",
    "suspension_id",
)


def suspend(enquiry: Enquiry, record: EnquirySuspended, _: Taken) -> Answer:
    """Work waits, one suspension at a time."""
    begun = _suspension(record)
    if any(_reaches(earlier, begun.suspended_at) for earlier in enquiry.course.suspensions):
        return _ALREADY_SUSPENDED
    return gone_on(enquiry, suspensions=(*enquiry.course.suspensions, begun))


def suspended_before(enquiry: Enquiry, record: EnquirySuspended) -> bool | Refused:
    """Whether this suspension was recorded before, whatever came of it since."""
    known = _suspension_of(enquiry, record)
    begun = None if known is None else replace(known, resumed_by=None, resumed_at=None)
    return same_as(begun, _suspension(record), id_used("suspension_id"))


def resume(enquiry: Enquiry, record: EnquiryResumed, _: Taken) -> Answer:
    """Work goes on."""
    begun = _suspension_of(enquiry, record)
    if begun is None:
        return CONCLUDED if enquiry.concluded is not None else Wait("the enquiry to be suspended")
    ended = replace(begun, resumed_by=record.resumed_by, resumed_at=record.resumed_at)
    if begun.resumed_at is not None:
        return NOTHING_NEW if begun == ended else _ALREADY_RESUMED
    if reasons := tuple(too_early(record.resumed_at, begun.suspended_at, "resumed_at", "the enquiry was suspended")):
        return Refused(reasons)
    suspensions = tuple(ended if one is begun else one for one in enquiry.course.suspensions)
    return gone_on(enquiry, suspensions=suspensions)


def _suspension(record: EnquirySuspended) -> Suspension:
    return Suspension(
        suspension_id=record.suspension_id,
        reason=record.reason,
        suspended_by=record.suspended_by,
        suspended_at=record.suspended_at,
    )


def _suspension_of(enquiry: Enquiry, record: EnquirySuspended | EnquiryResumed) -> Suspension | None:
    return of_id(enquiry.course.suspensions, "suspension_id", record.suspension_id)


def _reaches(suspension: Suspension, at: datetime) -> bool:
    """Whether a suspension goes on at some time from then on, so that suspensions follow each other in time."""
    return suspension.resumed_at is None or suspension.resumed_at > at
