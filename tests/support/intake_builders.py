"""What people decide about records, of which a test names only what it is about."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.doors import (
    AdultsFoundDifferent,
    AdultsFoundOne,
    ConcernReported,
    DuplicateTakenBack,
    WithdrawalDecided,
    WithdrawalTakenBack,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import ADA, BEN, NOON, told
from tests.support.interleave import Told


def at_hour(hours: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=hours)


def told_in_time(event: Event, name: str) -> Told:
    """An event that reached us when it was decided, or at noon where that was before."""
    decided_at = getattr(event, "decided_at", NOON)
    return told(event, name, at=max(decided_at, NOON))


def adult_of(report: ConcernReported) -> UUID:
    """The adult whom a report was the first to be about."""
    return derived("adult", str(report.concern_id))


def a_duplicate_taken_back(concern: ConcernReported, of: ConcernReported, **changes: object) -> DuplicateTakenBack:
    """A finding that two reports tell of separate incidents after all."""
    fields = {"concern_id": concern.concern_id, "duplicate_of": of.concern_id}
    return DuplicateTakenBack.model_validate(fields | {"decided_by": "worker-2", "decided_at": at_hour(1)} | changes)


def a_withdrawal(concern: ConcernReported, **changes: object) -> WithdrawalDecided:
    """A decision that a concern was recorded in error."""
    fields = {"concern_id": concern.concern_id, "reason": "recorded-in-error", "decided_by": "worker-1"}
    return WithdrawalDecided.model_validate(fields | {"decided_at": at_hour(1)} | changes)


def a_reinstatement(concern: ConcernReported, **changes: object) -> WithdrawalTakenBack:
    """A decision that withdrawing the concern was the error."""
    fields = {"concern_id": concern.concern_id, "reason": "was-no-error", "decided_by": "worker-2"}
    return WithdrawalTakenBack.model_validate(fields | {"decided_at": at_hour(2)} | changes)


def merge_id(name: str) -> UUID:
    """The deciding system's id of the merge of that name."""
    return derived("merge", name)


def a_merge(name: str = "M", adult: UUID = ADA, other: UUID = BEN, **changes: object) -> AdultsFoundOne:
    """A finding that two adult records are of one person."""
    fields: dict[str, Any] = {"merge_id": merge_id(name), "adult_id": adult, "other_adult_id": other}
    said = {"grounds": "same-nhs-number", "decided_by": "worker-1", "decided_at": NOON}
    return AdultsFoundOne.model_validate(fields | said | changes)


def an_unmerge(name: str = "M", **changes: object) -> AdultsFoundDifferent:
    """A finding that the adults of that merge are two people after all."""
    said = {"grounds": "twins", "decided_by": "worker-2", "decided_at": at_hour(1)}
    return AdultsFoundDifferent.model_validate({"merge_id": merge_id(name)} | said | changes)
