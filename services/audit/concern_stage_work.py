"""Enquiry work while the record still says "concern": told until the enquiry is logged (seed 003:3697).

The work names an enquiry and no adult, and the opening of that enquiry travels by its adult, so either may be heard of
first. Both orders tell the same: the work, and its end, which follows from the opening.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from services.audit.cases import Case
from services.audit.causes import ended_by
from services.audit.work_cases import Opened, Work
from shared.contracts.audit import Ending, EnquiryWorkAtConcernStage, EnquiryWorkAtConcernStageEnded
from shared.contracts.enquiry import EnquiryOpened, WorkWithoutEnquiry
from shared.kernel.decision import Decision
from shared.kernel.event import Event, Metadata

Told = tuple[dict[UUID, Case], tuple[Event, ...]]


def tell_work(cases: Mapping[UUID, Case], event: WorkWithoutEnquiry, _: Metadata) -> Decision[Case]:
    """The work; and at once its end, where the enquiry was heard of first."""
    known = cases.get(event.enquiry_id)
    if isinstance(known, Work):
        return Decision({})
    work = Work(
        enquiry_id=event.enquiry_id,
        first_recorded_at=event.first_recorded_at.astimezone(UTC),
        due_at=event.due_at.astimezone(UTC),
        concern_id=event.concern_id,
    )
    told = EnquiryWorkAtConcernStage(
        enquiry_id=work.enquiry_id,
        concern_id=work.concern_id,
        first_recorded_at=work.first_recorded_at,
        due_at=work.due_at,
    )
    if isinstance(known, Opened):
        end = _end(work, known)
        return Decision({}, (told, end), {} if known.by is None else {end: known.by.cause})
    return Decision({work.enquiry_id: work}, (told,))


def logged(cases: Mapping[UUID, Case], event: EnquiryOpened, meta: Metadata) -> Told:
    """The enquiry is opened: work told of ends, and work yet to be told of will."""
    known = cases.get(event.enquiry_id)
    if isinstance(known, Opened):
        return {}, ()
    opened = Opened(event.enquiry_id, meta.recorded.astimezone(UTC), ended_by(meta))
    return {event.enquiry_id: opened}, (_end(known, opened),) if isinstance(known, Work) else ()


def _end(work: Work, opened: Opened) -> EnquiryWorkAtConcernStageEnded:
    ending = Ending.ENDED if opened.recorded >= work.due_at else Ending.WITHDRAWN
    return EnquiryWorkAtConcernStageEnded(enquiry_id=work.enquiry_id, ending=ending)
