"""What people decide and record about a concern at triage, and withdrawals, of which a test names what it is about."""

from datetime import timedelta
from uuid import UUID

from shared.contracts.doors import (
    AdultTold,
    Answer,
    AuthorityAnswered,
    Consents,
    FeedbackGiven,
    Override,
    OverrideGround,
    RerouteDecided,
    ScreeningRecorded,
    TriageDecided,
    TriageDecision,
)
from shared.contracts.intake import ConcernReinstated, ConcernWithdrawn
from tests.support.builders import ADA, NOON, a_decision, a_report, decision_id

HERE = a_report().concern_id
ELSEWHERE = a_report("REF-2").concern_id

REFUSING = Consents(to_enquiry=Answer.NO)
AN_OVERRIDE = Override(grounds=(OverrideGround.OTHERS_AT_RISK,), decided_by="worker-1", adult_told=AdultTold.TOLD)


def decided(decision: TriageDecision, name: str = "A", after: str | None = None, **changes: object) -> TriageDecided:
    """A lawful decision of a kind; `after` names the one it supersedes."""
    supersedes = None if after is None else decision_id(after)
    changes = ({"duplicate_of": ELSEWHERE} if decision is TriageDecision.DUPLICATE else {}) | changes
    return a_decision(name, HERE, decision, **({"supersedes": supersedes} | changes))


def a_screening(**changes: object) -> ScreeningRecorded:
    """A first look, half an hour after receipt, in hours: not urgent, the adult safe."""
    fields = {
        "concern_id": HERE,
        "urgent": False,
        "safe_now": Answer.YES,
        "screened_by": "screener-1",
        "screened_at": NOON + timedelta(minutes=30),
    }
    return ScreeningRecorded.model_validate(fields | changes)


def a_reroute(team: str = "hospital", minutes: int = 30, **changes: object) -> RerouteDecided:
    """The concern is handed to a team, so many minutes after receipt."""
    fields = {
        "concern_id": HERE,
        "team": team,
        "reason": "in-hospital",
        "decided_by": "worker-1",
        "decided_at": NOON + timedelta(minutes=minutes),
    }
    return RerouteDecided.model_validate(fields | changes)


def an_answer(name: str = "A", *, accepted: bool = True, hours: float = 2.5, **changes: object) -> AuthorityAnswered:
    """The authority that the decision of that name sent the concern to says whether it takes it."""
    fields = {
        "concern_id": HERE,
        "decision_id": decision_id(name),
        "accepted": accepted,
        "recorded_by": "worker-1",
        "answered_at": NOON + timedelta(hours=hours),
    }
    return AuthorityAnswered.model_validate(fields | changes)


def feedback(**changes: object) -> FeedbackGiven:
    """The referrer was told."""
    fields = {"concern_id": HERE, "told": True, "given_by": "worker-1", "given_at": NOON + timedelta(hours=2)}
    return FeedbackGiven.model_validate(fields | changes)


def a_withdrawal(hours: float = 1, concern: UUID = HERE, adult_id: UUID = ADA) -> ConcernWithdrawn:
    """The concern was recorded in error, decided so many hours after receipt."""
    at = NOON + timedelta(hours=hours)
    return ConcernWithdrawn(concern_id=concern, adult_id=adult_id, reason="in-error", decided_by="w", decided_at=at)


def a_reinstatement(hours: float = 2, concern: UUID = HERE, adult_id: UUID = ADA) -> ConcernReinstated:
    """Withdrawing it was the error."""
    at = NOON + timedelta(hours=hours)
    return ConcernReinstated(concern_id=concern, adult_id=adult_id, reason="not-so", decided_by="w", decided_at=at)
