"""An enquiry is closed by two people: one proposes, and a manager who is somebody else approves.

Practitioners may close their own work, safeguarding excepted (seed 003:2943; design section 4, rule 5).
A later proposal names the one it supersedes. One that contradicts and names none is refused: nothing is
decided by who came last (delivery rule 14).
"""

from collections.abc import Iterable
from datetime import UTC

from msgspec.structs import replace

from services.enquiry.cases import Case, Conclusion, Enquiry, Proposal
from services.enquiry.personal_outcomes import achieved_now
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import CONCLUDED, NOT_OPENED, from_the_future
from shared.contracts.doors import ClosureApproved, ClosureProposed
from shared.contracts.enquiry import EnquiryConcluded
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

_CONTRADICTS: Refused = refused(
    "contradicts_a_proposal",
    "Another proposal to close this enquiry stands. A later one is accepted when `supersedes` names the one "
    "that stands.",
    "supersedes",
)
_ID_USED: Refused = refused(
    "closure_id_used",
    "Another proposal was recorded under this closure id. A different one is accepted under its own.",
    "closure_id",
)


def propose(enquiry: Enquiry | None, event: ClosureProposed, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The proposal stands until another supersedes it; the same one again changes nothing."""
    if reasons := tuple(_impossible_proposal(event, meta)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    proposal = Proposal(
        closure_id=event.closure_id,
        reason=event.reason,
        proposed_by=event.proposed_by,
        proposed_at=event.proposed_at.astimezone(UTC),
        supersedes=event.supersedes,
    )
    for earlier in enquiry.proposals:
        if earlier.closure_id == proposal.closure_id:
            return Decision({}) if earlier == proposal else _ID_USED
    if enquiry.concluded is not None:
        return CONCLUDED
    return _stand(enquiry, proposal)


def _stand(enquiry: Enquiry, proposal: Proposal) -> Decision[Case] | Wait | Refused:
    """The proposal standing in the place of the one it supersedes, or of none."""
    if proposal.proposed_at < enquiry.started_at:
        return _too_early("proposed_at", "the enquiry started")
    standing = enquiry.proposals[-1].closure_id if enquiry.proposals else None
    if proposal.supersedes == standing:
        return Decision({enquiry.enquiry_id: replace(enquiry, proposals=(*enquiry.proposals, proposal))})
    if proposal.supersedes is None or any(earlier.closure_id == proposal.supersedes for earlier in enquiry.proposals):
        return _CONTRADICTS
    return Wait("the closure proposal it supersedes")


def approve(
    enquiry: Enquiry | None, event: ClosureApproved, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The enquiry concluded when a manager approved, with what then stood of what the adult wanted.

    Not recorded is an answer of its own: None is neither "not asked" nor "not achieved".
    """
    if reasons := tuple(_impossible_approval(event, meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    if enquiry.concluded is not None:
        return _approved_again(enquiry.concluded, event)
    if not any(proposal.closure_id == event.closure_id for proposal in enquiry.proposals):
        return Wait("the closure to be proposed")
    proposal = enquiry.proposals[-1]
    if reasons := tuple(_unlawful(proposal, event)):
        return Refused(reasons)
    concluded = Conclusion(
        closure_id=event.closure_id,
        approved_by=event.approved_by,
        concluded_at=event.approved_at.astimezone(UTC),
        asked=enquiry.asked.answer if enquiry.asked is not None else None,
        achieved=achieved_now(enquiry),
    )
    fact = EnquiryConcluded(
        enquiry_id=enquiry.enquiry_id,
        concern_id=enquiry.concern_id,
        adult_id=enquiry.adult_id,
        started_at=enquiry.started_at,
        concluded_at=concluded.concluded_at,
        closure_id=concluded.closure_id,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        approved_by=concluded.approved_by,
        asked=concluded.asked,
        achieved=concluded.achieved,
    )
    return Decision({enquiry.enquiry_id: replace(enquiry, concluded=concluded)}, (fact,))


def _impossible_proposal(event: ClosureProposed, meta: Metadata) -> Iterable[Reason]:
    if event.supersedes == event.closure_id:
        yield Reason(
            code="supersedes_itself",
            says="`supersedes` names an earlier proposal, or is left out on the first.",
            where="supersedes",
        )
    yield from from_the_future(event.proposed_at, "proposed_at", meta)


def _impossible_approval(event: ClosureApproved, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    if event.role not in policy.approver_roles:
        yield Reason(
            code="role_may_not_approve",
            says="Closing a safeguarding enquiry needs a manager's approval. Accepted roles are "
            f"{', '.join(sorted(policy.approver_roles))} (policy {policy.version}).",
            where="role",
        )
    yield from from_the_future(event.approved_at, "approved_at", meta)


def _unlawful(standing: Proposal, event: ClosureApproved) -> Iterable[Reason]:
    """Why an approval does not conclude the enquiry. Staff ids that differ by case alone are one person's."""
    if event.closure_id != standing.closure_id:
        yield Reason(
            code="proposal_superseded",
            says="The proposal was superseded; approval of the one that supersedes it is accepted.",
            where="closure_id",
        )
        return
    if event.approved_by.casefold() == standing.proposed_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody approves their own closure; approval by another manager is accepted.",
            where="approved_by",
        )
    if event.approved_at < standing.proposed_at:
        yield from _too_early("approved_at", "the closure was proposed").reasons


def _approved_again(concluded: Conclusion, event: ClosureApproved) -> Decision[Case] | Refused:
    said = (event.closure_id, event.approved_by, event.approved_at)
    if said == (concluded.closure_id, concluded.approved_by, concluded.concluded_at):
        return Decision({})
    return CONCLUDED


def _too_early(where: str, what: str) -> Refused:
    return refused(f"{where}_too_early", f"`{where}` is accepted when it is not before {what}.", where)
