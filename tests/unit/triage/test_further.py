"""More is heard of a concern: when, how urgent it is by now, and who has it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.triage.cases import Concern
from services.triage.service import service
from services.triage.views import show_concern
from shared.contracts.intake import FurtherInformationReceived
from tests.support.builders import ADA, NOON, a_concern, a_report, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, a_screening

RECEIVED = told(a_concern(), "received")
EVENING = datetime(2024, 3, 6, 17, 30, tzinfo=UTC)
NIGHT = datetime(2024, 3, 6, 23, 0, tzinfo=UTC)


def more(name: str = "more", at: datetime = EVENING, **report: Any) -> Told:
    fact = FurtherInformationReceived(concern_id=HERE, adult_id=ADA, received_at=at, report=a_report(**report))
    return told(fact, name, at)


def concern(*events: Told) -> Concern:
    case = story(service, events).cases[HERE]
    assert isinstance(case, Concern)
    return case


def test_what_is_urgent_out_of_hours_reaches_the_emergency_duty_team_though_the_first_word_was_not() -> None:
    assert not concern(RECEIVED, more()).with_emergency_duty
    assert concern(RECEIVED, more(urgent=True)).with_emergency_duty
    assert not concern(RECEIVED, more(at=NOON + timedelta(hours=1), urgent=True)).with_emergency_duty, "in hours"


def test_a_screening_answers_what_was_heard_before_it_and_nothing_after() -> None:
    looked = told(a_screening(screened_at=EVENING + timedelta(hours=1)), "screened", NIGHT)
    assert not concern(RECEIVED, more(urgent=True), looked).with_emergency_duty
    assert concern(RECEIVED, looked, more(at=NIGHT, urgent=True)).with_emergency_duty


def test_it_changes_no_team_and_no_clock_and_is_shown() -> None:
    before, after = concern(RECEIVED), concern(RECEIVED, more(urgent=True))
    assert (before.team, before.received_at, before.awaiting) == (after.team, after.received_at, after.awaiting)
    shown = show_concern({HERE: after}, HERE, NIGHT)
    assert shown is not None
    assert shown.further_at == EVENING
    assert "further_information" in [entry.what for entry in shown.timeline]


def test_urgency_only_rises() -> None:
    assert concern(RECEIVED, more(urgent=True), more("again", NIGHT)).with_emergency_duty


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whichever_is_heard_of_first_the_case_ends_the_same(order: tuple[int, ...]) -> None:
    events = [RECEIVED, more("one", urgent=True), more("two", NIGHT)]
    assert concern(*(events[n] for n in order)) == concern(*events)


def test_only_so_many_are_remembered() -> None:
    several = [more(str(n), EVENING + timedelta(minutes=n)) for n in range(60)]
    assert len(concern(RECEIVED, *several).further) == 50
