"""What triage decides: a route for every concern, and which of people's decisions are complete and lawful."""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from services.triage import repeat_notices
from services.triage.approval import approve
from services.triage.cases import Case, Concern, concern_in
from services.triage.policy import COVENTRY_2024_1, Policy
from services.triage.routing import route
from services.triage.standing import stand
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import TriageApproved, TriageDecided
from shared.contracts.intake import ConcernReceived
from shared.contracts.triage import ConcernRouted
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Metadata

Reads = ConcernReceived | TriageDecided | TriageApproved | RepeatReviewOpened | RepeatReviewDone | RepeatReviewWithdrawn


def keys(event: Reads) -> tuple[UUID, ...]:
    """The case an event belongs to: its concern, or the adult a repeat review is about."""
    match event:
        case ConcernReceived() | TriageDecided() | TriageApproved():
            return (event.concern_id,)
        case RepeatReviewOpened() | RepeatReviewDone() | RepeatReviewWithdrawn():
            return (event.adult_id,)


def decide(
    cases: Mapping[UUID, Case], event: Reads, meta: Metadata, policy: Policy = COVENTRY_2024_1
) -> Decision[Case] | Wait | Refused:
    """The concern or adult as it is after an event, and what triage states about it."""
    match event:
        case ConcernReceived():
            return _arrive(cases, event, policy)
        case TriageDecided():
            return stand(cases, event, meta)
        case TriageApproved():
            return approve(cases, event, meta, policy)
        case RepeatReviewOpened():
            return repeat_notices.opened(cases, event)
        case RepeatReviewDone():
            return repeat_notices.done(cases, event)
        case RepeatReviewWithdrawn():
            return repeat_notices.withdrawn(cases, event)


def _arrive(cases: Mapping[UUID, Case], event: ConcernReceived, policy: Policy) -> Decision[Case]:
    """The concern routed, on arrival and only then: hearing of it again moves it to nobody else."""
    if concern_in(cases, event.concern_id) is not None:
        return Decision({})
    way = route(event.report, event.received_at, policy)
    routed = ConcernRouted(
        concern_id=event.concern_id,
        adult_id=event.adult_id,
        team=way.team,
        rule=way.rule,
        fast_track=way.fast_track,
        out_of_hours=way.out_of_hours,
        emergency_duty=way.emergency_duty,
        policy=policy.version,
    )
    arrived = Concern(
        adult_id=event.adult_id,
        received_at=event.received_at.astimezone(UTC),
        team=way.team,
        emergency_duty=way.emergency_duty,
    )
    return Decision({event.concern_id: arrived}, (routed,))
