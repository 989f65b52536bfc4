"""A manager, who is not the proposer, returns a proposal to close: the enquiry goes on (seed 003:2943).

A returned proposal is never approved; the next one supersedes it, and may have come before the return did.
"""

from collections.abc import Iterable
from datetime import UTC

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry, Proposal, Return
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import (
    CONCLUDED,
    NOT_OPENED,
    about,
    declared,
    from_the_future,
    not_a_manager,
    too_early,
)
from shared.contracts.doors import ClosureReturned
from shared.contracts.enquiry import ClosureReturnNoted
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

_ALREADY_RETURNED: Refused = refused(
    "already_returned", "The proposal was returned already, and what was first recorded of that stands.", "closure_id"
)
_WAS_APPROVED: Refused = refused(
    "proposal_approved",
    "The proposal was approved, and the enquiry goes on since. A return of one that supersedes it is accepted.",
    "closure_id",
)


def send_back(
    enquiry: Enquiry | None, event: ClosureReturned, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The proposal is returned, with a reason."""
    reasons = (
        *not_a_manager(event.role, "return", policy),
        *from_the_future(event.returned_at, "returned_at", meta, policy),
    )
    if reasons:
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    returned = Return(
        closure_id=event.closure_id,
        returned_by=event.returned_by,
        reason=event.reason,
        returned_at=event.returned_at.astimezone(UTC),
    )
    if (known := _settled_before(enquiry, returned)) is not None:
        return known
    proposal = next((one for one in enquiry.proposals if one.closure_id == returned.closure_id), None)
    if proposal is None:
        return Wait("the closure to be proposed")
    if reasons := tuple(_unlawful(proposal, returned)):
        return Refused(reasons)
    every = sorted((*enquiry.returned, returned), key=lambda one: (one.returned_at, one.closure_id))
    fact = ClosureReturnNoted(**about(enquiry), record=declared(event))
    return Decision({enquiry.enquiry_id: replace(enquiry, returned=tuple(every))}, (fact,))


def _settled_before(enquiry: Enquiry, returned: Return) -> Decision[Case] | Refused | None:
    for earlier in enquiry.returned:
        if earlier.closure_id == returned.closure_id:
            return Decision({}) if earlier == returned else _ALREADY_RETURNED
    if enquiry.concluded is not None:
        return CONCLUDED
    approved = any(conclusion.closure_id == returned.closure_id for conclusion in enquiry.undone)
    return _WAS_APPROVED if approved else None


def _unlawful(proposal: Proposal, returned: Return) -> Iterable[Reason]:
    """Staff ids that differ by case alone are one person's."""
    if returned.returned_by.casefold() == proposal.proposed_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody returns their own proposal: it is superseded by another, or returned by another manager.",
            where="returned_by",
        )
    yield from too_early(returned.returned_at, proposal.proposed_at, "returned_at", "the closure was proposed")
