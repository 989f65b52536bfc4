"""What has happened to a concern in triage, in order of time: an entry a line."""

from collections.abc import Iterable

from services.triage.cases import Concern
from shared.chassis.views import Entry, happened, in_order


def timeline(concern: Concern) -> tuple[Entry, ...]:
    """Everything that is remembered of a concern."""
    return in_order(_entries(concern))


def _entries(concern: Concern) -> Iterable[Entry | None]:
    yield happened(concern.received_at, "received", team=concern.team, emergency_duty=concern.emergency_duty or None)
    for decided in concern.decisions:
        yield happened(
            decided.decided_at,
            "decided",
            by=decided.decided_by,
            decision_id=decided.decision_id,
            decision=decided.decision.value,
            disposals=tuple(disposal.value for disposal in decided.disposals),
            authority=decided.authority,
            duplicate_of=decided.duplicate_of,
            supersedes=decided.supersedes,
        )
    if (approval := concern.approval) is not None:
        yield happened(approval.approved_at, "approved", by=approval.approved_by, role=approval.role)
