"""An enquiry is planned with those concerned, and ends with the lead enquiry officer's report: forms SG3 and SG4."""

from datetime import timedelta

import pytest

from shared.contracts.doors import Answer
from shared.contracts.enquiry import PlanningNoted, ReportNoted
from shared.kernel.event import Event
from tests.support.builders import NOON
from tests.support.enquiry_builders import CONCERN, LATER
from tests.support.findings_builders import DAY, a_report_of_the_officer, after, findings_of, found_id, some_planning


def test_planning_is_noted_with_the_record_itself() -> None:
    planned = after(some_planning())
    (noted,) = (fact for fact in planned.facts if isinstance(fact, PlanningNoted))
    assert noted.record == some_planning()
    assert noted.concern_id == CONCERN


@pytest.mark.parametrize(("early", "late"), [("A", "B"), ("B", "A")])
def test_an_enquiry_may_be_planned_several_times_and_is_remembered_by_time(early: str, late: str) -> None:
    held = after(some_planning(late, held_at=NOON + 9 * DAY), some_planning(early, held_at=NOON + DAY))
    assert [one.planning_id for one in findings_of(held).planning] == [
        found_id("planning", early),
        found_id("planning", late),
    ]


def test_a_report_is_noted_with_its_four_answers() -> None:
    (noted,) = (fact for fact in after(a_report_of_the_officer()).facts if isinstance(fact, ReportNoted))
    assert noted.record == a_report_of_the_officer()
    assert noted.record.unable_to_protect is Answer.NOT_KNOWN


@pytest.mark.parametrize(("early", "late"), [("A", "B"), ("B", "A")])
def test_reports_are_kept_by_time(early: str, late: str) -> None:
    reported = after(a_report_of_the_officer(late), a_report_of_the_officer(early, reported_at=NOON + DAY))
    assert [one.report_id for one in findings_of(reported).reports] == [
        found_id("report", early),
        found_id("report", late),
    ]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (some_planning(), some_planning(meeting=False), "planning_id_used"),
        (some_planning(), some_planning(adult_took_part=Answer.NO), "planning_id_used"),
        (some_planning(), some_planning(attended=()), "planning_id_used"),
        (a_report_of_the_officer(), a_report_of_the_officer(further_action=Answer.YES), "report_id_used"),
        (a_report_of_the_officer(), a_report_of_the_officer(reported_by="worker-2"), "report_id_used"),
    ],
)
def test_another_record_under_a_used_id_is_refused(first: Event, second: Event, code: str) -> None:
    refused = after(first, second)
    assert refused.refused_codes == (code,)
    assert refused.cases == after(first).cases


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (some_planning(held_at=LATER + timedelta(minutes=6)), "held_at_in_the_future"),
        (a_report_of_the_officer(reported_at=LATER + timedelta(minutes=6)), "reported_at_in_the_future"),
    ],
)
def test_what_has_not_happened_yet_is_refused(event: Event, code: str) -> None:
    assert after(event).refused_codes == (code,)


def test_planning_before_the_enquiry_started_is_gathering_information() -> None:
    assert len(findings_of(after(some_planning(held_at=NOON - DAY))).planning) == 1
