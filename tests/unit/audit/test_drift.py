"""What is open for more than six calendar months comes to the coordinator, and comes back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.audit.cases import Case, adult_in
from services.audit.policy import POLICY
from services.audit.service import service
from shared.contracts.audit import DriftEnded, DriftEnding, DriftFlagged, DriftLookedAt, OpenKind
from shared.kernel.event import Due, Event
from tests.support.builders import ADA, told
from tests.support.enquiry_builders import (
    CONCERN,
    ENQUIRY,
    a_conclusion,
    a_drift_review,
    a_receipt,
    a_triage,
    an_opening,
    concern_id,
    london,
)
from tests.support.interleave import TimedStory

START = london(2024, 1, 15)
OVER = london(2024, 7, 16, 0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def happened(*events: tuple[datetime, Event]) -> TimedStory[Case]:
    """A story of events, each recorded when it is said to have been."""
    timed = TimedStory(service)
    for place, (recorded, event) in enumerate(events):
        timed.tell(told(event, str(place), recorded))
    return timed


def told_of(of: TimedStory[Case]) -> list[Event]:
    """What was stated of drift."""
    return [fact for fact in of.facts if fact.topic == DriftFlagged.topic]


def pending(of: TimedStory[Case]) -> list[datetime]:
    return [due.at for due in service.timers(of.cases[ADA]) if due.name == "drift"]


def test_z11_exactly_six_months_is_not_over_and_one_day_more_is() -> None:
    open_since = happened((START, an_opening(START)))
    open_since.work(OVER - SECOND)
    assert open_since.facts == []
    open_since.work(OVER)
    assert open_since.facts == [
        DriftFlagged(
            open_id=ENQUIRY,
            kind=OpenKind.ENQUIRY,
            adult_id=ADA,
            started_at=START,
            due_at=OVER,
            look=1,
            policy=POLICY.version,
        )
    ]


@pytest.mark.parametrize(
    ("start", "over"),
    [
        (london(2023, 8, 31), london(2024, 3, 1, 0)),
        (london(2023, 8, 29, 0, 30), london(2024, 3, 1, 0)),
        (london(2023, 9, 30), london(2024, 3, 31, 0)),  # the clocks go forward on that day
        (london(2024, 4, 27, 0, 30), london(2024, 10, 28, 0)),  # and back on the day before
    ],
)
def test_the_clock_runs_in_londons_months_from_the_start(start: datetime, over: datetime) -> None:
    assert pending(happened((start, a_receipt("a", start)))) == [over]
    assert pending(happened((start, an_opening(start)))) == [over]


def test_an_undecided_concern_drifts_and_a_decided_one_does_not() -> None:
    undecided = happened((START, a_receipt("a", START)), (START, a_receipt("b", START)))
    undecided.tell(told(a_triage("a"), "triage", OVER - SECOND))
    undecided.work(OVER + DAY)
    (flag,) = told_of(undecided)
    assert isinstance(flag, DriftFlagged)
    assert (flag.open_id, flag.kind) == (concern_id("b"), OpenKind.CONCERN)


def test_nothing_open_has_no_timers() -> None:
    done = happened((START, a_receipt("a", START)), (START + DAY, a_triage("a")))
    assert service.timers(done.cases[ADA]) == ()
    assert adult_in(done.cases, ADA).open == ()


def test_what_falls_due_at_one_instant_is_one_timer_and_a_flag_each() -> None:
    both = happened((START, a_receipt("a", START)), (START, an_opening(START + timedelta(hours=2))))
    assert set(pending(both)) == {OVER}
    both.work(OVER)
    assert {flag.subject for flag in told_of(both)} == {str(concern_id("a")), str(ENQUIRY)}
    assert [due for due in both.fired if due.name == "drift"] == [Due("drift", ADA, OVER)]


def test_a_start_learned_after_six_months_is_due_at_once() -> None:
    late = happened((OVER + 30 * DAY, an_opening(START)))
    assert pending(late) == [OVER]
    late.tell(told(a_conclusion(START, OVER + 40 * DAY), "end", OVER + 40 * DAY))
    assert [type(fact) for fact in told_of(late)] == [DriftFlagged, DriftEnded]


def test_the_end_of_what_was_flagged_is_stated() -> None:
    ended = happened((START, an_opening(START)), (OVER, a_conclusion(START, OVER)))
    assert [type(fact) for fact in told_of(ended)] == [DriftFlagged, DriftEnded]
    assert told_of(ended)[1] == DriftEnded(
        open_id=ENQUIRY, kind=OpenKind.ENQUIRY, adult_id=ADA, ending=DriftEnding.ENDED
    )


def test_a_flag_raised_because_the_end_came_late_is_withdrawn() -> None:
    late = happened((START, an_opening(START)))
    late.work(OVER)
    late.tell(told(a_conclusion(START, OVER - DAY), "end", OVER - SECOND))
    assert told_of(late)[1] == DriftEnded(
        open_id=ENQUIRY, kind=OpenKind.ENQUIRY, adult_id=ADA, ending=DriftEnding.WITHDRAWN
    )


def test_an_end_that_overtook_its_start_is_remembered() -> None:
    overtaken = happened((START + DAY, a_conclusion(START, START + DAY)), (START, an_opening(START)))
    overtaken.work(OVER + DAY)
    assert told_of(overtaken) == []
    adult = adult_in(overtaken.cases, ADA)
    assert (adult.open, adult.ended) == ((), ())
    assert [one.concluded is not None for one in adult.enquiries] == [True]


def test_of_two_ends_that_overtook_their_start_the_earlier_recorded_counts() -> None:
    for first, second in ((OVER, START + DAY), (START + DAY, OVER)):
        overtaken = happened((first, a_triage("a")), (second, a_triage("a")), (START, a_receipt("a", START)))
        overtaken.work(OVER + DAY)
        assert told_of(overtaken) == []


def test_an_end_after_six_months_that_overtook_its_start_is_flagged_and_ended() -> None:
    overtaken = happened(
        (OVER, a_triage("a")), (START, a_receipt("a", START)), (OVER + DAY, a_triage("a", approved_by="m-2"))
    )
    assert [type(fact) for fact in told_of(overtaken)] == [DriftFlagged, DriftEnded]
    assert adult_in(overtaken.cases, ADA).open == ()


def test_a_second_decision_does_not_end_what_a_first_one_ended() -> None:
    twice = happened((START, a_receipt("a", START)), (START, a_triage("a")), (OVER + DAY, a_triage("a")))
    assert twice.facts == []
    assert adult_in(twice.cases, ADA).ended == ()


def test_a_look_is_recorded_and_it_comes_back_at_its_next_look() -> None:
    next_look = london(2024, 9, 1, 0)
    looked = happened(
        (START, an_opening(START)),
        (OVER + DAY, a_drift_review(ENQUIRY, OVER + DAY, next_look, themes=("staffing",))),
    )
    assert looked.facts[1] == DriftLookedAt(
        open_id=ENQUIRY,
        kind=OpenKind.ENQUIRY,
        adult_id=ADA,
        legitimate=True,
        reason_open="court-proceedings",
        themes=("staffing",),
        next_look=date(2024, 9, 1),
        reviewed_by="coordinator-1",
        reviewed_at=OVER + DAY,
    )
    looked.work(next_look - SECOND)
    assert len(looked.facts) == 2
    looked.work(next_look)
    again = looked.facts[2]
    assert isinstance(again, DriftFlagged)
    assert (again.look, again.due_at) == (2, next_look)


def test_the_same_look_again_changes_nothing() -> None:
    look = a_drift_review(ENQUIRY, OVER + DAY, london(2024, 9, 1))
    once = [(START, an_opening(START)), (OVER + DAY, look)]
    twice = happened(*once, (OVER + 2 * DAY, look))
    assert twice.refused == {}
    assert twice.facts == happened(*once).facts


@pytest.mark.parametrize(
    ("recorded", "changes", "code"),
    [
        (OVER + DAY, {"open_id": CONCERN}, "not_open"),
        (OVER - SECOND, {"reviewed_at": OVER - SECOND}, "not_flagged"),
        (OVER + DAY, {"reviewed_at": OVER - SECOND}, "reviewed_before_flagged"),
        (OVER + DAY, {"next_look": date(2024, 7, 16)}, "next_look_out_of_range"),
        (OVER + DAY, {"next_look": date(2025, 1, 17)}, "next_look_out_of_range"),
        (OVER - DAY, {"reviewed_at": OVER}, "reviewed_at_in_the_future"),
    ],
)
def test_a_look_that_cannot_be_is_refused(recorded: datetime, changes: dict[str, Any], code: str) -> None:
    review = a_drift_review(ENQUIRY, OVER, london(2024, 9, 1)).model_copy(update=changes)
    refused = happened((START, an_opening(START)), (recorded, review))
    assert refused.refused_codes == (code,)


def test_the_next_look_may_be_six_months_off_and_no_more() -> None:
    looked = happened((START, an_opening(START)), (OVER, a_drift_review(ENQUIRY, OVER, london(2025, 1, 16))))
    assert looked.refused == {}


def test_nothing_is_looked_at_twice_for_one_flag() -> None:
    looks = [a_drift_review(ENQUIRY, OVER + n * DAY, london(2024, 9, 1)) for n in (1, 2)]
    looked = happened((START, an_opening(START)), *((look.reviewed_at, look) for look in looks))
    assert looked.refused_codes == ("not_flagged",)


def test_what_has_ended_cannot_be_looked_at() -> None:
    ended = happened(
        (START, an_opening(START)),
        (OVER + DAY, a_conclusion(START, OVER + DAY)),
        (OVER + 2 * DAY, a_drift_review(ENQUIRY, OVER + 2 * DAY, london(2024, 9, 1))),
    )
    assert ended.refused_codes == ("not_open",)


def test_a_look_at_what_drifts_of_an_unknown_adult_is_refused() -> None:
    assert happened((OVER, a_drift_review(ENQUIRY, OVER, london(2024, 9, 1)))).refused_codes == ("not_open",)
