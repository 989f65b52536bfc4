"""What can be read of triage: a concern with what was decided on it, a team's worklist, an adult's repeat reviews."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.triage.cases import AnsweredLimb, Awaiting, Case, Concern, Decided, adult_in, concern_in
from services.triage.clocks import decision_due, due_times
from services.triage.timeline import timeline
from shared.chassis.case_lists import CaseList, Columns
from shared.chassis.views import CaseView, Entry, Filter, ReadModel
from shared.contracts.doors import Answer as LimbAnswer
from shared.contracts.doors import Disposal, TriageDecision

WORKLIST = "/worklist"
UNDECIDED = frozenset({Awaiting.DECISION, Awaiting.APPROVAL})


class LimbShown(ReadModel):
    """One limb of section 42(1): yes, no or not known, with the codes of its reasons."""

    answer: LimbAnswer
    reasons: tuple[str, ...]


class DecisionShown(ReadModel):
    """The decision that stands, approved or not yet."""

    decision_id: UUID
    decision: TriageDecision
    decided_by: str
    decided_at: datetime
    needs_care_and_support: LimbShown
    abuse_or_neglect: LimbShown
    unable_to_protect: LimbShown
    disposals: tuple[Disposal, ...]
    authority: str | None
    duplicate_of: UUID | None


class RepeatsShown(ReadModel):
    """An adult's repeat reviews, as a practitioner should see them: those open, and the last one's safety planning."""

    adult_id: UUID
    open_reviews: tuple[UUID, ...]
    ended_reviews: tuple[UUID, ...]
    safety_planning: str | None
    reviewed_at: datetime | None


class ConcernShown(ReadModel):
    """A concern with its team, its clock, the decision that stands, and the adult's repeat reviews.

    `set_aside` names the fields of its report of which something could not be read: it stands with the report, on the
    topic `concerns`, and somebody should look at it. So should somebody at once who is `possibly_under_18`.
    `further_at` is when more was last reported of it.
    """

    concern_id: UUID
    adult_id: UUID
    team: str
    emergency_duty: bool
    possibly_under_18: bool
    set_aside: tuple[str, ...]
    further_at: datetime | None
    stage: Awaiting
    received_at: datetime
    screening_due_at: datetime | None
    due_at: datetime
    overdue: bool
    decision: DecisionShown | None
    repeats: RepeatsShown
    timeline: tuple[Entry, ...]


class Waiting(ReadModel):
    """A concern that waits for somebody, and when its decision is or was due."""

    concern_id: UUID
    adult_id: UUID
    team: str
    emergency_duty: bool
    possibly_under_18: bool
    set_aside: tuple[str, ...]
    further_at: datetime | None
    screened: bool
    stage: Awaiting
    received_at: datetime
    due_at: datetime
    overdue: bool


def show_concern(cases: Mapping[UUID, Case], concern_id: UUID, now: datetime) -> ConcernShown | None:
    """The concern, if that is what has this id."""
    concern = concern_in(cases, concern_id)
    if concern is None:
        return None
    due = due_times(concern)
    return ConcernShown(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        team=concern.team,
        emergency_duty=concern.with_emergency_duty,
        possibly_under_18=concern.possibly_under_18,
        set_aside=concern.set_aside,
        further_at=concern.further[-1] if concern.further else None,
        stage=concern.awaiting,
        received_at=concern.received_at,
        screening_due_at=due.screening,
        due_at=decision_due(concern),
        overdue=due.decision is not None and due.decision <= now,
        decision=None if concern.standing is None else _decision(concern.standing),
        repeats=_repeats(cases, concern.adult_id),
        timeline=timeline(concern),
    )


def show_adult(cases: Mapping[UUID, Case], adult_id: UUID, _: datetime) -> RepeatsShown | None:
    """The adult, if that is what has this id."""
    return None if isinstance(cases[adult_id], Concern) else _repeats(cases, adult_id)


def _adult_of(case: Case) -> Iterable[UUID]:
    return (case.adult_id,) if isinstance(case, Concern) else ()


def _repeats(cases: Mapping[UUID, Case], adult_id: UUID) -> RepeatsShown:
    adult = adult_in(cases, adult_id)
    return RepeatsShown(
        adult_id=adult_id,
        open_reviews=adult.open_reviews,
        ended_reviews=adult.ended_reviews,
        safety_planning=adult.safety_planning,
        reviewed_at=adult.reviewed_at,
    )


def _decision(decided: Decided) -> DecisionShown:
    needs, abuse, unable = map(_limb, decided.limbs)
    return DecisionShown(
        decision_id=decided.decision_id,
        decision=decided.decision,
        decided_by=decided.decided_by,
        decided_at=decided.decided_at,
        needs_care_and_support=needs,
        abuse_or_neglect=abuse,
        unable_to_protect=unable,
        disposals=decided.disposals,
        authority=decided.authority,
        duplicate_of=decided.duplicate_of,
    )


def _limb(limb: AnsweredLimb) -> LimbShown:
    return LimbShown(answer=limb[0], reasons=limb[1])


def _waiting(concern_id: UUID, case: Case) -> Iterable[Columns]:
    """A concern that waits for somebody."""
    if isinstance(case, Concern) and case.awaiting is not Awaiting.NOTHING:
        late_from = due_times(case).decision
        yield {
            "concern_id": concern_id,
            "adult_id": case.adult_id,
            "team": case.team,
            "emergency_duty": case.with_emergency_duty,
            "possibly_under_18": case.possibly_under_18,
            "set_aside": case.set_aside,
            "further_at": case.further[-1] if case.further else None,
            "screened": bool(case.screenings),
            "stage": case.awaiting,
            "received_at": case.received_at,
            "due_at": decision_due(case),
            "late_from": late_from,
            "undecided_since": case.received_at if case.awaiting in UNDECIDED else None,
        }


VIEWS = (
    CaseView(
        path="/concerns/{concern_id}",
        says="A concern in triage: its team, when its decision is due, the decision that stands, everything that"
        " happened, and whether a repeat review of the adult is open (seed 003:3695).",
        answer=ConcernShown,
        shows=show_concern,
        also=_adult_of,
    ),
    CaseView(
        path="/adults/{adult_id}",
        says="An adult's repeat reviews: those that are open, and the safety planning of the one done last.",
        answer=RepeatsShown,
        shows=show_adult,
    ),
    CaseList(
        path=WORKLIST,
        says="Concerns that wait for somebody, the one whose decision is due first at the top.",
        row=Waiting,
        rows=_waiting,
        past={"overdue": "late_from"},
        since="undecided_since",
        order="due_at",
        key="concern_id",
        filters=(
            Filter("team", "With this team."),
            Filter("stage", "Waiting for this.", kind=Awaiting),
            Filter("screened", "Whether somebody has looked at it."),
            Filter("emergency_duty", "Whether the emergency duty team has it."),
            Filter("possibly_under_18", "Whether the person may be a child."),
            Filter("adult_id", "About this adult."),
            Filter("due_before", "Whose decision is due before this instant.", "due_at", "{column} < {value}"),
            Filter("overdue", "Whether the decision is overdue now."),
        ),
    ),
)
