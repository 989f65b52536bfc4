"""Which enquiry a decision starts, and what a correction does to the one that was started.

Design section 4, rules 3 and 4: an enquiry is a record of its own, linked to its concern, and starts when the decider
decided. A correction that keeps to the same kind of enquiry leaves it as it is: it started with the first of an
unbroken run of such decisions. One that leads away from it takes it back, so that it counts as never started; one that
leads to it later starts it, or starts it again, under the same id.
"""

from uuid import UUID

from services.triage.cases import Concern, Decided
from shared.contracts.doors import TriageDecision, enquiry_id_of, other_enquiry_id_of
from shared.contracts.triage import ConcernConverted, ConversionTakenBack, OtherEnquiryStarted
from shared.kernel.event import Event


def follow(concern_id: UUID, concern: Concern, before: Decided | None, now: Decided) -> tuple[Event, ...]:
    """What becomes of the concern's enquiries when a decision takes the place of the one in force, if there is one."""
    if before is not None and before.decision is now.decision:
        return ()
    return (*_taken_back(concern_id, concern, before, now), *_started(concern_id, concern, now))


def _started(concern_id: UUID, concern: Concern, now: Decided) -> tuple[Event, ...]:
    if now.decision is TriageDecision.S42_MET:
        return (
            ConcernConverted(
                concern_id=concern_id,
                adult_id=concern.adult_id,
                enquiry_id=enquiry_id_of(concern_id),
                decided_at=now.decided_at,
                decision_id=now.decision_id,
                large_scale=now.large_scale,
            ),
        )
    if now.decision is TriageDecision.OTHER_ENQUIRY:
        return (
            OtherEnquiryStarted(
                concern_id=concern_id,
                adult_id=concern.adult_id,
                enquiry_id=other_enquiry_id_of(concern_id),
                decided_at=now.decided_at,
                decision_id=now.decision_id,
                large_scale=now.large_scale,
            ),
        )
    return ()


def _taken_back(concern_id: UUID, concern: Concern, before: Decided | None, now: Decided) -> tuple[Event, ...]:
    enquiry_id = None if before is None else _enquiry_of(concern_id, before)
    if enquiry_id is None:
        return ()
    return (
        ConversionTakenBack(
            concern_id=concern_id,
            adult_id=concern.adult_id,
            enquiry_id=enquiry_id,
            decision_id=now.decision_id,
            decided_at=now.decided_at,
        ),
    )


def _enquiry_of(concern_id: UUID, decision: Decided) -> UUID | None:
    if decision.decision is TriageDecision.S42_MET:
        return enquiry_id_of(concern_id)
    return other_enquiry_id_of(concern_id) if decision.decision is TriageDecision.OTHER_ENQUIRY else None
