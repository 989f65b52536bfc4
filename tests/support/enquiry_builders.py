"""Valid enquiries, records and reviews, of which a test names what it is about."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.doors import (
    AskedOf,
    ClosureApproved,
    ClosureProposed,
    DesiredOutcome,
    DriftReviewed,
    MspAnswer,
    OutcomesAsked,
    OutcomesAssessed,
    RepeatReviewed,
    TriageDecision,
    enquiry_id_of,
)
from shared.contracts.enquiry import EnquiryConcluded, EnquiryOpened
from shared.contracts.intake import ConcernLinkedAsDuplicate, ConcernReceived
from shared.contracts.triage import ConcernConverted, ConcernTriaged
from shared.kernel.civil import LONDON
from shared.kernel.identity import derived
from tests.support.builders import ADA, NOON, a_report, limbs

CONCERN = derived("concern", "of the enquiry")
ENQUIRY = enquiry_id_of(CONCERN)
LATER = NOON + timedelta(days=400)
"""When records reach us, unless a test says otherwise: nothing they say is in the future."""


def concern_id(name: str) -> UUID:
    """The id of the concern of that name."""
    return derived("concern", name)


def closure_id(name: str) -> UUID:
    """The id of the closure of that name."""
    return derived("closure", name)


def london(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment by the clocks of London."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


# --- What enquiry reads -------------------------------------------------------------------------------------


def a_conversion(**changes: object) -> ConcernConverted:
    """A conversion, decided at noon."""
    fields = {"concern_id": CONCERN, "adult_id": ADA, "enquiry_id": ENQUIRY, "decided_at": NOON}
    return ConcernConverted.model_validate(fields | changes)


def outcomes(*names: str) -> tuple[DesiredOutcome, ...]:
    """What an adult wants, in their own words (seed 003:3625)."""
    return tuple(DesiredOutcome(outcome_id=name, words="I want to feel safer CANARY-WORDS") for name in names)


def an_asking(*names: str, **changes: object) -> OutcomesAsked:
    """The adult was asked, and expressed the outcomes of these names; or none, where none is named."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "answer": MspAnswer.EXPRESSED if names else MspAnswer.NONE_EXPRESSED,
        "asked_of": AskedOf.ADULT,
        "outcomes": outcomes(*names),
        "asked_at": NOON + timedelta(days=1),
        "recorded_by": "worker-1",
    }
    return OutcomesAsked.model_validate(fields | changes)


def an_assessment(changes: dict[str, object] | None = None, /, **achieved: str) -> OutcomesAssessed:
    """How far the outcomes of these names were achieved, as the adult says."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "achieved": [{"outcome_id": name, "achieved": how} for name, how in achieved.items()],
        "asked_of": AskedOf.ADULT,
        "assessed_at": NOON + timedelta(days=30),
        "recorded_by": "worker-1",
    }
    return OutcomesAssessed.model_validate(fields | (changes or {}), strict=False)


def a_proposal(name: str = "A", supersedes: str | None = None, **changes: object) -> ClosureProposed:
    """A proposal to close the enquiry, a month after it started."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "closure_id": closure_id(name),
        "reason": "enquiry-complete",
        "supersedes": closure_id(supersedes) if supersedes is not None else None,
        "proposed_by": "worker-1",
        "proposed_at": NOON + timedelta(days=31),
    }
    return ClosureProposed.model_validate(fields | changes)


def a_closure_approval(name: str = "A", **changes: object) -> ClosureApproved:
    """A manager's approval of that closure, a day after it was proposed."""
    fields: dict[str, Any] = {
        "enquiry_id": ENQUIRY,
        "closure_id": closure_id(name),
        "approved_by": "manager-1",
        "role": "team_manager",
        "approved_at": NOON + timedelta(days=32),
    }
    return ClosureApproved.model_validate(fields | changes)


# --- What audit reads ---------------------------------------------------------------------------------------


def a_receipt(name: str, at: datetime) -> ConcernReceived:
    """The concern of that name, received then."""
    return ConcernReceived(concern_id=concern_id(name), adult_id=ADA, received_at=at, report=a_report(name))


def a_link(name: str, of: str) -> ConcernLinkedAsDuplicate:
    """A person found the two concerns to be one incident."""
    return ConcernLinkedAsDuplicate(
        concern_id=concern_id(name),
        duplicate_of=concern_id(of),
        adult_id=ADA,
        decided_by="worker-1",
        decided_at=NOON,
    )


def a_triage(name: str, duplicate_of: str | None = None, **changes: object) -> ConcernTriaged:
    """The concern of that name is decided: section 42 not met, or a duplicate where it is said of which."""
    fields: dict[str, Any] = {
        "concern_id": concern_id(name),
        "adult_id": ADA,
        "decision_id": derived("decision", name),
        "decision": TriageDecision.NOT_MET if duplicate_of is None else TriageDecision.DUPLICATE,
        "limbs": limbs(),
        "duplicate_of": concern_id(duplicate_of) if duplicate_of is not None else None,
        "decided_by": "worker-1",
        "decided_at": NOON,
        "approved_by": "manager-1",
        "approved_at": NOON,
    }
    return ConcernTriaged.model_validate(fields | changes)


def an_opening(at: datetime) -> EnquiryOpened:
    """The enquiry, started then."""
    return EnquiryOpened(enquiry_id=ENQUIRY, concern_id=CONCERN, adult_id=ADA, started_at=at)


def a_conclusion(start: datetime, at: datetime) -> EnquiryConcluded:
    """The enquiry, concluded then."""
    return EnquiryConcluded(
        enquiry_id=ENQUIRY,
        concern_id=CONCERN,
        adult_id=ADA,
        started_at=start,
        concluded_at=at,
        closure_id=closure_id("A"),
        reason="enquiry-complete",
        proposed_by="worker-1",
        approved_by="manager-1",
    )


def a_repeat_review(review_id: UUID, **changes: object) -> RepeatReviewed:
    """The repeat review is done."""
    fields: dict[str, Any] = {"adult_id": ADA, "review_id": review_id, "safety_planning": "plan-changed"}
    return RepeatReviewed.model_validate(fields | {"reviewed_by": "coordinator-1", "reviewed_at": NOON} | changes)


def a_drift_review(open_id: UUID, at: datetime, next_look: datetime, **changes: object) -> DriftReviewed:
    """The coordinator looks at something open, and will look again on that day."""
    fields: dict[str, Any] = {
        "adult_id": ADA,
        "open_id": open_id,
        "legitimate": True,
        "reason_open": "court-proceedings",
        "next_look": next_look.date(),
        "reviewed_by": "coordinator-1",
        "reviewed_at": at,
    }
    return DriftReviewed.model_validate(fields | changes)
