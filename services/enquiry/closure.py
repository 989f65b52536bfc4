"""An enquiry is closed by two people: one proposes, and a manager who is somebody else approves.

Practitioners may close their own work, safeguarding excepted (seed 003:2943; design section 4, rule 5).
A later proposal names the one it supersedes, whether that stood, was returned or was undone by a reopening. One
that contradicts and names none is refused: nothing is decided by who came last (delivery rule 14).
"""

from collections.abc import Iterable
from datetime import UTC

from msgspec.structs import replace

from services.enquiry import open_ends, ready_to_close
from services.enquiry.cases import Case, Conclusion, Enquiry, Proposal
from services.enquiry.personal_outcomes import achieved_now
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import (
    CONCLUDED,
    NOT_OPENED,
    about,
    declared,
    from_the_future,
    id_used,
    not_a_manager,
    too_early,
)
from shared.contracts.doors import ClosureApproved, ClosureProposed
from shared.contracts.enquiry import ClosureProposalNoted, EnquiryConcluded
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

_CONTRADICTS: Refused = refused(
    "contradicts_a_proposal",
    "Closing this enquiry was proposed before. A later proposal is accepted when `supersedes` names the last one, "
    "whatever became of that.",
    "supersedes",
)


def propose(
    enquiry: Enquiry | None, event: ClosureProposed, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The proposal stands until another supersedes it; the same one again changes nothing."""
    if reasons := tuple(_impossible_proposal(event, meta, policy)):
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
    if (known := _proposed_before(enquiry, proposal)) is not None:
        return known
    if reasons := tuple(too_early(proposal.proposed_at, enquiry.started_at, "proposed_at", "the enquiry started")):
        return Refused(reasons)
    last = enquiry.proposals[-1].closure_id if enquiry.proposals else None
    if proposal.supersedes != last:
        earlier = {None, *(before.closure_id for before in enquiry.proposals)}
        return _CONTRADICTS if proposal.supersedes in earlier else Wait("the closure proposal it supersedes")
    proposed = replace(enquiry, proposals=(*enquiry.proposals, proposal))
    fact = ClosureProposalNoted(**about(enquiry), record=declared(event))
    return Decision({enquiry.enquiry_id: proposed}, (fact,))


def approve(
    enquiry: Enquiry | None, event: ClosureApproved, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The enquiry concluded when a manager approved, with what then stood of it.

    Not recorded is an answer of its own: None is neither "not asked" nor "not achieved".
    """
    if reasons := tuple(_impossible_approval(event, meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    if (known := _approved_before(enquiry, event)) is not None:
        return known
    if not any(proposal.closure_id == event.closure_id for proposal in enquiry.proposals):
        return Wait("the closure to be proposed")
    unlawful = tuple(_unlawful(enquiry, event))
    if reasons := (*unlawful, *open_ends.objections(enquiry), *ready_to_close.objections(enquiry)):
        return Refused(reasons)
    return _conclude(enquiry, event, policy)


def _conclude(enquiry: Enquiry, event: ClosureApproved, policy: Policy) -> Decision[Case]:
    proposal = enquiry.proposals[-1]
    concluded = Conclusion(
        closure_id=event.closure_id,
        approved_by=event.approved_by,
        concluded_at=event.approved_at.astimezone(UTC),
        asked=enquiry.asked.answer if enquiry.asked is not None else None,
        achieved=achieved_now(enquiry),
    )
    fact = EnquiryConcluded(
        **about(enquiry),
        **ready_to_close.findings_now(enquiry),
        started_at=enquiry.started_at,
        concluded_at=concluded.concluded_at,
        closure_id=concluded.closure_id,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        approved_by=concluded.approved_by,
        asked=concluded.asked,
        achieved=concluded.achieved,
        kind=enquiry.kind,
        team=enquiry.course.team,
        policy=policy.version,
    )
    return Decision({enquiry.enquiry_id: replace(enquiry, concluded=concluded)}, (fact,))


def _impossible_proposal(event: ClosureProposed, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    if event.supersedes == event.closure_id:
        yield Reason(
            code="supersedes_itself",
            says="`supersedes` names an earlier proposal, or is left out on the first.",
            where="supersedes",
        )
    yield from from_the_future(event.proposed_at, "proposed_at", meta, policy)


def _impossible_approval(event: ClosureApproved, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    yield from not_a_manager(event.role, "approve", policy)
    yield from from_the_future(event.approved_at, "approved_at", meta, policy)


def _unlawful(enquiry: Enquiry, event: ClosureApproved) -> Iterable[Reason]:
    """Why an approval does not conclude the enquiry. Staff ids that differ by case alone are one person's."""
    last = enquiry.proposals[-1]
    if event.closure_id != last.closure_id:
        yield Reason(
            code="proposal_superseded",
            says="The proposal was superseded; approval of the one that supersedes it is accepted.",
            where="closure_id",
        )
        return
    if any(returned.closure_id == event.closure_id for returned in enquiry.returned):
        yield Reason(
            code="proposal_returned",
            says="The proposal was returned; approval of one that supersedes it is accepted.",
            where="closure_id",
        )
    if any(conclusion.closure_id == event.closure_id for conclusion in enquiry.undone):
        yield Reason(
            code="closure_undone",
            says="The enquiry was closed by this proposal and goes on since; approval of one that supersedes it is "
            "accepted.",
            where="closure_id",
        )
    if event.approved_by.casefold() == last.proposed_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody approves their own closure; approval by another manager is accepted.",
            where="approved_by",
        )
    earliest = max(last.proposed_at, enquiry.started_at)
    yield from too_early(event.approved_at, earliest, "approved_at", "the closure was proposed")


def _proposed_before(enquiry: Enquiry, proposal: Proposal) -> Decision[Case] | Refused | None:
    for earlier in enquiry.proposals:
        if earlier.closure_id == proposal.closure_id:
            return Decision({}) if earlier == proposal else id_used("closure_id")
    return CONCLUDED if enquiry.concluded is not None else None


def _approved_before(enquiry: Enquiry, event: ClosureApproved) -> Decision[Case] | Refused | None:
    said = (event.closure_id, event.approved_by, event.approved_at)
    for conclusion in (*enquiry.undone, enquiry.concluded):
        if conclusion and said == (conclusion.closure_id, conclusion.approved_by, conclusion.concluded_at):
            return Decision({})
    return CONCLUDED if enquiry.concluded is not None else None
