"""Work on an enquiry may wait. Its stage targets stand still then; its age goes on (design section 4, rule 10)."""

from datetime import UTC, datetime

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.course_cases import Suspension
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import (
    CONCLUDED,
    NOT_OPENED,
    about,
    declared,
    from_the_future,
    id_used,
    noted,
    too_early,
)
from shared.contracts.doors import EnquiryResumed, EnquirySuspended
from shared.contracts.enquiry import ResumptionNoted, SuspensionNoted
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

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


def suspend(
    enquiry: Enquiry | None, event: EnquirySuspended, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """Work waits, one suspension at a time."""
    if reasons := tuple(from_the_future(event.suspended_at, "suspended_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    begun = Suspension(
        suspension_id=event.suspension_id,
        reason=event.reason,
        suspended_by=event.suspended_by,
        suspended_at=event.suspended_at.astimezone(UTC),
    )
    if (known := _begun_before(enquiry, begun)) is not None:
        return known
    if reasons := tuple(too_early(begun.suspended_at, enquiry.started_at, "suspended_at", "the enquiry started")):
        return Refused(reasons)
    if any(_reaches(earlier, begun.suspended_at) for earlier in enquiry.course.suspensions):
        return _ALREADY_SUSPENDED
    fact = SuspensionNoted(**about(enquiry), record=declared(event))
    return noted(enquiry, fact, suspensions=(*enquiry.course.suspensions, begun))


def resume(
    enquiry: Enquiry | None, event: EnquiryResumed, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """Work goes on."""
    if reasons := tuple(from_the_future(event.resumed_at, "resumed_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    begun = next((one for one in enquiry.course.suspensions if one.suspension_id == event.suspension_id), None)
    if begun is None:
        return CONCLUDED if enquiry.concluded is not None else Wait("the enquiry to be suspended")
    ended = replace(begun, resumed_by=event.resumed_by, resumed_at=event.resumed_at.astimezone(UTC))
    if begun.resumed_at is not None:
        return Decision({}) if begun == ended else _ALREADY_RESUMED
    if reasons := tuple(too_early(event.resumed_at, begun.suspended_at, "resumed_at", "the enquiry was suspended")):
        return Refused(reasons)
    suspensions = tuple(ended if one is begun else one for one in enquiry.course.suspensions)
    return noted(enquiry, ResumptionNoted(**about(enquiry), record=declared(event)), suspensions=suspensions)


def _begun_before(enquiry: Enquiry, begun: Suspension) -> Decision[Case] | Refused | None:
    for earlier in enquiry.course.suspensions:
        if earlier.suspension_id == begun.suspension_id:
            same = replace(earlier, resumed_by=None, resumed_at=None) == begun
            return Decision({}) if same else id_used("suspension_id")
    return CONCLUDED if enquiry.concluded is not None else None


def _reaches(suspension: Suspension, at: datetime) -> bool:
    """Whether a suspension goes on at some time from then on, so that suspensions follow each other in time."""
    return suspension.resumed_at is None or suspension.resumed_at > at
