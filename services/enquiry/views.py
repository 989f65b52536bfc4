"""What can be read of enquiry: an enquiry with its timeline, a team's worklist, and work that has no enquiry."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.enquiry.cases import Case, Enquiry, RepeatReviews, enquiry_in
from services.enquiry.clocks import Stage, next_target, stage_of
from services.enquiry.progress import DRIFT_MONTHS, DeadlineKind, next_clock
from services.enquiry.risk import assessment_now, outcome_now
from services.enquiry.timeline import timeline
from shared.chassis.views import CaseView, Entry, Filter, ListView, ReadModel
from shared.contracts.doors import Achievement, MspAnswer, RiskAssessment, RiskOutcome
from shared.contracts.enquiry import EnquiryKind


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


_STARTED_AT = "(body->>'started_at')::timestamptz"
_LAST_DAY = f"(({_STARTED_AT} AT TIME ZONE 'Europe/London')::date + interval '{DRIFT_MONTHS} months')::date"
_NOTHING = "'[]'::json"


def _each(path: str) -> str:
    return f"json_array_elements(coalesce(body->{path}, {_NOTHING})) AS one"


def _over_on(day: str) -> str:
    return f"(({day}) + 1)::timestamp AT TIME ZONE 'Europe/London'"


_LAST_PROPOSAL = "body->'proposals'->-1->>'closure_id'"
_STAGE = f"""
    CASE
        WHEN {_LAST_PROPOSAL} IS NOT NULL
            AND NOT EXISTS (SELECT FROM {_each("'returned'")} WHERE one->>'closure_id' = {_LAST_PROPOSAL})
            AND NOT EXISTS (SELECT FROM {_each("'set_aside'")} WHERE one->>'closure_id' = {_LAST_PROPOSAL})
            AND NOT EXISTS (
                SELECT FROM {_each("'reopenings'")} WHERE one->'undone'->>'closure_id' = {_LAST_PROPOSAL}
            )
            THEN '{Stage.CLOSURE_PROPOSED}'
        WHEN body->'findings'->'plans'->0 IS NOT NULL THEN '{Stage.PLAN_MADE}'
        WHEN body->'findings'->'planning'->0 IS NOT NULL THEN '{Stage.PLANNED}'
        WHEN body->'course'->'assignments'->0 IS NOT NULL THEN '{Stage.ASSIGNED}'
        ELSE '{Stage.OPENED}'
    END
"""


def _last(step: str) -> str:
    """What the last step of a cause that says it says."""
    return f"""(
        SELECT step->>'{step}'
        FROM json_array_elements(one->'steps') WITH ORDINALITY AS steps (step, number)
        WHERE step->>'{step}' IS NOT NULL
        ORDER BY number DESC
        LIMIT 1
    )"""


_CLOCKS = f"""
    SELECT {_over_on(_LAST_DAY)} AS next_at, '{DeadlineKind.OVER_SIX_MONTHS}' AS next_clock
    UNION ALL
    SELECT {_over_on(f"coalesce({_last('due_on')}, one->>'first_due_on')::date")}, '{DeadlineKind.CAUSED_ENQUIRY_DUE}'
    FROM {_each("'course'->'caused'")}
    WHERE NOT coalesce({_last("satisfactory")}::boolean, false)
    UNION ALL
    SELECT {_over_on("(one->>'due_on')::date")}, '{DeadlineKind.ACTION_DUE}'
    FROM {_each("'findings'->'plans'->-1->'actions'")}
    WHERE one->>'ended_at' IS NULL
    ORDER BY next_at, next_clock
    LIMIT 1
"""
_WORKLIST = f"""
    SELECT *, next_at <= $1::timestamptz AS overdue
    FROM (
        SELECT
            key AS enquiry_id,
            (body->>'concern_id')::uuid AS concern_id,
            (body->>'adult_id')::uuid AS adult_id,
            coalesce(body->>'kind', '{EnquiryKind.SECTION_42}') AS kind,
            {_STAGE} AS stage,
            body->'course'->'assignments'->-1->>'team' AS team,
            body->'course'->'assignments'->-1->>'officer' AS officer,
            EXISTS (SELECT FROM {_each("'course'->'suspensions'")} WHERE one->>'resumed_at' IS NULL) AS suspended,
            {_STARTED_AT} AS started_at,
            next_clock,
            next_at
        FROM cases, LATERAL ({_CLOCKS}) AS next
        WHERE body->>'type' = 'enquiry' AND body->>'concluded' IS NULL AND body->>'withdrawn_at' IS NULL
    ) AS open
"""

VIEWS = (
    CaseView(
        path="/enquiries/{enquiry_id}",
        says="An enquiry: how far it is, who leads it, which clock runs out next, everything that happened, and"
        " whether a repeat review of the adult is open.",
        answer=EnquiryShown,
        shows=show_enquiry,
        also=_adult_of,
    ),
    ListView(
        path="/worklist",
        says="Enquiries that are not concluded, the one whose next clock runs out first at the top.",
        row=OpenEnquiry,
        query=_WORKLIST,
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
    ListView(
        path="/work-without-enquiry",
        says="Work recorded for enquiries that have not been opened (seed 003:3697), the oldest first.",
        row=WorkShown,
        query="""
            SELECT
                key AS enquiry_id,
                (body->>'concern_id')::uuid AS concern_id,
                (body->>'first_recorded_at')::timestamptz AS first_recorded_at,
                (body->>'stated_at')::timestamptz AS stated_at
            FROM cases
            WHERE body->>'type' = 'early_work'
        """,
        order="first_recorded_at",
        key="enquiry_id",
    ),
)
