"""A manager reopens a concluded enquiry: it goes on, and keeps the day it started (design section 4, rule 4).

What it was concluded with no longer counts. It is closed again by another proposal, which supersedes the one that
had concluded it.
"""

from msgspec.structs import replace

from services.enquiry.cases import Enquiry, Reopening
from services.enquiry.records import Answer, Taken, about, id_used, of_id, same_as, too_early
from shared.contracts.doors import ReopeningDecided
from shared.contracts.enquiry import EnquiryReopened
from shared.kernel.decision import Decision, Refused, Wait, refused

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


def reopen(enquiry: Enquiry, record: ReopeningDecided, _: Taken) -> Answer:
    """The enquiry goes on."""
    undone = enquiry.concluded
    if undone is None or undone.closure_id != record.closure_id:
        return _not_concluded_by_it(enquiry, record)
    if reasons := tuple(too_early(record.decided_at, undone.concluded_at, "decided_at", "the enquiry was concluded")):
        return Refused(reasons)
    reopening = Reopening(
        reopening_id=record.reopening_id,
        decided_by=record.decided_by,
        reason=record.reason,
        reopened_at=record.decided_at,
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


def reopened_before(enquiry: Enquiry, record: ReopeningDecided) -> bool | Refused:
    """Whether this reopening was recorded before."""
    known = of_id(enquiry.reopenings, "reopening_id", record.reopening_id)
    stands = known and (known.undone.closure_id, known.reason, known.decided_by, known.reopened_at)
    said = (record.closure_id, record.reason, record.decided_by, record.decided_at)
    return same_as(stands, said, id_used("reopening_id"))


def _not_concluded_by_it(enquiry: Enquiry, event: ReopeningDecided) -> Wait | Refused:
    """It waits for what may still come, and for nothing that cannot."""
    if any(conclusion.closure_id == event.closure_id for conclusion in enquiry.undone):
        return _ALREADY_REOPENED
    superseded = (proposal.closure_id for proposal in enquiry.proposals[:-1])
    returned = (one.closure_id for one in enquiry.returned)
    if enquiry.concluded is not None or event.closure_id in {*superseded, *returned}:
        return _CONCLUDED_NOTHING
    return Wait("the enquiry to be concluded by this closure")
