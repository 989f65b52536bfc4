"""A concern arrives: it is routed, on arrival and only then (design section 4, rule 1)."""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from services.triage.cases import Case, Concern, concern_in
from services.triage.policy import Policy
from services.triage.routing import route
from shared.contracts.intake import ConcernReceived
from shared.contracts.triage import ConcernRouted
from shared.kernel.decision import Decision
from shared.kernel.event import Metadata


def arrive(cases: Mapping[UUID, Case], event: ConcernReceived, _meta: Metadata, policy: Policy) -> Decision[Case]:
    """The concern with its team; hearing of it again moves it to nobody else."""
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
        set_aside=tuple(dict.fromkeys(one.where for one in event.report.set_aside)),
        possibly_under_18=event.possibly_under_18,
    )
    return Decision({event.concern_id: arrived}, (routed,))
