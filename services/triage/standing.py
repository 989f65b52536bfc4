"""Which decision on a concern stands: the first, until one that names it supersedes it (delivery rule 14).

A contradiction that names nothing is refused, never last-wins: two people who decide at the same time differently
have to talk to each other. It makes no difference whether the decision it supersedes was approved: the correction of
an approved one awaits an approval of its own, and until then what was approved stays in force.

Whether the concern was withdrawn as recorded in error makes none either. Intake says that on another topic, so the
answer to a decision would depend on which topic was faster; what is decided on a withdrawn concern is kept, and the
concern waits for nobody while it is withdrawn.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, Concern, Decided, concern_in
from services.triage.decision_kept import kept
from services.triage.lawful_form import reasons_against
from services.triage.policy import Policy
from services.triage.told_times import before_receipt
from shared.contracts.doors import TriageDecided
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata


def stand(
    cases: Mapping[UUID, Case], event: TriageDecided, meta: Metadata, policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with this decision standing, to be approved; or why it cannot stand.

    What is wrong with the form is answered at once, whether or not the concern has been received: the answer
    must not depend on which topic was faster.
    """
    if reasons := reasons_against(event, meta.recorded):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    new = kept(event, policy.version)
    known = concern.decision(event.decision_id)
    if known is not None:
        return Decision({}) if known.as_sent() == new.as_sent() else _one_id_two_decisions()
    if reason := before_receipt("decided_at", event.decided_at, concern.received_at):
        return Refused((reason,))
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
    if new.supersedes is None:
        return refused(
            "contradicts_standing_decision",
            "Another decision on this concern stands. A second one is accepted when `supersedes` names the "
            "decision it takes the place of, approved or not; it then needs an approval of its own.",
            "supersedes",
        )
    if new.supersedes != standing.decision_id:
        return refused(
            "supersedes_no_standing_decision",
            "Another decision supersedes the one named in `supersedes` already. A decision is accepted when it "
            "names the last one, whether that is approved or awaits its approval.",
            "supersedes",
        )
    if new.decided_at < standing.decided_at:
        return refused(
            "decided_before_superseded",
            "`decided_at` lies before the decision named in `supersedes`. It is accepted when it is the time of "
            "the later decision, with its offset from UTC.",
            "decided_at",
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
