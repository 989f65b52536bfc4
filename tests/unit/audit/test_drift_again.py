"""What ends and goes on again keeps the day it started: reopened, withdrawn and started anew, decided anew."""

from datetime import datetime, timedelta

import pytest

from services.audit.cases import Case
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged, OpenKind
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.event import Event
from tests.support.audit_builders import (
    adult_of,
    concluded,
    decided,
    enquiry_id,
    enquiry_withdrawn,
    happened,
    opened,
    received,
    reopened,
    stated,
)
from tests.support.builders import told
from tests.support.enquiry_builders import london
from tests.support.interleave import TimedStory

START = london(2024, 1, 15)
OVER = london(2024, 7, 16, 0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def drift(of: TimedStory[Case]) -> list[tuple[type[Event], datetime | DriftEnding]]:
    return [
        (type(fact), fact.due_at if isinstance(fact, DriftFlagged) else getattr(fact, "ending", DriftEnding.ENDED))
        for fact in stated(of, DriftFlagged, DriftEnded)
    ]


@pytest.mark.parametrize("kind", list(EnquiryKind))
def test_enquiries_of_both_kinds_drift(kind: EnquiryKind) -> None:
    of = happened((START, opened("a", START, kind=kind)))
    of.work(OVER)
    (flag,) = stated(of, DriftFlagged)
    assert isinstance(flag, DriftFlagged)
    assert (flag.open_id, flag.kind) == (enquiry_id("a"), OpenKind.ENQUIRY)


def test_reopened_within_six_months_its_clock_runs_from_its_start() -> None:
    of = happened(
        (START, opened("a", START)),
        (START + DAY, concluded("a", START, START + DAY)),
        (OVER - SECOND, reopened("a", START, OVER - SECOND)),
    )
    assert drift(of) == []
    of.work(OVER)
    assert drift(of) == [(DriftFlagged, OVER)]


@pytest.mark.parametrize("again", [OVER, OVER + 100 * DAY])
def test_reopened_after_six_months_it_comes_up_at_once(again: datetime) -> None:
    of = happened(
        (START, opened("a", START)),
        (START + DAY, concluded("a", START, START + DAY)),
        (again, reopened("a", START, again)),
    )
    of.work(again)
    assert drift(of) == [(DriftFlagged, again)]


def test_concluded_again_it_ends_again() -> None:
    of = happened(
        (START, opened("a", START)),
        (OVER + DAY, concluded("a", START, OVER + DAY)),
        (OVER + 2 * DAY, reopened("a", START, OVER + 2 * DAY)),
        (OVER + 9 * DAY, concluded("a", START, OVER + 9 * DAY)),
    )
    assert drift(of) == [
        (DriftFlagged, OVER),
        (DriftEnded, DriftEnding.ENDED),
        (DriftFlagged, OVER + 2 * DAY),
        (DriftEnded, DriftEnding.ENDED),
    ]
    assert adult_of(of).open == ()


def test_a_withdrawn_enquiry_does_not_drift_and_what_was_flagged_ends() -> None:
    quiet = happened((START, opened("a", START)), (START + DAY, enquiry_withdrawn("a", START)))
    quiet.work(OVER + DAY)
    assert quiet.facts == []
    of = happened((START, opened("a", START)), (OVER + DAY, enquiry_withdrawn("a", START)))
    assert drift(of) == [(DriftFlagged, OVER), (DriftEnded, DriftEnding.ENDED)]


def test_a_withdrawal_recorded_before_the_flag_fell_due_withdraws_the_flag() -> None:
    late = happened((START, opened("a", START)))
    late.work(OVER)
    late.tell(told(enquiry_withdrawn("a", START), "late", OVER - DAY))
    assert drift(late) == [(DriftFlagged, OVER), (DriftEnded, DriftEnding.WITHDRAWN)]


def test_converted_again_after_a_withdrawal_it_starts_when_that_was_decided() -> None:
    anew = START + 30 * DAY
    of = happened(
        (START, opened("a", START)),
        (START + 10 * DAY, enquiry_withdrawn("a", START)),
        (anew, opened("a", anew)),
    )
    (enquiry,) = adult_of(of).enquiries
    assert (enquiry.withdrawn, enquiry.started_at) == (False, anew)
    of.work(OVER)
    assert drift(of) == []
    of.work(london(2024, 8, 15, 0))
    assert drift(of) == [(DriftFlagged, london(2024, 8, 15, 0))]


def test_an_enquiry_opened_or_withdrawn_twice_is_one() -> None:
    once = [(START, opened("a", START)), (START + DAY, enquiry_withdrawn("a", START))]
    twice = happened(once[0], once[0], once[1], once[1])
    assert twice.cases == happened(*once).cases
    done = happened(once[0], (START + DAY, concluded("a", START, START + DAY)), once[0])
    assert adult_of(done).open == ()


def test_what_is_said_of_an_enquiry_that_is_not_known_waits_for_it() -> None:
    early = happened((START, enquiry_withdrawn("a", START)), (START, reopened("b", START, START)))
    assert len(early.held) == 2


def test_a_correction_of_a_decision_reopens_no_concern() -> None:
    of = happened(
        (START, received("a", START)), (START + DAY, decided("a")), (OVER + DAY, decided("a", team="intake-team"))
    )
    of.work(OVER + 2 * DAY)
    assert of.facts == []
    assert adult_of(of).concerns[0].team == "intake-team"


@pytest.mark.parametrize(
    ("start", "over"),
    [
        (london(2023, 8, 31), london(2024, 3, 1, 0)),
        (london(2023, 8, 30), london(2024, 3, 1, 0)),
        (london(2023, 9, 30), london(2024, 3, 31, 0)),
        (london(2024, 4, 27, 0, 30), london(2024, 10, 28, 0)),
    ],
)
def test_month_ends_leap_days_and_changed_clocks_hold_for_what_goes_on_again(start: datetime, over: datetime) -> None:
    for again, due in ((over - SECOND, over), (over + SECOND, over + SECOND)):
        of = happened(
            (start, opened("a", start)), (start, concluded("a", start, start)), (again, reopened("a", start, again))
        )
        of.work(due - timedelta(microseconds=1))
        assert drift(of) == []
        of.work(due)
        assert drift(of) == [(DriftFlagged, due)]
