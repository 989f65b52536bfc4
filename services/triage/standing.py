"""Which decision on a concern stands: the first, until one that names it supersedes it (delivery rule 14).

A contradiction that names nothing is refused, never last-wins: two people who decide at the same time
differently have to talk to each other.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, Concern, Decided, concern_in, decided
from services.triage.lawful_form import reasons_against
from shared.contracts.doors import TriageDecided
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata


def stand(cases: Mapping[UUID, Case], event: TriageDecided, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The concern with this decision standing, to be approved; or why it cannot stand.

    What is wrong with the form is answered at once, whether or not the concern has been received: the answer
    must not depend on which topic was faster.
    """
    if reasons := reasons_against(event, meta.recorded):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    new = decided(event)
    known = concern.decision(event.decision_id)
    if known is not None:
        return Decision({}) if known == new else _one_id_two_decisions()
    if event.decided_at < concern.received_at:
        return refused(
            "decided_before_receipt",
            "`decided_at` lies before the council received the concern. It is accepted when it is the time "
            "of the decision, with its offset from UTC.",
            "decided_at",
        )
    objection = _in_the_way(concern, new)
    if objection is not None:
        return objection
    return Decision({event.concern_id: replace(concern, decisions=(*concern.decisions, new))})


def _in_the_way(concern: Concern, new: Decided) -> Wait | Refused | None:
    """What keeps a new decision from standing beside or in place of the one that stands."""
    if new.supersedes is not None and concern.decision(new.supersedes) is None:
        return Wait("the decision it supersedes")
    standing = concern.standing
    if standing is None:
        return None
    if concern.approval is not None:
        return refused(
            "already_approved",
            "A decision on this concern is approved, and others have acted on it. A decision is accepted "
            "while none is approved; corrections after approval come with a later version of this system.",
            "supersedes" if new.supersedes is not None else "decision",
        )
    if new.supersedes is None:
        return refused(
            "contradicts_standing_decision",
            "Another decision on this concern stands. A second one is accepted when `supersedes` names the "
            "decision it takes the place of.",
            "supersedes",
        )
    if new.supersedes != standing.decision_id:
        return refused(
            "supersedes_no_standing_decision",
            "The decision named in `supersedes` has been superseded already. A decision is accepted when it "
            "names the one that stands.",
            "supersedes",
        )
    return None


def _one_id_two_decisions() -> Refused:
    return refused(
        "decision_id_used_before",
        "A decision with this id was received with other content, and stands as it was first sent. A "
        "changed decision is accepted under an id of its own, with `supersedes` naming the one it takes the "
        "place of.",
        "decision_id",
    )
