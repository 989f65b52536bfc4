"""Enquiry work recorded with no enquiry is told once, a day after it began (design section 4, rule 12; 003:3697)."""

from datetime import timedelta
from itertools import permutations

from services.enquiry.cases import Case, EarlyWork, Enquiry
from services.enquiry.policy import POLICY
from services.enquiry.service import service
from shared.contracts.enquiry import WorkWithoutEnquiry
from tests.support.builders import NOON, told
from tests.support.course_builders import a_cause, a_suspension, an_assignment, days, timed, types
from tests.support.enquiry_builders import CONCERN, ENQUIRY, LATER, a_conversion, an_asking
from tests.support.interleave import TimedStory, story

GRACE = POLICY.early_work_grace
ASSIGNED = an_assignment(assigned_at=NOON - timedelta(hours=1))
ASKED = an_asking(concern_id=CONCERN, asked_at=NOON - timedelta(hours=2))


def stated(one: TimedStory[Case]) -> list[WorkWithoutEnquiry]:
    return [fact for fact in one.facts if isinstance(fact, WorkWithoutEnquiry)]


def test_a_record_of_an_enquiry_that_is_not_open_waits_and_is_remembered() -> None:
    early = timed((1, ASSIGNED), (1.5, ASKED))
    assert len(early.held) == 2
    assert early.cases == {ENQUIRY: EarlyWork(ENQUIRY, days(1), CONCERN)}
    assert early.facts == []


def test_after_a_day_it_is_told_once_with_the_concern_it_belongs_to() -> None:
    early = timed((1, ASSIGNED), (1.5, ASKED))
    early.work(days(2) - timedelta(seconds=1))
    assert early.facts == []
    for _ in range(2):
        early.work(days(2))
        early.tell(told(an_asking(concern_id=CONCERN, asked_at=NOON), "later", days(30)))
        early.work(LATER)
    assert stated(early) == [
        WorkWithoutEnquiry(enquiry_id=ENQUIRY, concern_id=CONCERN, first_recorded_at=days(1), due_at=days(1) + GRACE)
    ]


def test_the_first_is_the_one_recorded_first_whichever_is_looked_at_first() -> None:
    records = [told(ASSIGNED, "a", days(3)), told(ASKED, "b", days(1)), told(a_cause(), "c", days(2))]
    ends = {story(service, order).cases[ENQUIRY] for order in permutations(records)}
    assert ends == {EarlyWork(ENQUIRY, days(1), CONCERN)}


def test_the_opening_takes_its_place_and_nothing_is_told() -> None:
    opened = timed((1, ASSIGNED), (1.9, a_conversion()))
    assert isinstance(opened.cases[ENQUIRY], Enquiry)
    opened.work(LATER)
    assert types(opened) == ["opened", "assigned"]


def test_an_opening_that_was_recorded_too_late_comes_after_the_telling() -> None:
    late = timed((1, ASSIGNED), (2, a_conversion()))
    assert types(late) == ["work-without-enquiry", "opened", "assigned"]


def test_work_that_cannot_be_accepted_is_answered_and_not_remembered() -> None:
    refused = timed((1, a_cause(under_suspicion="yes")), (1, a_suspension(suspended_at=days(2))))
    assert refused.cases == {}
    assert refused.held == []
    assert refused.refused_codes == ("conflict_decision_missing", "suspended_at_in_the_future")
