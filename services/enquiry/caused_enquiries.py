"""The council causes others to make enquiries, and keeps the responsibility (section 42(2); domain 1.8).

It sees that what it asked for comes, chases it, and sends back what does not satisfy it. What stands follows from
when things happened, never from when they were recorded.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Caused, CauseStep, in_order
from services.enquiry.records import (
    CONCLUDED,
    NOTHING_NEW,
    Answer,
    Taken,
    gone_on,
    id_used,
    of_id,
    same_as,
    too_early,
)
from shared.contracts.doors import Answer as Answered
from shared.contracts.doors import CausedEnquiryChased, CausedEnquiryReturned, EnquiryCaused
from shared.kernel.civil import london_day
from shared.kernel.decision import Reason, Refused, Wait

OfACause = EnquiryCaused | CausedEnquiryChased | CausedEnquiryReturned


def cause(enquiry: Enquiry, record: EnquiryCaused, _: Taken) -> Answer:
    """Another body is to make enquiries by a day."""
    return _with(enquiry, _caused(record))


def caused_before(enquiry: Enquiry, record: EnquiryCaused) -> bool | Refused:
    """Whether the same was caused before, whatever followed since."""
    known = _caused_of(enquiry, record)
    at_first = None if known is None else replace(known, steps=(), told_on=None)
    return same_as(at_first, _caused(record), id_used("cause_id"))


def chase(enquiry: Enquiry, record: CausedEnquiryChased, _: Taken) -> Answer:
    """The council asks where it is, and may set another day."""
    step = CauseStep(at=record.chased_at, by=record.chased_by, due_on=record.due_on)
    return _follow(enquiry, record, step, "chased_at")


def take_answer(enquiry: Enquiry, record: CausedEnquiryReturned, taken: Taken) -> Answer:
    """The other body has answered. What does not satisfy goes back, and is due again; the council can challenge it."""
    due_on = record.due_on
    if not record.satisfactory and due_on is None:
        due_on = london_day(record.returned_at) + timedelta(days=taken.policy.due_again_in_days)
    step = CauseStep(
        at=record.returned_at,
        by=record.recorded_by,
        due_on=due_on,
        satisfactory=record.satisfactory,
        reason=record.reason,
    )
    return _follow(enquiry, record, step, "returned_at")


def conflict_undecided(record: EnquiryCaused) -> Iterable[Reason]:
    """A conflict of interest is decided on by somebody, who is named."""
    if record.under_suspicion is Answered.YES and record.conflict_decided_by is None:
        yield Reason(
            code="conflict_decision_missing",
            says="A body under suspicion enquires into itself only where somebody decided so: "
            "`conflict_decided_by` names them, or another body is caused to make the enquiries.",
            where="conflict_decided_by",
        )


def answer_contradicts(record: CausedEnquiryReturned) -> Iterable[Reason]:
    """What goes back goes back with a reason, and of what satisfies nothing more is due."""
    if not record.satisfactory and record.reason is None:
        yield Reason(
            code="reason_missing",
            says="An answer that does not satisfy the council goes back with a `reason`.",
            where="reason",
        )
    if record.satisfactory and record.due_on is not None:
        yield Reason(
            code="due_on_contradicts",
            says="Nothing more is due after a satisfactory answer: `due_on` is accepted with one that is not.",
            where="due_on",
        )


def due_before_caused(record: EnquiryCaused) -> Iterable[Reason]:
    """Nothing is due before it is asked for."""
    return _due_before(record.due_on, record.caused_at, "it is caused")


def due_before_chased(record: CausedEnquiryChased) -> Iterable[Reason]:
    """Nor before it is asked for again."""
    return _due_before(record.due_on, record.chased_at, "it is chased")


def due_before_returned(record: CausedEnquiryReturned) -> Iterable[Reason]:
    """Nor before it is sent back."""
    return _due_before(record.due_on, record.returned_at, "it comes back")


def _due_before(due_on: date | None, at: datetime, when: str) -> Iterable[Reason]:
    if due_on is not None and due_on < london_day(at):
        yield Reason(
            code="due_on_too_early",
            says=f"`due_on` is accepted when it is not before the day on which {when}, in London.",
            where="due_on",
        )


def _follow(enquiry: Enquiry, record: OfACause, step: CauseStep, where: str) -> Answer:
    """What followed on a cause, in its place by when it happened. It may be noted of a concluded enquiry already."""
    caused = _caused_of(enquiry, record)
    if caused is not None and step in caused.steps:
        return NOTHING_NEW
    if enquiry.concluded is not None:
        return CONCLUDED
    if caused is None:
        return Wait("the enquiry elsewhere to be caused")
    if reasons := tuple(too_early(step.at, caused.caused_at, where, "the enquiry elsewhere was caused")):
        return Refused(reasons)
    return _with(enquiry, replace(caused, steps=in_order((*caused.steps, step))))


def _caused(record: EnquiryCaused) -> Caused:
    return Caused(
        cause_id=record.cause_id,
        body=record.body,
        first_due_on=record.due_on,
        caused_at=record.caused_at,
        caused_by=record.caused_by,
        organisation=record.organisation,
        scope=record.scope,
        under_suspicion=record.under_suspicion,
        conflict_decided_by=record.conflict_decided_by,
    )


def _caused_of(enquiry: Enquiry, record: OfACause) -> Caused | None:
    return of_id(enquiry.course.caused, "cause_id", record.cause_id)


def _with(enquiry: Enquiry, caused: Caused) -> Enquiry:
    others = (one for one in enquiry.course.caused if one.cause_id != caused.cause_id)
    every = sorted((*others, caused), key=lambda one: (one.caused_at, one.cause_id))
    return gone_on(enquiry, caused=tuple(every))
