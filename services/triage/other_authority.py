"""A concern sent to another authority, which is on nobody's desk until that authority says that it takes it.

Domain 1.1: the authority in whose area the adult is has the duty. One that declines leaves the concern undecided here:
it needs another decision, which supersedes the one that sent it. Every answer is noted, the latest stands, and an
answer to what was superseded since is noted all the same, because it was given.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Approval, AuthorityAnswer, Case, Concern, Decided, concern_in, with_record
from services.triage.policy import Policy
from services.triage.told_times import before_decision
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import AuthorityAnswered, TriageDecision
from shared.contracts.triage import AuthorityAnswerNoted, ConcernSent
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata


def sent(concern_id: UUID, concern: Concern, decision: Decided, approval: Approval) -> tuple[ConcernSent, ...]:
    """The concern on its way to the authority that an approved decision names; nothing for any other decision."""
    if decision.decision is not TriageDecision.SENT_TO_OTHER_AUTHORITY or decision.authority is None:
        return ()
    return (
        ConcernSent(
            concern_id=concern_id,
            adult_id=concern.adult_id,
            decision_id=decision.decision_id,
            authority=decision.authority,
            sent_at=approval.approved_at,
        ),
    )


def note_answer(
    cases: Mapping[UUID, Case], event: AuthorityAnswered, meta: Metadata, _policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with the authority's answer; or why there is nothing that it answers."""
    if reasons := tuple(in_the_future(event.answered_at, "answered_at", meta.recorded)):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    authority = _sent_to(concern, event)
    if not isinstance(authority, str):
        return authority
    answer = AuthorityAnswer(
        at=event.answered_at.astimezone(UTC),
        identity=meta.identity,
        decision_id=event.decision_id,
        accepted=event.accepted,
        recorded_by=event.recorded_by,
        reference=event.reference,
    )
    answers = with_record(concern.answers, answer)
    if answers is None:
        return Decision({})
    noted = AuthorityAnswerNoted(
        concern_id=event.concern_id,
        adult_id=concern.adult_id,
        decision_id=event.decision_id,
        authority=authority,
        accepted=event.accepted,
        reference=event.reference,
        answered_at=answer.at,
    )
    return Decision({event.concern_id: replace(concern, answers=answers)}, (noted,))


def _sent_to(concern: Concern, event: AuthorityAnswered) -> str | Wait | Refused:
    """The authority that the concern was sent to; or why there is none that could answer, or not yet.

    A decision that nobody has approved sends nothing yet, and one superseded before that never will.
    """
    decision = concern.decision(event.decision_id)
    if decision is None:
        return Wait("the decision it answers")
    if decision.authority is None:
        return refused(
            "nothing_was_sent",
            "This decision did not send the concern to another authority. An answer is accepted when `decision_id` "
            "names a decision that did.",
            "decision_id",
        )
    if reason := before_decision("answered_at", event.answered_at, decision.decided_at):
        return Refused((reason,))
    if decision.approval is not None:
        return decision.authority
    if concern.standing is decision:
        return Wait("the decision it answers to be approved")
    return refused(
        "superseded_before_sending",
        "This decision was superseded before anybody approved it, so the concern was never sent. An answer is accepted "
        "when `decision_id` names an approved decision that sent it.",
        "decision_id",
    )
