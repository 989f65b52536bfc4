"""A concern's timeline in triage: everything that is remembered of it, in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.triage.cases import Approval, AuthorityAnswer, Concern, Decided, Feedback, Reroute, Screening, Withdrawal
from services.triage.timeline import timeline
from shared.contracts.doors import Answer, TriageDecision

START = datetime(2024, 1, 1, 12, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def test_everything_that_is_remembered_is_told_in_order_of_time() -> None:
    limb = Answer.NO, ("seen",)
    limbs = limb, limb, limb
    sent, approval = TriageDecision.SENT_TO_OTHER_AUTHORITY, Approval("tm.1", "manager", at(4))
    concern = Concern(
        UUID(int=9), START, "intake",
        decisions=(
            Decided(FIRST, sent, limbs, "sw.1", at(3), authority="solihull", approval=approval),
            Decided(SECOND, TriageDecision.NOT_MET, limbs, "sw.1", at(6), supersedes=FIRST),
        ),
        screenings=(Screening(at(1), "1", urgent=True, safe_now=Answer.NO, screened_by="sw.2", emergency_duty=True),),
        reroutes=(Reroute("hospital", "intake", "discharged", "tm.1", at(2)),),
        answers=(AuthorityAnswer(at(5), "2", FIRST, accepted=False, recorded_by="sw.1"),),
        feedback=(Feedback(at(7), "3", told=True, given_by="sw.1"),),
        withdrawal=Withdrawal(at(8), "4", withdrawn=True),
    )  # fmt: skip

    shown = timeline(concern)

    assert [(entry.what, entry.by) for entry in shown] == [
        ("received", None), ("screened", "sw.2"), ("rerouted", "tm.1"), ("decided", "sw.1"), ("approved", "tm.1"),
        ("authority_answered", "sw.1"), ("decided", "sw.1"), ("referrer_told", "sw.1"), ("withdrawn", None),
    ]  # fmt: skip
    assert shown[3].details == {"decision_id": FIRST, "decision": sent.value, "authority": "solihull"}
    assert shown[6].details == {"decision_id": SECOND, "decision": "not_met", "supersedes": FIRST}
