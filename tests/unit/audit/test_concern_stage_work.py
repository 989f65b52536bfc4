"""Enquiry work with no enquiry is told of until the enquiry is logged (seed 003:3697; the fixture Z17)."""

from datetime import timedelta

from services.audit.service import service
from services.audit.work_cases import Opened, Work
from shared.contracts.audit import Ending, EnquiryWorkAtConcernStage, EnquiryWorkAtConcernStageEnded
from tests.support.audit_builders import adult_of, enquiry_id, happened, opened, work_without
from tests.support.builders import NOON

DAY = timedelta(days=1)
WORK = work_without("a", NOON, NOON + DAY)
TOLD = EnquiryWorkAtConcernStage(enquiry_id=enquiry_id("a"), first_recorded_at=NOON, due_at=NOON + DAY)


def test_z17_work_without_an_enquiry_is_told() -> None:
    story = happened((NOON + DAY, WORK))
    assert story.facts == [TOLD]
    assert isinstance(story.cases[enquiry_id("a")], Work)
    assert service.timers(story.cases[enquiry_id("a")]) == ()


def test_the_same_work_again_changes_nothing() -> None:
    assert happened((NOON + DAY, WORK), (NOON + 2 * DAY, WORK)).facts == [TOLD]


def test_it_ends_when_the_enquiry_is_opened_whichever_is_heard_of_first() -> None:
    work, opening = (NOON + DAY, WORK), (NOON + 3 * DAY, opened("a", NOON))
    ends = [happened(work, opening), happened(opening, work)]
    for one in ends:
        assert one.facts == [
            TOLD,
            EnquiryWorkAtConcernStageEnded(enquiry_id=enquiry_id("a"), ending=Ending.ENDED),
        ]
        assert isinstance(one.cases[enquiry_id("a")], Opened)
        assert len(adult_of(one).open) == 1
    assert ends[0].cases == ends[1].cases
    assert set(ends[0].stated) == set(ends[1].stated), "they follow from the same events"


def test_an_enquiry_logged_in_time_and_heard_of_late_withdraws_it() -> None:
    work, opening = (NOON + DAY, WORK), (NOON + DAY / 2, opened("a", NOON))
    for order in ((work, opening), (opening, work)):
        (_, end) = happened(*order).facts
        assert isinstance(end, EnquiryWorkAtConcernStageEnded)
        assert end.ending is Ending.WITHDRAWN


def test_the_work_of_one_enquiry_is_not_ended_by_another() -> None:
    assert happened((NOON + DAY, WORK), (NOON + 3 * DAY, opened("b", NOON))).facts == [TOLD]


def test_an_enquiry_opened_again_is_marked_once() -> None:
    story = happened((NOON, opened("a", NOON)), (NOON + DAY, opened("a", NOON)))
    known = story.cases[enquiry_id("a")]
    assert isinstance(known, Opened)
    assert (known.enquiry_id, known.recorded) == (enquiry_id("a"), NOON)
