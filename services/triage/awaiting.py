"""What a concern waits for: a decision, its approval, the approval of a correction, another authority's answer.

A concern that another authority declined is undecided again. One that intake says was recorded in error waits for
nothing, whatever was decided on it before or since.
"""

from msgspec.structs import replace

from services.triage.cases import Awaiting, Case, Concern, Decided
from shared.contracts.doors import TriageDecision


def settled(case: Case) -> Case:
    """The case with what it waits for, and what was decided where that disposes of it and was not withdrawn."""
    if not isinstance(case, Concern):
        return case
    awaiting, outcome = _follows(case)
    if awaiting is case.awaiting and outcome is case.outcome:
        return case
    return replace(case, awaiting=awaiting, outcome=outcome)


def _follows(concern: Concern) -> tuple[Awaiting, TriageDecision | None]:
    if concern.withdrawn:
        return Awaiting.NOTHING, None
    in_force, pending = concern.in_force, correction_pending(concern)
    if in_force is None or _declined(concern, in_force):
        return Awaiting.APPROVAL if pending else Awaiting.DECISION, None
    outcome = in_force.decision
    if pending:
        return Awaiting.CORRECTION, outcome
    if outcome is TriageDecision.SENT_TO_OTHER_AUTHORITY and concern.answer_to(in_force.decision_id) is None:
        return Awaiting.AUTHORITY, outcome
    return Awaiting.NOTHING, outcome


def is_undecided(concern: Concern) -> bool:
    """Whether no approved decision disposes of it: there is none, or the authority it was sent to declined."""
    in_force = concern.in_force
    return in_force is None or _declined(concern, in_force)


def correction_pending(concern: Concern) -> bool:
    """Whether a decision stands that nobody has approved yet, be it the first or the correction of another."""
    return bool(concern.decisions) and concern.decisions[-1].approval is None


def _declined(concern: Concern, decision: Decided) -> bool:
    answer = concern.answer_to(decision.decision_id) if concern.answers else None
    return answer is not None and not answer.accepted
