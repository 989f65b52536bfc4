"""A manager, who is not the proposer, returns a proposal to close: the enquiry goes on (seed 003:2943).

A returned proposal is never approved; the next one supersedes it, and may have come before the return did.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.enquiry.cases import Enquiry, Proposal, Return
from services.enquiry.records import Answer, Taken, of_id, same_as, too_early
from shared.contracts.doors import ClosureReturned
from shared.kernel.decision import Reason, Refused, Wait, refused

_ALREADY_RETURNED: Refused = refused(
    "already_returned", "The proposal was returned already, and what was first recorded of that stands.", "closure_id"
)
_WAS_APPROVED: Refused = refused(
    "proposal_approved",
    "The proposal was approved, and the enquiry goes on since. A return of one that supersedes it is accepted.",
    "closure_id",
)


def send_back(enquiry: Enquiry, record: ClosureReturned, _: Taken) -> Answer:
    """The proposal is returned, with a reason."""
    if any(conclusion.closure_id == record.closure_id for conclusion in enquiry.undone):
        return _WAS_APPROVED
    proposal = of_id(enquiry.proposals, "closure_id", record.closure_id)
    if proposal is None:
        return Wait("the closure to be proposed")
    returned = _return(record)
    if reasons := tuple(_unlawful(proposal, returned)):
        return Refused(reasons)
    every = sorted((*enquiry.returned, returned), key=lambda one: (one.returned_at, one.closure_id))
    return replace(enquiry, returned=tuple(every))


def returned_before(enquiry: Enquiry, record: ClosureReturned) -> bool | Refused:
    """Whether this was recorded before; a proposal is returned once."""
    known = of_id(enquiry.returned, "closure_id", record.closure_id)
    return same_as(known, _return(record), _ALREADY_RETURNED)


def _return(record: ClosureReturned) -> Return:
    return Return(
        closure_id=record.closure_id,
        returned_by=record.returned_by,
        reason=record.reason,
        returned_at=record.returned_at,
    )


def _unlawful(proposal: Proposal, returned: Return) -> Iterable[Reason]:
    """Staff ids that differ by case alone are one person's."""
    if returned.returned_by.casefold() == proposal.proposed_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody returns their own proposal: it is superseded by another, or returned by another manager.",
            where="returned_by",
        )
    yield from too_early(returned.returned_at, proposal.proposed_at, "returned_at", "the closure was proposed")
