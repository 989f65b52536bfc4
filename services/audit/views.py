"""What can be read of audit: an adult's history, and the lists the Safeguarding Adults Coordinator works through."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from services.audit.cases import Adult, Case
from services.audit.history import AdultShown, show_adult
from services.audit.repeat import open_review
from services.audit.work_cases import Work
from shared.chassis.case_lists import CaseList, Columns
from shared.chassis.views import CaseView, Filter, ReadModel
from shared.contracts.audit import AdvocacyGap, OpenKind
from shared.contracts.enquiry import EnquiryKind


class OpenReview(ReadModel):
    """A repeat review that is open: for which adult, and about which concerns; `since` is the first one's receipt."""

    adult_id: UUID
    concerns: tuple[UUID, ...]
    since: datetime
    review_id: UUID


class Drifting(ReadModel):
    """Something over six months that has come to the coordinator; `awaiting_look` while it is with them."""

    open_id: UUID
    kind: OpenKind
    adult_id: UUID
    started_at: datetime
    flagged_at: datetime
    look: int
    awaiting_look: bool
    next_flag: datetime | None
    legitimate: bool | None
    reason_open: str | None
    next_look: date | None


class Gap(ReadModel):
    """An enquiry whose adult lacks capacity and has nobody, or family and friends alone, to speak for them."""

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    kind: EnquiryKind
    gap: AdvocacyGap
    since: datetime


class Overdue(ReadModel):
    """A concern that has passed the local target for a decision."""

    concern_id: UUID
    adult_id: UUID
    received_at: datetime
    overdue_at: datetime


class Flagged(ReadModel):
    """A record that cannot be right, or lacks what it needs."""

    finding: str
    flag: str
    adult_id: UUID
    about: UUID


class EarlyWork(ReadModel):
    """Enquiry work while the record still says "concern", and since when it should have had an enquiry."""

    enquiry_id: UUID
    concern_id: UUID | None
    first_recorded_at: datetime
    due_at: datetime


def _reviews(adult_id: UUID, case: Case) -> Iterable[Columns]:
    if isinstance(case, Adult) and (review := open_review(case)) is not None:
        yield {
            "adult_id": adult_id,
            "concerns": case.review_ends,
            "since": review.since,
            "review_id": review.review_id,
        }


def _drifting(adult_id: UUID, case: Case) -> Iterable[Columns]:
    for item in case.open if isinstance(case, Adult) else ():
        if item.flagged_at is not None and item.ended is None:
            look = item.last_look
            yield {
                "open_id": item.open_id,
                "kind": item.kind,
                "adult_id": adult_id,
                "started_at": item.started_at,
                "flagged_at": item.flagged_at,
                "look": item.look,
                "awaiting_look": item.next_flag is None,
                "next_flag": item.next_flag,
                "legitimate": None if look is None else look.legitimate,
                "reason_open": None if look is None else look.reason_open,
                "next_look": None if look is None else look.next_look,
            }


def _gaps(adult_id: UUID, case: Case) -> Iterable[Columns]:
    for enquiry in case.enquiries if isinstance(case, Adult) else ():
        if enquiry.gap is not None and enquiry.gap_since is not None:
            yield {
                "enquiry_id": enquiry.enquiry_id,
                "concern_id": enquiry.concern_id,
                "adult_id": adult_id,
                "kind": enquiry.kind,
                "gap": enquiry.gap,
                "since": enquiry.gap_since,
            }


def _overdue(adult_id: UUID, case: Case) -> Iterable[Columns]:
    for item in case.open if isinstance(case, Adult) else ():
        if item.kind is OpenKind.CONCERN and item.overdue_at is not None and item.ended is None:
            yield {
                "concern_id": item.open_id,
                "adult_id": adult_id,
                "received_at": item.started_at,
                "overdue_at": item.overdue_at,
            }


def _flagged(adult_id: UUID, case: Case) -> Iterable[Columns]:
    for flag in case.flags if isinstance(case, Adult) else ():
        if not flag.aside:
            finding = f"{flag.flag}/{adult_id}/{flag.about}"
            yield {"finding": finding, "flag": flag.flag, "adult_id": adult_id, "about": flag.about}


def _early_work(enquiry_id: UUID, case: Case) -> Iterable[Columns]:
    if isinstance(case, Work):
        yield {
            "enquiry_id": enquiry_id,
            "concern_id": case.concern_id,
            "first_recorded_at": case.first_recorded_at,
            "due_at": case.due_at,
        }


_ADULT = Filter("adult_id", "About this adult.")

VIEWS = (
    CaseView(
        path="/adults/{adult_id}",
        says="An adult's history: concerns and why each counts today or does not, enquiries and how they ended, repeat"
        " reviews, what drifts, missing advocates and flags. Merged records are shown as one.",
        answer=AdultShown,
        shows=show_adult,
    ),
    CaseList(
        path="/repeat-reviews",
        says="Repeat reviews that are open (seed 003:3695), the one whose first concern was received first at the top.",
        row=OpenReview,
        rows=_reviews,
        order="since",
        key="adult_id",
        filters=(_ADULT,),
    ),
    CaseList(
        path="/drift",
        says="What is over six months and has come to the coordinator (seed 003:3464), what came first at the top.",
        row=Drifting,
        rows=_drifting,
        order="flagged_at",
        key="open_id",
        filters=(
            Filter("kind", "A concern or an enquiry."),
            Filter("awaiting_look", "Whether it is with the coordinator now."),
            Filter("legitimate", "As the coordinator found at the last look."),
            _ADULT,
        ),
    ),
    CaseList(
        path="/advocacy-gaps",
        says="Adults who lack capacity and have no advocate on record (seed 003:3696), the longest first.",
        row=Gap,
        rows=_gaps,
        order="since",
        key="enquiry_id",
        filters=(Filter("gap", "Nobody, or family and friends alone."), _ADULT),
    ),
    CaseList(
        path="/overdue-decisions",
        says="Concerns past the local target for a decision, the longest overdue first.",
        row=Overdue,
        rows=_overdue,
        order="overdue_at",
        key="concern_id",
        filters=(_ADULT,),
    ),
    CaseList(
        path="/data-quality",
        says="Records that cannot be right, or lack what they need, by kind of flag.",
        row=Flagged,
        rows=_flagged,
        order="finding",
        key="finding",
        filters=(
            Filter("flag", "Of this kind.", holds="finding >= {value} || '/' AND finding < {value} || '0'"),
            _ADULT,
        ),
    ),
    CaseList(
        path="/work-at-concern-stage",
        says="Enquiry work that goes on while the record still says concern (seed 003:3697), the longest first.",
        row=EarlyWork,
        rows=_early_work,
        order="due_at",
        key="enquiry_id",
        once_due=True,
    ),
)
