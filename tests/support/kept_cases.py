"""Random cases of every service, as they keep them: all stages, ends and oddities, with many ties of time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from services.audit import cases as audit
from services.enquiry.cases import Conclusion, EarlyWork, Enquiry, Proposal, Reopening, RepeatReviews, Return
from services.enquiry.course_cases import Assignment, Caused, CauseStep, Course, Suspension
from services.enquiry.findings_cases import Action, Findings, Plan, Planning, Report
from services.intake.cases import Concern as Received
from services.intake.cases import DutyItem, DutyKind, Finding, NoConcern
from services.triage.awaiting import settled
from services.triage.cases import Adult, Approval, AuthorityAnswer, Concern, Decided, Screening, Withdrawal
from shared.contracts.audit import AdvocacyGap, OpenKind
from shared.contracts.doors import Answer as Limb
from shared.contracts.doors import Channel, EnquiringBody, TriageDecision
from shared.contracts.enquiry import EnquiryKind

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
TEAMS = ("hospital", "intake", "mental_health")
HOUR = timedelta(hours=1)


def ids(chance: random.Random, number: int) -> list[UUID]:
    return [UUID(int=chance.getrandbits(128)) for _ in range(number)]


def earlier(chance: random.Random) -> datetime:
    """One of few instants of the last year, so that many are the same."""
    return NOW - timedelta(days=chance.randrange(0, 400, 20), microseconds=chance.choice([0, 1, 500_000]))


def maybe(chance: random.Random, *values: Any) -> tuple[Any, ...]:
    return tuple(value for value in values if chance.random() < 0.5)


def a_case_of_intake(chance: random.Random, key: UUID) -> Received | NoConcern:
    """A concern, or what is none; some of either stand on the duty list, some did."""
    at, dealt = earlier(chance), Finding("read", "duty.1", NOW)
    why = chance.choice([("under_18", "read_as"), ("not_a_day",)])
    item = DutyItem(
        UUID(int=key.int ^ 1), chance.choice([*DutyKind]), at, at, "concern-reports/0/1", why, ("adult.birth_date",),
        "wmas", "R1", 2, chance.random() < 0.5, dealt if chance.random() < 0.5 else None,
    )  # fmt: skip
    if chance.random() < 0.5:
        return NoConcern((item,))
    return Received(UUID(int=1), NOW, "wmas", Channel.SYSTEM, "d", duty=(item,))


def a_concern(chance: random.Random) -> Concern:
    limb = Limb.NO, ("seen",)
    approval = Approval("tm.1", "team_manager", NOW)
    kind = chance.choice([TriageDecision.NOT_MET, TriageDecision.SENT_TO_OTHER_AUTHORITY])
    first, second = (Decided(one, kind, (limb, limb, limb), "sw.1", NOW) for one in ids(chance, 2))
    decisions = maybe(chance, replace(first, approval=approval), replace(second, supersedes=first.decision_id))
    screening = Screening(NOW, "1", urgent=True, safe_now=Limb.NO, screened_by="sw.2", emergency_duty=True)
    answer = AuthorityAnswer(NOW, "2", first.decision_id, accepted=chance.random() < 0.5, recorded_by="sw.1")
    concern = Concern(
        UUID(int=chance.randrange(9)), earlier(chance), chance.choice(TEAMS), chance.random() < 0.2,
        decisions=decisions, screenings=maybe(chance, screening), answers=maybe(chance, answer),
        withdrawal=Withdrawal(NOW, "3", withdrawn=True) if chance.random() < 0.1 else None,
        set_aside=maybe(chance, "adult.birth_date", "urgent"), possibly_under_18=chance.random() < 0.3,
    )  # fmt: skip
    case = settled(concern)
    assert isinstance(case, Concern)
    return case


def an_enquiry(chance: random.Random, enquiry_id: UUID) -> Enquiry:
    at = earlier(chance)
    if chance.random() < 0.2:
        lead = maybe(chance, Assignment(at, "leo.1", "intake", "tm.1"))
        return Enquiry(enquiry_id, UUID(int=1), UUID(int=chance.randrange(9)), at, course=Course(assignments=lead))
    day = date(2024, chance.randrange(1, 13), chance.randrange(1, 28))
    first, second, cause, plan = ids(chance, 4)
    proposals = maybe(chance, Proposal(first, "done", "sw.1", at), Proposal(second, "done", "sw.1", at))
    chased, back = CauseStep(at, "sw.1", due_on=day), CauseStep(at, "sw.1", satisfactory=False)
    steps = chased, back, CauseStep(at, "sw.1", satisfactory=True)
    undone = Conclusion(second, "tm.1", at)
    return Enquiry(
        enquiry_id, UUID(int=1), UUID(int=chance.randrange(9)), at,
        proposals=proposals,
        returned=maybe(chance, Return(first, "tm.1", "more", at)),
        set_aside=maybe(chance, Conclusion(first, "tm.1", at))[:1] if chance.random() < 0.2 else (),
        reopenings=maybe(chance, Reopening(cause, "tm.1", "more", at, undone)),
        concluded=undone if chance.random() < 0.2 else None,
        withdrawn_at=at if chance.random() < 0.1 else None,
        kind=chance.choice(list(EnquiryKind)),
        course=Course(
            assignments=maybe(
                chance, *(Assignment(at, f"leo.{n}", team, "tm.1") for n, team in enumerate(TEAMS))
            ),
            caused=maybe(
                chance,
                Caused(cause, EnquiringBody.HOSPITAL, day, at, "sw.1"),
                Caused(cause, EnquiringBody.POLICE, date(2023, 1, 1), at, "sw.1", steps=steps),
                Caused(cause, EnquiringBody.POLICE, date(2022, 1, 1), at, "sw.1", steps=steps[:2]),
            ),
            suspensions=maybe(
                chance,
                Suspension(cause, "police", suspended_by="sw.1", suspended_at=at, resumed_at=at, resumed_by="sw.1"),
                Suspension(plan, "police", suspended_by="sw.1", suspended_at=at),
            ),
        ),
        findings=Findings(
            planning=maybe(chance, Planning(plan, at, meeting=True, fingerprint=plan)),
            plans=maybe(
                chance,
                Plan(plan, "sw.1", at, (Action("a", "gp", date(2022, 1, 1)),), plan),
                Plan(
                    *(first, "sw.1", at),
                    (Action("a", "gp", day), Action("b", "gp", date(2021, 1, 1), at, done=True)),
                    first,
                ),
            ),
            reports=maybe(chance, Report(first, at, "leo.1", first)),
        ),
    )  # fmt: skip


def an_adult(adult_id: UUID, chance: random.Random) -> audit.Adult:
    received = sorted((earlier(chance), concern_id) for concern_id in ids(chance, 5))
    concerns = tuple(audit.Concern(concern_id, at) for at, concern_id in received)
    enquiry_id, third = ids(chance, 2)
    look = audit.Look(
        legitimate=True, reason_open="police", next_look=date(2024, 7, 1), reviewed_by="sac.1", reviewed_at=NOW
    )
    flagged = audit.Open(enquiry_id, OpenKind.ENQUIRY, NOW - 9000 * HOUR, None, 1, NOW - 4000 * HOUR, look)
    overdue = audit.Open(received[0][1], OpenKind.CONCERN, received[0][0], NOW, overdue_at=received[0][0] + 48 * HOUR)
    gap = audit.Enquiry(enquiry_id, received[0][1], NOW - 9000 * HOUR, gap=AdvocacyGap.NOBODY, gap_since=NOW)
    return audit.Adult(
        adult_id, concerns, review_ends=(received[4][1],), open=(flagged, overdue), enquiries=(gap,),
        flags=(audit.Flag("capacity_not_known", enquiry_id), audit.Flag("no_team", third)),
        reviewed=(audit.Reviewed(third, (received[3][1],), "planned", "sac.1", NOW),),
    )  # fmt: skip


CASES: Mapping[str, Any] = {
    "intake": lambda chance: {key: a_case_of_intake(chance, key) for key in ids(chance, 4)},
    "triage": lambda chance: {key: a_concern(chance) for key in ids(chance, 9)} | {UUID(int=1): Adult()},
    "enquiry": lambda chance: (
        {key: an_enquiry(chance, key) for key in ids(chance, 9)}
        | {key: EarlyWork(key, earlier(chance)) for key in ids(chance, 3)}
        | {UUID(int=1): RepeatReviews(UUID(int=1))}
    ),
    "audit": lambda chance: {key: an_adult(key, chance) for key in ids(chance, 5)},
}
