"""When a concern should have been looked at and decided: local targets (domain 3.3-3.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.cases import Concern
from services.triage.clocks import NOTHING_DUE, DueTimes, due_times
from services.triage.policy import COVENTRY_2024_1
from services.triage.service import service
from shared.contracts.doors import TriageDecision
from tests.support.builders import ADA, NOON, a_concern, an_approval, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, a_reinstatement, a_screening, a_withdrawal, an_answer, decided

LATER = NOON + timedelta(days=30)
LONDON = ZoneInfo("Europe/London")
RECEIVED = told(a_concern(), "received")
DECIDED = told(decided(TriageDecision.SENT_TO_OTHER_AUTHORITY), "A", LATER)
APPROVED = told(an_approval(), "approved", LATER)
DECLINED = told(an_answer(accepted=False), "declined", LATER)
SCREENED = told(a_screening(), "screened", LATER)
WITHDRAWN, REINSTATED = told(a_withdrawal(), "withdrawn"), told(a_reinstatement(), "reinstated")
THURSDAY_CLOSE = datetime(2024, 3, 7, 17, 0, tzinfo=UTC)
DECISION_DUE = datetime(2024, 3, 8, 12, 0, tzinfo=UTC)


def due(*events: Told) -> DueTimes:
    case = story(service, [RECEIVED, *events]).cases[HERE]
    assert isinstance(case, Concern)
    return due_times(case)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], DueTimes(THURSDAY_CLOSE, DECISION_DUE)),
        ([SCREENED], DueTimes(None, DECISION_DUE)),
        ([DECIDED], DueTimes(None, DECISION_DUE)),
        ([DECIDED, APPROVED], NOTHING_DUE),
        ([DECIDED, APPROVED, DECLINED], DueTimes(None, DECISION_DUE)),
        ([WITHDRAWN], NOTHING_DUE),
        ([WITHDRAWN, REINSTATED], DueTimes(THURSDAY_CLOSE, DECISION_DUE)),
    ],
)
def test_a_concern_is_looked_at_by_the_close_of_a_working_day_and_decided_within_48_hours(
    events: list[Told], expected: DueTimes
) -> None:
    """Received at noon on a Wednesday in winter."""
    assert due(*events) == expected


@given(st.datetimes(datetime(2022, 1, 1), datetime(2025, 11, 30), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_48_hours_are_hours_that_pass_over_nights_weekends_and_changes_of_the_clocks(received_at: datetime) -> None:
    """Counted on a clock that never changes, and checked on the one in London, which may be an hour off."""
    decision = due_times(Concern(ADA, received_at, "intake")).decision

    assert decision is not None
    assert decision.timestamp() - received_at.timestamp() == 48 * 3600
    on_the_wall = decision.astimezone(LONDON).replace(tzinfo=None) - received_at.astimezone(LONDON).replace(tzinfo=None)
    assert abs(on_the_wall - timedelta(days=2)) <= timedelta(hours=1)


def test_targets_are_data_and_a_council_may_have_none() -> None:
    concern = Concern(ADA, NOON, "intake")
    none = replace(COVENTRY_2024_1, decision_target_hours=None, screening_target_working_days=None)
    other = replace(COVENTRY_2024_1, decision_target_hours=24, screening_target_working_days=2)

    assert due_times(concern, none) == NOTHING_DUE
    assert due_times(concern, other) == DueTimes(
        datetime(2024, 3, 8, 16, 30, tzinfo=UTC), datetime(2024, 3, 7, 12, 0, tzinfo=UTC)
    )
