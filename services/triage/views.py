"""What can be read of triage: a concern with what was decided on it, a team's worklist, an adult's repeat reviews."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.triage.cases import AnsweredLimb, Awaiting, Case, Concern, Decided, adult_in, concern_in
from services.triage.clocks import due_times
from services.triage.policy import VERSIONS, Policy
from services.triage.timeline import timeline
from shared.chassis.views import CaseView, Entry, Filter, ListView, ReadModel
from shared.contracts.doors import Answer as LimbAnswer
from shared.contracts.doors import Disposal, TriageDecision

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
    """A concern with its team, its clock, the decision that stands, and the adult's repeat reviews."""

    concern_id: UUID
    adult_id: UUID
    team: str
    emergency_duty: bool
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
    due_at = concern.received_at + timedelta(hours=_target_hours(VERSIONS.at(concern.received_at)))
    return ConcernShown(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        team=concern.team,
        emergency_duty=concern.with_emergency_duty,
        stage=concern.awaiting,
        received_at=concern.received_at,
        screening_due_at=due_times(concern).screening,
        due_at=due_at,
        overdue=concern.awaiting in UNDECIDED and due_at < now,
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


def _target_hours(policy: Policy) -> int:
    return policy.decision_target_hours or 0


_RECEIVED_AT = "(body->>'received_at')::timestamptz"
_TARGET_HOURS = " ".join(
    f"WHEN {_RECEIVED_AT} >= '{since.isoformat()}'::timestamptz THEN {_target_hours(policy)}"
    for since, policy in reversed(VERSIONS.later)
)
_DUE_AT = (
    f"{_RECEIVED_AT} + make_interval(hours => CASE {_TARGET_HOURS} WHEN true THEN {_target_hours(VERSIONS.first)} END)"
)
"""The target is that of the policy in force when the concern was received, the last version first."""
_WAITING_FOR_A_DECISION = ", ".join(f"'{one}'" for one in sorted(UNDECIDED))

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
    ListView(
        path="/worklist",
        says="Concerns that wait for somebody, the one whose decision is due first at the top.",
        row=Waiting,
        query=f"""
            SELECT *, due_at < $1::timestamptz AND stage IN ({_WAITING_FOR_A_DECISION}) AS overdue
            FROM (
                SELECT
                    key AS concern_id,
                    (body->>'adult_id')::uuid AS adult_id,
                    body->>'team' AS team,
                    coalesce(
                        (body->'screenings'->-1->>'emergency_duty')::boolean,
                        (body->>'emergency_duty')::boolean,
                        false
                    ) AS emergency_duty,
                    body->'screenings'->0 IS NOT NULL AS screened,
                    coalesce(body->>'awaiting', '{Awaiting.DECISION}') AS stage,
                    {_RECEIVED_AT} AS received_at,
                    {_DUE_AT} AS due_at
                FROM cases
                WHERE body->>'type' = 'concern' AND coalesce(body->>'awaiting', '') <> '{Awaiting.NOTHING}'
            ) AS waiting
        """,
        order="due_at",
        key="concern_id",
        filters=(
            Filter("team", "With this team."),
            Filter("stage", "Waiting for this.", kind=Awaiting),
            Filter("screened", "Whether somebody has looked at it."),
            Filter("emergency_duty", "Whether the emergency duty team has it."),
            Filter("adult_id", "About this adult."),
            Filter("due_before", "Whose decision is due before this instant.", "due_at", "{column} < {value}"),
            Filter("overdue", "Whether the decision is overdue now."),
        ),
    ),
)
