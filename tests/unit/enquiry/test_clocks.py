"""Stage targets: local, in civil days in London, standing still while the enquiry does (design section 4, rule 10)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.clocks import Pause, Stage, Target, late_from, next_target, pauses, stage_of
from services.enquiry.findings_cases import Findings, Plan, Planning
from services.enquiry.policy import POLICY
from shared.kernel.civil import LONDON, start_of_day
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import NOON
from tests.support.course_builders import (
    a_referral,
    a_referral_answer,
    a_reopening,
    a_resumption,
    a_return,
    a_suspension,
    a_taking_back,
    after,
    an_assignment,
    days,
    enquiry_of,
)
from tests.support.enquiry_builders import a_closure_approval, a_proposal

PLANNING = Planning(planning_id=derived("planning"), held_at=days(3), meeting=True)
PLAN = Plan(plan_id=derived("plan"), made_by="worker-1", made_at=days(9), actions=())


def enquiry(*events: Event) -> Enquiry:
    return enquiry_of(after(*events))


def target(one: Enquiry) -> Target:
    found = next_target(one)
    assert found is not None
    return found


def on(day: int) -> datetime:
    """The start of the day so many days after the enquiry's."""
    return start_of_day((NOON + timedelta(days=day)).date())


@pytest.mark.parametrize(
    ("events", "findings", "stage", "awaited", "days_from_start"),
    [
        ((), Findings(), Stage.OPENED, "assigned", 2),
        ((an_assignment(),), Findings(), Stage.ASSIGNED, "planned", 8),
        ((an_assignment(),), Findings(planning=(PLANNING,)), Stage.PLANNED, "plan_made", 15),
        ((), Findings(plans=(PLAN,)), Stage.PLAN_MADE, "finished", 29),
        ((a_proposal(),), Findings(), Stage.CLOSURE_PROPOSED, "finished", 29),
        ((an_assignment(), a_proposal(), a_return()), Findings(), Stage.ASSIGNED, "planned", 8),
        (
            (an_assignment(), a_proposal(), a_closure_approval(), a_reopening()),
            Findings(plans=(PLAN,)),
            Stage.PLAN_MADE,
            "finished",
            29,
        ),
    ],
)
def test_each_stage_awaits_the_next_by_its_local_target(
    events: tuple[Event, ...], findings: Findings, stage: Stage, awaited: str, days_from_start: int
) -> None:
    one = replace(enquiry(*events), findings=findings)
    assert stage_of(one) is stage
    assert target(one) == Target(stage, awaited, on(days_from_start), POLICY.version)


@pytest.mark.parametrize("events", [(a_proposal(), a_closure_approval()), (a_taking_back(),)])
def test_nothing_is_awaited_of_what_is_concluded_or_withdrawn(events: tuple[Event, ...]) -> None:
    assert next_target(enquiry(*events)) is None


def test_the_last_day_counts_to_its_end_by_the_clocks_of_london() -> None:
    start = datetime(2024, 3, 29, 23, 59, tzinfo=LONDON)
    assert late_from(start, 1, ()) == datetime(2024, 3, 31, tzinfo=LONDON)
    assert late_from(start, 2, ()) == datetime(2024, 4, 1, tzinfo=LONDON)
    assert str(late_from(start, 2, ())) == "2024-03-31 23:00:00+00:00"


def test_a_target_comes_later_by_the_time_of_a_suspension() -> None:
    resumed = enquiry(an_assignment(), a_suspension(), a_resumption())
    assert target(resumed).late_from == on(8) + timedelta(days=3)


def test_while_an_enquiry_is_suspended_its_target_stands_still_unless_it_had_passed() -> None:
    assert target(enquiry(an_assignment(), a_suspension())).late_from is None
    late = enquiry(an_assignment(), a_suspension(suspended_at=days(20)))
    assert target(late).late_from == on(8)


def test_a_police_enquiry_that_goes_first_pauses_from_when_it_was_taken_up_until_it_ended() -> None:
    assigned = an_assignment()
    referred, accepted = enquiry(assigned, a_referral()), enquiry(assigned, a_referral(), a_referral_answer())
    ended = enquiry(assigned, a_referral(), a_referral_answer(), a_referral_answer("ended"))
    assert target(referred).late_from == on(8)
    assert target(accepted).late_from is None
    assert target(ended).late_from == on(8) + timedelta(days=6)


@pytest.mark.parametrize(
    "events",
    [
        (a_referral(), a_referral_answer("declined")),
        (a_referral(goes_first=False), a_referral_answer()),
    ],
)
def test_no_other_referral_pauses(events: tuple[Event, ...]) -> None:
    assert pauses(enquiry(*events)) == ()


def test_time_in_which_both_stand_still_counts_once() -> None:
    both = enquiry(
        an_assignment(), a_suspension(), a_resumption(), a_referral(), a_referral_answer(), a_referral_answer("ended")
    )
    assert pauses(both) == (Pause(days(2), days(5)), Pause(days(3), days(9)))
    assert target(both).late_from == on(8) + timedelta(days=7)


def walked(start: datetime, target_days: int, paused: list[Pause]) -> datetime | None:
    """Hour by hour: an hour counts when nothing stands still in it; late when as many have counted as there are."""
    hours = (start_of_day(start.astimezone(LONDON).date() + timedelta(days=target_days + 1)) - start) // timedelta(
        hours=1
    )
    at = start
    for _ in range(24 * 400):
        if hours == 0:
            return at
        if not any(pause.begin <= at and (pause.end is None or at < pause.end) for pause in paused):
            hours -= 1
        at += timedelta(hours=1)
    return None


HOURS = st.integers(-100, 24 * 60)
PAUSES = st.lists(st.tuples(HOURS, st.one_of(st.none(), st.integers(0, 24 * 20))), max_size=5)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 23), st.integers(0, 28), PAUSES)
def test_a_target_is_late_when_as_many_hours_have_counted_as_it_has(
    day: date, hour: int, target_days: int, found: list[tuple[int, int | None]]
) -> None:
    start = start_of_day(day) + timedelta(hours=hour)
    paused = [
        Pause(start + timedelta(hours=begin), None if length is None else start + timedelta(hours=begin + length))
        for begin, length in found
    ]
    in_order = tuple(sorted(paused, key=lambda pause: pause.begin))
    assert late_from(start, target_days, in_order) == walked(start, target_days, paused)
