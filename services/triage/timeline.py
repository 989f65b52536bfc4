"""What has happened to a concern in triage, in order of time: an entry a line."""

from collections.abc import Iterable

from services.triage.cases import Concern, Decided
from shared.chassis.views import Entry, happened, in_order


def timeline(concern: Concern) -> tuple[Entry, ...]:
    """Everything that is remembered of a concern."""
    return in_order(_entries(concern))


def _entries(concern: Concern) -> Iterable[Entry | None]:
    yield happened(concern.received_at, "received", emergency_duty=concern.emergency_duty or None)
    for at in concern.further:
        yield happened(at, "further_information")
    for look in concern.screenings:
        yield happened(
            look.at,
            "screened",
            by=look.screened_by,
            urgent=look.urgent,
            safe_now=look.safe_now.value,
            risk_level=look.risk_level,
            emergency_duty=look.emergency_duty or None,
        )
    for hand in concern.reroutes:
        by, teams = hand.decided_by, (hand.from_team, hand.team)
        yield happened(hand.decided_at, "rerouted", by=by, from_team=teams[0], team=teams[1], reason=hand.reason)
    for decided in concern.decisions:
        yield from _decided(decided)
    for answer in concern.answers:
        by, decision_id = answer.recorded_by, answer.decision_id
        yield happened(answer.at, "authority_answered", by=by, decision_id=decision_id, accepted=answer.accepted)
    for told in concern.feedback:
        yield happened(told.at, "referrer_told", by=told.given_by, told=told.told, reason=told.reason_not_told)
    if (said := concern.withdrawal) is not None:
        yield happened(said.decided_at, "withdrawn" if said.withdrawn else "reinstated")


def _decided(decided: Decided) -> Iterable[Entry | None]:
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
        large_scale=decided.large_scale,
        overridden=None if decided.override is None else tuple(ground.value for ground in decided.override.grounds),
    )
    if (approval := decided.approval) is not None:
        by, decision_id = approval.approved_by, decided.decision_id
        yield happened(approval.approved_at, "approved", by=by, decision_id=decision_id, role=approval.role)
