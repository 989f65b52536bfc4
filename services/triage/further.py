"""More is heard of a concern: it goes to nobody else by that, but is as urgent as the most urgent word of it."""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, concern_in
from services.triage.policy import Policy
from services.triage.routing import route
from shared.contracts.intake import FurtherInformationReceived
from shared.kernel.decision import Decision, Wait
from shared.kernel.event import Metadata

_REMEMBERED = 50


def hear(
    cases: Mapping[UUID, Case], event: FurtherInformationReceived, _meta: Metadata, policy: Policy
) -> Decision[Case] | Wait:
    """The concern with when more was heard of it; what is urgent out of hours brings it to the emergency duty team."""
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern that it says more about")
    at = event.received_at.astimezone(UTC)
    urgent = concern.urgent_since
    if route(event.report, event.received_at, policy).emergency_duty:
        urgent = at if urgent is None else max(urgent, at)
    aside = dict.fromkeys((*concern.set_aside, *(one.where for one in event.report.set_aside)))
    changed = replace(
        concern,
        further=tuple(sorted({*concern.further, at}))[-_REMEMBERED:],
        urgent_since=urgent,
        set_aside=tuple(aside),
        possibly_under_18=concern.possibly_under_18 or event.possibly_under_18,
    )
    return Decision({event.concern_id: changed})
