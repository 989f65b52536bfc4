"""The council causes others to make enquiries, and keeps the responsibility (section 42(2); domain 1.8).

It sees that what it asked for comes, chases it, and sends back what does not satisfy it. What stands follows from
when things happened, never from when they were recorded.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.course_cases import Caused, CauseStep, in_order
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import (
    CONCLUDED,
    NOT_OPENED,
    about,
    declared,
    from_the_future,
    id_used,
    noted,
    too_early,
)
from shared.contracts.doors import Answer, CausedEnquiryChased, CausedEnquiryReturned, EnquiryCaused
from shared.contracts.enquiry import CausedChased, CausedReturned, EnquiryCausedElsewhere, EnquiryFact
from shared.kernel.civil import london_day
from shared.kernel.decision import Decision, Reason, Refused, Wait
from shared.kernel.event import Metadata


def cause(
    enquiry: Enquiry | None, event: EnquiryCaused, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """Another body is to make enquiries by a day; the same cause again changes nothing."""
    if reasons := tuple(_impossible_cause(event, meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    caused = Caused(
        cause_id=event.cause_id,
        body=event.body,
        first_due_on=event.due_on,
        caused_at=event.caused_at.astimezone(UTC),
        caused_by=event.caused_by,
        organisation=event.organisation,
        scope=event.scope,
        under_suspicion=event.under_suspicion,
        conflict_decided_by=event.conflict_decided_by,
    )
    known = _known(enquiry, event.cause_id)
    if known is not None:
        return Decision({}) if replace(known, steps=(), told_on=None) == caused else id_used("cause_id")
    if enquiry.concluded is not None:
        return CONCLUDED
    if reasons := tuple(too_early(caused.caused_at, enquiry.started_at, "caused_at", "the enquiry started")):
        return Refused(reasons)
    fact = EnquiryCausedElsewhere(**about(enquiry), record=declared(event))
    return noted(enquiry, fact, caused=_with(enquiry, caused))


def chase(
    enquiry: Enquiry | None, event: CausedEnquiryChased, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The council asks where it is, and may set another day."""
    reasons = (
        *from_the_future(event.chased_at, "chased_at", meta, policy),
        *_due_before(event.due_on, event.chased_at, "it is chased"),
    )
    if reasons:
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    step = CauseStep(at=event.chased_at.astimezone(UTC), by=event.chased_by, due_on=event.due_on)
    fact = CausedChased(**about(enquiry), record=declared(event))
    return _follow(enquiry, event.cause_id, step, fact, "chased_at")


def take_answer(
    enquiry: Enquiry | None, event: CausedEnquiryReturned, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The other body has answered. What does not satisfy goes back, and is due again; the council can challenge it."""
    if reasons := tuple(_impossible_answer(event, meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    due_on = event.due_on
    if not event.satisfactory and due_on is None:
        due_on = london_day(event.returned_at) + timedelta(days=policy.due_again_in_days)
    step = CauseStep(
        at=event.returned_at.astimezone(UTC),
        by=event.recorded_by,
        due_on=due_on,
        satisfactory=event.satisfactory,
        reason=event.reason,
    )
    fact = CausedReturned(**about(enquiry), record=declared(event))
    return _follow(enquiry, event.cause_id, step, fact, "returned_at")


def _follow(
    enquiry: Enquiry, cause_id: UUID, step: CauseStep, fact: EnquiryFact, where: str
) -> Decision[Case] | Wait | Refused:
    """What followed on a cause, in its place by when it happened."""
    caused = _known(enquiry, cause_id)
    if caused is not None and step in caused.steps:
        return Decision({})
    if enquiry.concluded is not None:
        return CONCLUDED
    if caused is None:
        return Wait("the enquiry elsewhere to be caused")
    if reasons := tuple(too_early(step.at, caused.caused_at, where, "the enquiry elsewhere was caused")):
        return Refused(reasons)
    steps = in_order((*caused.steps, step))
    return noted(enquiry, fact, caused=_with(enquiry, replace(caused, steps=steps)))


def _known(enquiry: Enquiry, cause_id: UUID) -> Caused | None:
    return next((caused for caused in enquiry.course.caused if caused.cause_id == cause_id), None)


def _with(enquiry: Enquiry, caused: Caused) -> tuple[Caused, ...]:
    others = (one for one in enquiry.course.caused if one.cause_id != caused.cause_id)
    return tuple(sorted((*others, caused), key=lambda one: (one.caused_at, one.cause_id)))


def _impossible_cause(event: EnquiryCaused, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    if event.under_suspicion is Answer.YES and event.conflict_decided_by is None:
        yield Reason(
            code="conflict_decision_missing",
            says="A body under suspicion enquires into itself only where somebody decided so: "
            "`conflict_decided_by` names them, or another body is caused to make the enquiries.",
            where="conflict_decided_by",
        )
    yield from from_the_future(event.caused_at, "caused_at", meta, policy)
    yield from _due_before(event.due_on, event.caused_at, "it is caused")


def _impossible_answer(event: CausedEnquiryReturned, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    if not event.satisfactory and event.reason is None:
        yield Reason(
            code="reason_missing",
            says="An answer that does not satisfy the council goes back with a `reason`.",
            where="reason",
        )
    if event.satisfactory and event.due_on is not None:
        yield Reason(
            code="due_on_contradicts",
            says="Nothing more is due after a satisfactory answer: `due_on` is accepted with one that is not.",
            where="due_on",
        )
    yield from from_the_future(event.returned_at, "returned_at", meta, policy)
    yield from _due_before(event.due_on, event.returned_at, "it comes back")


def _due_before(due_on: date | None, at: datetime, when: str) -> Iterable[Reason]:
    if due_on is not None and due_on < london_day(at):
        yield Reason(
            code="due_on_too_early",
            says=f"`due_on` is accepted when it is not before the day on which {when}, in London.",
            where="due_on",
        )
