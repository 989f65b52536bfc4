"""A manager reopens a concluded enquiry: it goes on, and keeps the day it started (design section 4, rule 4).

What it was concluded with no longer counts. It is closed again by another proposal, which supersedes the one that
had concluded it.
"""

from datetime import UTC

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry, Reopening
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import NOT_OPENED, about, from_the_future, id_used, not_a_manager, too_early
from shared.contracts.doors import ReopeningDecided
from shared.contracts.enquiry import EnquiryReopened
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

_ALREADY_REOPENED: Refused = refused(
    "already_reopened",
    "That conclusion does not stand any more, and the enquiry went on. Accepted is the reopening of the conclusion "
    "that stands.",
    "closure_id",
)
_CONCLUDED_NOTHING: Refused = refused(
    "closure_concluded_nothing",
    "This proposal did not conclude the enquiry, and cannot any more. Accepted is the reopening of the closure that "
    "did.",
    "closure_id",
)


def reopen(
    enquiry: Enquiry | None, event: ReopeningDecided, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The enquiry goes on; the same reopening again changes nothing."""
    reasons = (
        *not_a_manager(event.role, "reopen", policy),
        *from_the_future(event.decided_at, "decided_at", meta, policy),
    )
    if reasons:
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    decided_at = event.decided_at.astimezone(UTC)
    for earlier in enquiry.reopenings:
        if earlier.reopening_id == event.reopening_id:
            stands = (earlier.undone.closure_id, earlier.reason, earlier.decided_by, earlier.reopened_at)
            same = stands == (event.closure_id, event.reason, event.decided_by, decided_at)
            return Decision({}) if same else id_used("reopening_id")
    undone = enquiry.concluded
    if undone is None or undone.closure_id != event.closure_id:
        return _not_concluded_by_it(enquiry, event)
    if reasons := tuple(too_early(decided_at, undone.concluded_at, "decided_at", "the enquiry was concluded")):
        return Refused(reasons)
    reopening = Reopening(
        reopening_id=event.reopening_id,
        decided_by=event.decided_by,
        reason=event.reason,
        reopened_at=decided_at,
        undone=undone,
    )
    fact = EnquiryReopened(
        **about(enquiry),
        started_at=enquiry.started_at,
        kind=enquiry.kind,
        reopening_id=reopening.reopening_id,
        closure_id=undone.closure_id,
        reason=reopening.reason,
        decided_by=reopening.decided_by,
        reopened_at=reopening.reopened_at,
    )
    reopened = replace(enquiry, concluded=None, reopenings=(*enquiry.reopenings, reopening))
    return Decision({enquiry.enquiry_id: reopened}, (fact,))


def _not_concluded_by_it(enquiry: Enquiry, event: ReopeningDecided) -> Wait | Refused:
    """It waits for what may still come, and for nothing that cannot."""
    if any(conclusion.closure_id == event.closure_id for conclusion in enquiry.undone):
        return _ALREADY_REOPENED
    superseded = (proposal.closure_id for proposal in enquiry.proposals[:-1])
    returned = (one.closure_id for one in enquiry.returned)
    if enquiry.concluded is not None or event.closure_id in {*superseded, *returned}:
        return _CONCLUDED_NOTHING
    return Wait("the enquiry to be concluded by this closure")
