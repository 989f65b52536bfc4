"""What can be read of enquiry: an enquiry with its timeline, a team's worklist, and work that has no enquiry."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.enquiry.cases import Case, EarlyWork, Enquiry, RepeatReviews, enquiry_in
from services.enquiry.clocks import Stage, next_target, stage_of
from services.enquiry.progress import DeadlineKind, next_clock
from services.enquiry.risk import assessment_now, outcome_now
from services.enquiry.timeline import timeline
from shared.chassis.case_lists import CaseList, Columns
from shared.chassis.views import CaseView, Entry, Filter, ReadModel
from shared.contracts.doors import Achievement, MspAnswer, RiskAssessment, RiskOutcome
from shared.contracts.enquiry import EnquiryKind

WORKLIST = "/worklist"


class RepeatsShown(ReadModel):
    """An adult's repeat reviews, as a practitioner should see them: those open, and the last one's safety planning."""

    open_reviews: tuple[UUID, ...]
    safety_planning: str | None
    reviewed_at: datetime | None


class EnquiryShown(ReadModel):
    """An enquiry: how far it is, who leads it, what stands of what the adult wants and of risk, and what happened.

    `awaited` is the stage its target asks for next, and `late_from` when that is late; null while targets stand still.
    """

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    kind: EnquiryKind
    large_scale: UUID | None
    stage: Stage
    team: str | None
    officer: str | None
    suspended: bool
    started_at: datetime
    concluded_at: datetime | None
    withdrawn_at: datetime | None
    awaited: str | None
    late_from: datetime | None
    next_clock: DeadlineKind | None
    next_at: datetime | None
    asked: MspAnswer | None
    achieved: Achievement | None
    risk: RiskAssessment | None
    risk_outcome: RiskOutcome | None
    repeats: RepeatsShown
    timeline: tuple[Entry, ...]


class OpenEnquiry(ReadModel):
    """An enquiry that is not concluded, and which of its clocks runs out next."""

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    kind: EnquiryKind
    stage: Stage
    team: str | None
    officer: str | None
    suspended: bool
    started_at: datetime
    next_clock: DeadlineKind
    next_at: datetime
    overdue: bool


class WorkShown(ReadModel):
    """Work recorded for an enquiry that has not been opened; `stated_at` is when that was told to the audit."""

    enquiry_id: UUID
    concern_id: UUID | None
    first_recorded_at: datetime
    stated_at: datetime | None


def show_enquiry(cases: Mapping[UUID, Case], enquiry_id: UUID, _: datetime) -> EnquiryShown | None:
    """The enquiry, if that is what has this id."""
    enquiry = enquiry_in(cases, enquiry_id)
    if enquiry is None:
        return None
    stage = stage_of(enquiry)
    risk, risk_ended = assessment_now(enquiry.findings), outcome_now(enquiry.findings)
    ended = enquiry.concluded is not None or enquiry.withdrawn_at is not None
    clock, target = None if ended else next_clock(enquiry), next_target(enquiry)
    lead = enquiry.course.assignments[-1] if enquiry.course.assignments else None
    return EnquiryShown(
        enquiry_id=enquiry_id,
        concern_id=enquiry.concern_id,
        adult_id=enquiry.adult_id,
        kind=enquiry.kind,
        large_scale=enquiry.large_scale,
        stage=stage,
        team=None if lead is None else lead.team,
        officer=None if lead is None else lead.officer,
        suspended=enquiry.course.suspended,
        started_at=enquiry.started_at,
        concluded_at=None if enquiry.concluded is None else enquiry.concluded.concluded_at,
        withdrawn_at=enquiry.withdrawn_at,
        awaited=None if target is None else target.awaited,
        late_from=None if target is None else target.late_from,
        next_clock=None if clock is None else clock.what,
        next_at=None if clock is None else clock.at,
        asked=None if enquiry.asked is None else enquiry.asked.answer,
        achieved=None if enquiry.assessed is None else enquiry.assessed.overall,
        risk=None if risk is None else risk.assessment,
        risk_outcome=None if risk_ended is None else risk_ended.outcome,
        repeats=_repeats(cases, enquiry.adult_id),
        timeline=timeline(enquiry),
    )


def _repeats(cases: Mapping[UUID, Case], adult_id: UUID) -> RepeatsShown:
    known = cases.get(adult_id)
    reviews = known if isinstance(known, RepeatReviews) else RepeatReviews(adult_id)
    return RepeatsShown(
        open_reviews=reviews.open, safety_planning=reviews.safety_planning, reviewed_at=reviews.reviewed_at
    )


def _adult_of(case: Case) -> Iterable[UUID]:
    return (case.adult_id,) if isinstance(case, Enquiry) else ()


def _open(enquiry_id: UUID, case: Case) -> Iterable[Columns]:
    """An enquiry that is not concluded; the figures' longest is one of section 42."""
    if isinstance(case, Enquiry) and case.concluded is None and case.withdrawn_at is None:
        clock = next_clock(case)
        lead = case.course.assignments[-1] if case.course.assignments else None
        yield {
            "enquiry_id": enquiry_id,
            "concern_id": case.concern_id,
            "adult_id": case.adult_id,
            "kind": case.kind,
            "stage": stage_of(case),
            "team": None if lead is None else lead.team,
            "officer": None if lead is None else lead.officer,
            "suspended": case.course.suspended,
            "started_at": case.started_at,
            "next_clock": clock.what,
            "next_at": clock.at,
            "open_since": case.started_at if case.kind is EnquiryKind.SECTION_42 else None,
        }


def _early_work(enquiry_id: UUID, case: Case) -> Iterable[Columns]:
    if isinstance(case, EarlyWork):
        yield {
            "enquiry_id": enquiry_id,
            "concern_id": case.concern_id,
            "first_recorded_at": case.first_recorded_at,
            "stated_at": case.stated_at,
        }


VIEWS = (
    CaseView(
        path="/enquiries/{enquiry_id}",
        says="An enquiry: how far it is, who leads it, which clock runs out next, everything that happened, and"
        " whether a repeat review of the adult is open.",
        answer=EnquiryShown,
        shows=show_enquiry,
        also=_adult_of,
    ),
    CaseList(
        path=WORKLIST,
        says="Enquiries that are not concluded, the one whose next clock runs out first at the top.",
        row=OpenEnquiry,
        rows=_open,
        past={"overdue": "next_at"},
        since="open_since",
        order="next_at",
        key="enquiry_id",
        filters=(
            Filter("team", "Led in this team."),
            Filter("officer", "Led by this lead enquiry officer."),
            Filter("stage", "This far."),
            Filter("kind", "Of this kind."),
            Filter("adult_id", "About this adult."),
            Filter("suspended", "Whether its work waits for something."),
            Filter("due_before", "Whose next clock runs out before this instant.", "next_at", "{column} < {value}"),
            Filter("overdue", "Whether that clock has run out."),
        ),
    ),
    CaseList(
        path="/work-without-enquiry",
        says="Work recorded for enquiries that have not been opened (seed 003:3697), the oldest first.",
        row=WorkShown,
        rows=_early_work,
        order="first_recorded_at",
        key="enquiry_id",
    ),
)
