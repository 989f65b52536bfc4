"""The first look at a concern, and who has it at once: design section 4, rule 1; seed 003:2516."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.triage.cases import Concern
from services.triage.service import service
from shared.contracts.doors import Answer, ScreeningRecorded
from shared.contracts.triage import ConcernScreened
from tests.support.builders import ADA, NOON, a_concern, a_report, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, a_screening

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
EVENING = datetime(2024, 3, 6, 17, 0, tzinfo=UTC)


def at_door(screening: ScreeningRecorded, name: str = "screened") -> Told:
    return told(screening, name, LATER)


def concern(*events: Told) -> Concern:
    case = story(service, events).cases[HERE]
    assert isinstance(case, Concern)
    return case


def test_a_first_look_is_stated_with_what_was_found_and_under_which_policy() -> None:
    looked = a_screening(urgent=True, safe_now=Answer.NO, risk_level="high")

    assert story(service, [RECEIVED, at_door(looked)]).facts[1:] == [
        ConcernScreened(
            concern_id=HERE,
            adult_id=ADA,
            urgent=True,
            safe_now=Answer.NO,
            risk_level="high",
            emergency_duty=False,
            screened_by="screener-1",
            screened_at=NOON + timedelta(minutes=30),
            policy="coventry-2024-1",
        )
    ]


@pytest.mark.parametrize(
    ("urgent", "at", "emergency_duty"),
    [
        (True, EVENING, True),
        (True, EVENING - timedelta(seconds=1), False),
        (False, EVENING, False),
        (True, datetime(2024, 3, 9, 11, 0, tzinfo=UTC), True),  # Saturday
        (True, datetime(2024, 3, 29, 11, 0, tzinfo=UTC), True),  # Good Friday
        (True, datetime(2024, 4, 2, 15, 59, tzinfo=UTC), False),  # summer: 16:59 in London
        (True, datetime(2024, 4, 2, 16, 0, tzinfo=UTC), True),
    ],
)
def test_what_the_screener_finds_urgent_out_of_hours_is_with_the_emergency_duty_team(
    at: datetime, *, urgent: bool, emergency_duty: bool
) -> None:
    (fact,) = story(service, [RECEIVED, at_door(a_screening(urgent=urgent, screened_at=at))]).facts[1:]

    assert isinstance(fact, ConcernScreened)
    assert fact.emergency_duty is emergency_duty


def test_whoever_looked_last_says_whether_the_emergency_duty_team_has_it() -> None:
    """By the referrer's flag until somebody has looked; by the screener's from then on."""
    urgent = told(a_concern(a_report(urgent=True), at=EVENING), "received")
    calm = at_door(a_screening(screened_at=EVENING + timedelta(hours=1)), "calm")
    worse = at_door(a_screening(urgent=True, screened_at=EVENING + timedelta(hours=2)), "worse")

    assert concern(urgent).with_emergency_duty
    assert not concern(urgent, calm).with_emergency_duty
    assert concern(urgent, calm, worse).with_emergency_duty
    assert concern(urgent, worse, calm).with_emergency_duty
    assert not concern(RECEIVED).with_emergency_duty


def test_of_several_looks_each_is_stated_and_the_latest_stands_in_every_order() -> None:
    looks = [
        at_door(a_screening(), "1"),
        at_door(a_screening(screened_by="screener-2", risk_level="high"), "2"),
        at_door(a_screening(urgent=True, screened_at=EVENING), "3"),
    ]
    events = [RECEIVED, *looks]
    expected = story(service, events)

    assert len(expected.facts) == 4
    for order in permutations(events):
        told_of = story(service, order)
        assert sorted(told_of.stated) == sorted(expected.stated)
        assert told_of.cases == expected.cases
        assert concern(*order).screenings[-1].urgent


def test_the_same_look_sent_again_changes_nothing() -> None:
    events = [RECEIVED, at_door(a_screening(), "1")]

    told_of = story(service, [*events, at_door(a_screening(), "2")])

    assert told_of.cases == story(service, events).cases
    assert told_of.stated == story(service, events).stated
    assert told_of.refused == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"screened_at": NOON - timedelta(seconds=1)}, ("screened_before_receipt",)),
        ({"screened_at": NOON}, ()),
        ({"screened_at": LATER + timedelta(minutes=5)}, ()),
        ({"screened_at": LATER + timedelta(minutes=5, seconds=1)}, ("screened_at_in_the_future",)),
    ],
)
def test_a_concern_is_looked_at_after_receipt_and_not_in_the_future(
    changes: dict[str, Any], code: tuple[str, ...]
) -> None:
    assert story(service, [RECEIVED, at_door(a_screening(**changes))]).refused_codes == code


def test_what_is_wrong_with_its_time_is_answered_before_the_concern_is_known() -> None:
    told_of = story(service, [at_door(a_screening(screened_at=LATER + timedelta(days=1)))])

    assert told_of.refused_codes == ("screened_at_in_the_future",)
    assert not told_of.held
