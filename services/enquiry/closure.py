"""An enquiry is closed by two people: one proposes, and a manager who is somebody else approves.

Practitioners may close their own work, safeguarding excepted (seed 003:2943; design section 4, rule 5).
A later proposal names the one it supersedes, whether that stood, was returned or was undone by a reopening. One
that contradicts and names none is refused: nothing is decided by who came last (delivery rule 14).
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.enquiry import open_ends, ready_to_close
from services.enquiry.cases import Case, Conclusion, Enquiry, Proposal
from services.enquiry.personal_outcomes import achieved_now
from services.enquiry.policy import Policy
from services.enquiry.records import Answer, Taken, about, id_used, of_id, same_as, too_early
from shared.contracts.doors import ClosureApproved, ClosureProposed
from shared.contracts.enquiry import EnquiryConcluded
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused

_CONTRADICTS: Refused = refused(
    "contradicts_a_proposal",
    "Closing this enquiry was proposed before. A later proposal is accepted when `supersedes` names the last one, "
    "whatever became of that.",
    "supersedes",
)


def propose(enquiry: Enquiry, record: ClosureProposed, _: Taken) -> Answer:
    """The proposal stands until another supersedes it."""
    last = enquiry.proposals[-1].closure_id if enquiry.proposals else None
    if record.supersedes != last:
        earlier = {None, *(before.closure_id for before in enquiry.proposals)}
        return _CONTRADICTS if record.supersedes in earlier else Wait("the closure proposal it supersedes")
    return replace(enquiry, proposals=(*enquiry.proposals, _proposal(record)))


def proposed_before(enquiry: Enquiry, record: ClosureProposed) -> bool | Refused:
    """Whether this proposal was recorded before."""
    known = of_id(enquiry.proposals, "closure_id", record.closure_id)
    return same_as(known, _proposal(record), id_used("closure_id"))


def supersedes_itself(record: ClosureProposed) -> Iterable[Reason]:
    """A proposal takes the place of another."""
    if record.supersedes == record.closure_id:
        yield Reason(
            code="supersedes_itself",
            says="`supersedes` names an earlier proposal, or is left out on the first.",
            where="supersedes",
        )


def approve(enquiry: Enquiry, record: ClosureApproved, taken: Taken) -> Answer:
    """The enquiry concluded when a manager approved, with what then stood of it.

    Not recorded is an answer of its own: None is neither "not asked" nor "not achieved".
    """
    if of_id(enquiry.proposals, "closure_id", record.closure_id) is None:
        return Wait("the closure to be proposed")
    unlawful = tuple(_unlawful(enquiry, record))
    if reasons := (*unlawful, *open_ends.objections(enquiry), *ready_to_close.objections(enquiry)):
        return Refused(reasons)
    return _conclude(enquiry, record, taken.policy)


def approved_before(enquiry: Enquiry, record: ClosureApproved) -> bool:
    """Whether this approval concluded the enquiry, be it that it goes on since."""
    said = (record.closure_id, record.approved_by, record.approved_at)
    conclusions = (*enquiry.undone, *((enquiry.concluded,) if enquiry.concluded is not None else ()))
    return any(said == (one.closure_id, one.approved_by, one.concluded_at) for one in conclusions)


def _proposal(record: ClosureProposed) -> Proposal:
    return Proposal(
        closure_id=record.closure_id,
        reason=record.reason,
        proposed_by=record.proposed_by,
        proposed_at=record.proposed_at,
        supersedes=record.supersedes,
    )


def _conclude(enquiry: Enquiry, record: ClosureApproved, policy: Policy) -> Decision[Case]:
    proposal = enquiry.proposals[-1]
    concluded = Conclusion(
        closure_id=record.closure_id,
        approved_by=record.approved_by,
        concluded_at=record.approved_at,
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


def _unlawful(enquiry: Enquiry, record: ClosureApproved) -> Iterable[Reason]:
    """Why an approval does not conclude the enquiry. Staff ids that differ by case alone are one person's."""
    last = enquiry.proposals[-1]
    if record.closure_id != last.closure_id:
        yield Reason(
            code="proposal_superseded",
            says="The proposal was superseded; approval of the one that supersedes it is accepted.",
            where="closure_id",
        )
        return
    if any(returned.closure_id == record.closure_id for returned in enquiry.returned):
        yield Reason(
            code="proposal_returned",
            says="The proposal was returned; approval of one that supersedes it is accepted.",
            where="closure_id",
        )
    if any(conclusion.closure_id == record.closure_id for conclusion in enquiry.undone):
        yield Reason(
            code="closure_undone",
            says="The enquiry was closed by this proposal and goes on since; approval of one that supersedes it is "
            "accepted.",
            where="closure_id",
        )
    if record.approved_by.casefold() == last.proposed_by.casefold():
        yield Reason(
            code="same_person",
            says="Nobody approves their own closure; approval by another manager is accepted.",
            where="approved_by",
        )
    earliest = max(last.proposed_at, enquiry.started_at)
    yield from too_early(record.approved_at, earliest, "approved_at", "the closure was proposed")
