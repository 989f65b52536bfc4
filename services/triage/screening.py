"""The first look at a concern: how urgent it is, and whether the adult is safe now.

Urgent, by the screener's flag, and out of hours: the emergency duty team has it at once (design section 4, rule 1;
seed 003:2516). A concern may be looked at several times; every look is stated, and the latest stands.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, Screening, concern_in, with_record
from services.triage.office_hours import out_of_hours
from services.triage.policy import Policy
from services.triage.told_times import before_receipt
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import ScreeningRecorded
from shared.contracts.triage import ConcernScreened
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Metadata


def screen(
    cases: Mapping[UUID, Case], event: ScreeningRecorded, meta: Metadata, policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with this look at it, and whether the emergency duty team has it."""
    if reasons := tuple(in_the_future(event.screened_at, "screened_at", meta.recorded)):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    if reason := before_receipt("screened_at", event.screened_at, concern.received_at):
        return Refused((reason,))
    screening = Screening(
        at=event.screened_at.astimezone(UTC),
        identity=meta.identity,
        urgent=event.urgent,
        safe_now=event.safe_now,
        screened_by=event.screened_by,
        emergency_duty=event.urgent and out_of_hours(event.screened_at, policy.hours),
        risk_level=event.risk_level,
    )
    screenings = with_record(concern.screenings, screening)
    if screenings is None:
        return Decision({})
    screened = ConcernScreened(
        concern_id=event.concern_id,
        adult_id=concern.adult_id,
        urgent=event.urgent,
        safe_now=event.safe_now,
        risk_level=event.risk_level,
        emergency_duty=screening.emergency_duty,
        screened_by=event.screened_by,
        screened_at=screening.at,
        policy=policy.version,
    )
    return Decision({event.concern_id: replace(concern, screenings=screenings)}, (screened,))
