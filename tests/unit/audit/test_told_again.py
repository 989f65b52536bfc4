"""What begins again is told of again, under an identity of its own (delivery rules 8 and 10)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.audit.cases import Case
from services.audit.decisions import decide
from services.audit.due_times import timers
from shared.chassis.due import timer_metadata
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged
from shared.contracts.enquiry import EnquiryWithdrawn
from shared.kernel.civil import over_after_months
from shared.kernel.decision import Decision
from shared.kernel.event import Event
from tests.support.audit_builders import opened
from tests.support.builders import ADA, NOON, told

START = NOON
DUE = over_after_months(START, 6)


def hears(
    cases: Mapping[UUID, Case], event: Event, name: str, recorded: datetime
) -> tuple[dict[UUID, Case], Decision[Case]]:
    answer = decide(cases, event, told(event, name, recorded).meta)
    assert isinstance(answer, Decision)
    return {**cases, **answer.cases}, answer


def fires(cases: Mapping[UUID, Case]) -> tuple[dict[UUID, Case], str, Decision[Case]]:
    (due,) = timers(cases[ADA])
    assert due.at == DUE
    meta = timer_metadata("audit", due)
    answer = decide(cases, due, meta)
    assert isinstance(answer, Decision)
    return {**cases, **answer.cases}, meta.identity, answer


def test_a_flag_withdrawn_by_late_news_and_raised_again_at_the_same_instant_has_another_identity() -> None:
    opening = opened("a", START)
    withdrawal = EnquiryWithdrawn(
        enquiry_id=opening.enquiry_id, concern_id=opening.concern_id, adult_id=ADA,
        started_at=START, kind=opening.kind, decision_id=opening.concern_id,
    )  # fmt: skip
    cases, _ = hears({}, opening, "opened", START)
    cases, first, flagged = fires(cases)
    cases, ended = hears(cases, withdrawal, "withdrawn", START + timedelta(days=30))
    cases, _ = hears(cases, opening, "opened again", START + timedelta(days=40))

    _, second, again = fires(cases)

    assert [type(fact) for fact in flagged.facts] == [type(fact) for fact in again.facts] == [DriftFlagged]
    assert [fact.ending for fact in ended.facts if isinstance(fact, DriftEnded)] == [DriftEnding.WITHDRAWN]
    assert first != second
