"""Valid reports, concerns and decisions, of which a test names only what it is about.

Names and numbers of people are made up and easy to find, so that a leak would show.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import (
    Adult,
    Answer,
    ConcernReported,
    DuplicateFound,
    Limbs,
    TriageApproved,
    TriageDecided,
    TriageDecision,
)
from shared.contracts.intake import ConcernReceived
from shared.kernel.event import Event, Metadata
from shared.kernel.identity import derived, event_identity
from tests.support import lawful
from tests.support.interleave import Told

NOON = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
"""A Wednesday in winter, when London keeps UTC."""

ADA = derived("adult", "ada")
BEN = derived("adult", "ben")
NHS_NUMBER = "9990000018"
OTHER_NHS_NUMBER = "9990000026"


def told(event: Event, name: str = "1", at: datetime = NOON, **changes: Any) -> Told:
    """An event with its metadata; `name` tells it from others like it."""
    meta = Metadata(
        identity=event_identity("test", name),
        id=name,
        source="test",
        type=event.type,
        occurred=at,
        received=at,
        recorded=at,
        correlation="test",
        test_numbers=True,
    )
    return Told(event, Metadata(**(meta._asdict() | changes)))


def a_report(reference: str = "REF-1", sender: str = "ambulance", **changes: object) -> ConcernReported:
    """A report that can be accepted."""
    fields: dict[str, Any] = {"narrative": "The man in room 4 has bruises."}
    return ConcernReported.model_validate({"sender": sender, "reference": reference} | fields | changes)


def a_report_about(reference: str = "REF-1", sender: str = "ambulance", **adult: object) -> ConcernReported:
    """A report about an adult of whom so much is known."""
    return a_report(reference, sender, adult=Adult.model_validate(adult))


def a_concern(report: ConcernReported | None = None, adult_id: UUID = ADA, at: datetime = NOON) -> ConcernReceived:
    """A concern as intake states it."""
    report = report if report is not None else a_report()
    return ConcernReceived(concern_id=report.concern_id, adult_id=adult_id, received_at=at, report=report)


def a_duplicate(concern: ConcernReported, of: ConcernReported, **changes: object) -> DuplicateFound:
    """A finding that one report tells of the same incident as another."""
    fields = {"concern_id": concern.concern_id, "duplicate_of": of.concern_id}
    return DuplicateFound.model_validate(fields | {"decided_by": "worker-1", "decided_at": NOON} | changes)


def limbs(needs: Answer = Answer.YES, abuse: Answer = Answer.YES, unable: Answer = Answer.YES) -> Limbs:
    """Answers to the three limbs of section 42(1), each with a reason."""
    return Limbs.model_validate_json(json.dumps(lawful.limbs(needs, abuse, unable)))


NOT_ALL_MET = limbs(unable=Answer.NO)


def a_decision(
    name: str = "A", concern: UUID | None = None, kind: TriageDecision = TriageDecision.S42_MET, **changes: object
) -> TriageDecided:
    """A lawful decision of a kind, that section 42(1) is met unless another is named, an hour after receipt."""
    sent = lawful.decision(concern or a_report().concern_id, decision_id(name), NOON + timedelta(hours=1), kind)
    decided = TriageDecided.model_validate_json(json.dumps(sent))
    return TriageDecided.model_validate({field: getattr(decided, field) for field in sent} | changes)


def decision_id(name: str) -> UUID:
    """The deciding system's id of the decision of that name."""
    return derived("decision", name)


def an_approval(name: str = "A", concern: UUID | None = None, **changes: object) -> TriageApproved:
    """A manager's approval of the decision of that name, two hours after receipt."""
    of = {"concern_id": str(concern or a_report().concern_id), "decision_id": str(decision_id(name))}
    sent = lawful.approval(of, NOON + timedelta(hours=2))
    approved = TriageApproved.model_validate_json(json.dumps(sent))
    return TriageApproved.model_validate({field: getattr(approved, field) for field in sent} | changes)


def review_id(name: str) -> UUID:
    """The id of the repeat review of that name."""
    return derived("review", name)


def a_review_opened(name: str = "R1", adult_id: UUID = ADA) -> RepeatReviewOpened:
    """A repeat review is opened."""
    return RepeatReviewOpened(
        review_id=review_id(name),
        adult_id=adult_id,
        concern_id=a_report().concern_id,
        counted=(a_report().concern_id,),
        window_after=(NOON - timedelta(days=366)).date(),
        window_to=NOON.date(),
    )


def a_review_done(name: str = "R1", adult_id: UUID = ADA, **changes: object) -> RepeatReviewDone:
    """A repeat review is done."""
    fields = {"review_id": review_id(name), "adult_id": adult_id, "safety_planning": "plan-changed"}
    return RepeatReviewDone.model_validate(fields | {"reviewed_by": "coordinator-1", "reviewed_at": NOON} | changes)


def a_review_withdrawn(name: str = "R1", adult_id: UUID = ADA) -> RepeatReviewWithdrawn:
    """A repeat review is withdrawn."""
    return RepeatReviewWithdrawn(review_id=review_id(name), adult_id=adult_id)
