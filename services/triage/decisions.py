"""What triage decides, event by event; each rule is in a module of its own."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.triage import repeat_notices
from services.triage.approval import approve
from services.triage.arrival import arrive
from services.triage.awaiting import settled
from services.triage.cases import Case
from services.triage.feedback import give
from services.triage.further import hear
from services.triage.other_authority import note_answer
from services.triage.policy import VERSIONS, Policy
from services.triage.rerouting import reroute
from services.triage.screening import screen
from services.triage.standing import stand
from services.triage.withdrawal import note_withdrawal
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import (
    AuthorityAnswered,
    FeedbackGiven,
    RerouteDecided,
    ScreeningRecorded,
    TriageApproved,
    TriageDecided,
)
from shared.contracts.intake import ConcernReceived, ConcernReinstated, ConcernWithdrawn, FurtherInformationReceived
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Event, Metadata

Rule = Callable[[Mapping[UUID, Case], Any, Metadata, Policy], Decision[Case] | Wait | Refused]

ON_A_CONCERN: Mapping[type[Event], Rule] = MappingProxyType(
    {
        ConcernReceived: arrive,
        FurtherInformationReceived: hear,
        TriageDecided: stand,
        TriageApproved: approve,
        ScreeningRecorded: screen,
        RerouteDecided: reroute,
        AuthorityAnswered: note_answer,
        FeedbackGiven: give,
        ConcernWithdrawn: note_withdrawal,
        ConcernReinstated: note_withdrawal,
    }
)
ON_AN_ADULT: Mapping[type[Event], Rule] = MappingProxyType(
    {
        RepeatReviewOpened: repeat_notices.opened,
        RepeatReviewDone: repeat_notices.done,
        RepeatReviewWithdrawn: repeat_notices.withdrawn,
    }
)
_RULES: dict[type[Event], Rule] = {**ON_A_CONCERN, **ON_AN_ADULT}


def keys(event: Any) -> tuple[UUID, ...]:
    """The cases an event belongs to: its concern, or every record of the adult a repeat review is about."""
    return repeat_notices.adults_of(event) if type(event) in ON_AN_ADULT else (event.concern_id,)


def decide(
    cases: Mapping[UUID, Case], event: Event, meta: Metadata, policy: Policy | None = None
) -> Decision[Case] | Wait | Refused:
    """The concern or adult as it is after an event, and what triage states about it.

    Under the policy that was in force when it was recorded, unless another is asked about.
    """
    answer = _RULES[type(event)](cases, event, meta, policy or VERSIONS.at(meta.recorded))
    if isinstance(answer, Decision) and answer.cases:
        return Decision({key: settled(case) for key, case in answer.cases.items()}, answer.facts)
    return answer
