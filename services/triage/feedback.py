"""The referrer is told what became of the concern; or it is said why not: a task, not a courtesy (domain 10).

What became of it is known when a decision is approved; feedback recorded before that waits for it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, Feedback, concern_in, with_record
from services.triage.policy import Policy
from services.triage.told_times import before_receipt
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import FeedbackGiven
from shared.contracts.triage import ReferrerTold
from shared.kernel.decision import Decision, Reason, Refused, Wait
from shared.kernel.event import Metadata


def give(
    cases: Mapping[UUID, Case], event: FeedbackGiven, meta: Metadata, _policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with the referrer told, or with the reason why not; later words are accepted beside earlier ones."""
    if reasons := (*_reason_given(event), *in_the_future(event.given_at, "given_at", meta.recorded)):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    if reason := before_receipt("given_at", event.given_at, concern.received_at):
        return Refused((reason,))
    if concern.in_force is None:
        return Wait("a decision on the concern to be approved")
    given = Feedback(
        at=event.given_at.astimezone(UTC),
        identity=meta.identity,
        told=event.told,
        given_by=event.given_by,
        reason_not_told=event.reason_not_told,
    )
    feedback = with_record(concern.feedback, given)
    if feedback is None:
        return Decision({})
    told = ReferrerTold(
        concern_id=event.concern_id,
        adult_id=concern.adult_id,
        told=event.told,
        reason_not_told=event.reason_not_told,
        given_by=event.given_by,
        given_at=given.at,
    )
    return Decision({event.concern_id: replace(concern, feedback=feedback)}, (told,))


def _reason_given(event: FeedbackGiven) -> Iterable[Reason]:
    """A reason is given where the referrer was not told, and only there."""
    if event.told and event.reason_not_told is not None:
        yield Reason(
            code="reason_although_told",
            says="The referrer was told, so there is no reason for not telling them: `reason_not_told` is accepted "
            "when `told` is false.",
            where="reason_not_told",
        )
    if not event.told and event.reason_not_told is None:
        yield Reason(
            code="reason_not_told_missing",
            says="That the referrer was not told is accepted when `reason_not_told` says why.",
            where="reason_not_told",
        )
