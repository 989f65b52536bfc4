"""What a concern waits for: a decision, its approval, the approval of a correction, another authority's answer.

A concern that another authority declined is undecided again. One that intake says was recorded in error waits for
nothing, whatever was decided on it before or since.
"""

from msgspec.structs import replace

from services.triage.cases import Awaiting, Case, Concern
from shared.contracts.doors import TriageDecision


def settled(case: Case) -> Case:
    """The case with what it waits for, and what was decided where that disposes of it and was not withdrawn."""
    if not isinstance(case, Concern):
        return case
    awaiting, outcome = awaits(case), _outcome(case)
    if (awaiting, outcome) == (case.awaiting, case.outcome):
        return case
    return replace(case, awaiting=awaiting, outcome=outcome)


def awaits(concern: Concern) -> Awaiting:
    """What the concern waits for; nothing where it is decided, or withdrawn."""
    if concern.withdrawn:
        return Awaiting.NOTHING
    undecided = is_undecided(concern)
    if correction_pending(concern):
        return Awaiting.APPROVAL if undecided else Awaiting.CORRECTION
    if undecided:
        return Awaiting.DECISION
    in_force = concern.in_force
    if in_force is None or in_force.decision is not TriageDecision.SENT_TO_OTHER_AUTHORITY:
        return Awaiting.NOTHING
    return Awaiting.AUTHORITY if concern.answer_to(in_force.decision_id) is None else Awaiting.NOTHING


def _outcome(concern: Concern) -> TriageDecision | None:
    in_force = concern.in_force
    if in_force is None or concern.withdrawn or is_undecided(concern):
        return None
    return in_force.decision


def is_undecided(concern: Concern) -> bool:
    """Whether no approved decision disposes of it: there is none, or the authority it was sent to declined."""
    in_force = concern.in_force
    if in_force is None:
        return True
    answer = concern.answer_to(in_force.decision_id)
    return answer is not None and not answer.accepted


def correction_pending(concern: Concern) -> bool:
    """Whether a decision stands that nobody has approved yet, be it the first or the correction of another."""
    return concern.standing is not concern.in_force
