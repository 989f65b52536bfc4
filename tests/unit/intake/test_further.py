"""More under a reference of which a report was received: kept, passed on, and put before a person."""

from datetime import date, timedelta

import pytest

from services.intake.cases import Case, Concern, DutyItem, DutyKind
from services.intake.further import REMEMBERED
from services.intake.service import service
from shared.contracts.doors import Adult, ConcernReported
from shared.contracts.intake import ConcernReceived, FurtherInformationReceived, ReportAccepted
from tests.support.builders import NOON, a_report, told
from tests.support.interleave import Story, Told, story

FIRST = a_report(narrative="The man in room 4 has bruises.")


def more(story_: Story[Case]) -> list[FurtherInformationReceived]:
    return [fact for fact in story_.facts if isinstance(fact, FurtherInformationReceived)]


def duty(story_: Story[Case]) -> tuple[DutyItem, ...]:
    concern = story_.cases[FIRST.concern_id]
    assert isinstance(concern, Concern)
    return concern.duty


def lying(one: Told, offset: int) -> Told:
    """The same at a place on the door."""
    return Told(one.event, one.meta._replace(place=f"concern-reports/0/{offset}"))


def other(narrative: str, **changes: object) -> ConcernReported:
    return FIRST.model_copy(update={"narrative": narrative, **changes})


def test_what_says_more_is_kept_with_the_concern_and_looked_at_and_overwrites_nothing() -> None:
    later = NOON + timedelta(hours=3)

    told_of = story(service, [told(FIRST, "1"), told(other("And the woman in room 5."), "2", at=later)])

    (receipt, received, again, further) = told_of.facts
    assert isinstance(receipt, ReportAccepted)
    assert isinstance(received, ConcernReceived)
    assert isinstance(again, ReportAccepted)
    assert [remark.code for remark in again.remarks] == ["differs_from_first"]
    assert further == FurtherInformationReceived(
        concern_id=FIRST.concern_id,
        adult_id=received.adult_id,
        received_at=later,
        report=other("And the woman in room 5."),
    )
    (item,) = duty(told_of)
    assert (item.kind, item.why, item.since, item.dealt) == (DutyKind.FURTHER, ("differs_from_first",), later, None)


def test_sent_again_it_is_known_again_and_so_is_the_first() -> None:
    second = other("And the woman in room 5.")

    told_of = story(
        service, [told(FIRST, "1"), told(second, "2"), told(FIRST, "3"), told(second, "4"), told(second, "5")]
    )

    assert len(more(told_of)) == 1
    assert [item.times for item in duty(told_of)] == [1]
    answers = [[r.code for r in fact.remarks] for fact in told_of.facts if isinstance(fact, ReportAccepted)]
    assert answers == [[], ["differs_from_first"], [], ["differs_from_first"], ["differs_from_first"]]


def test_each_that_says_something_else_is_passed_on_and_the_list_counts_them() -> None:
    several = [lying(told(other(f"Room {n}"), str(n + 1)), n) for n in range(1, REMEMBERED + 11)]

    told_of = story(service, [told(FIRST, "1"), *several])

    assert len(more(told_of)) == REMEMBERED + 10
    concern = told_of.cases[FIRST.concern_id]
    assert isinstance(concern, Concern)
    assert len(concern.further) == REMEMBERED, "bounded, however much a sender sends"
    assert [item.times for item in concern.duty] == [REMEMBERED + 10]


@pytest.mark.parametrize(("born", "child"), [(date(2012, 5, 1), True), (date(1950, 5, 1), False)])
def test_who_turns_out_to_be_a_child_stands_before_duty_as_one(born: date, *, child: bool) -> None:
    report = FIRST.model_copy(update={"adult": Adult(birth_date=born)})

    told_of = story(service, [told(FIRST, "1"), told(report, "2")])

    (further,) = more(told_of)
    assert further.possibly_under_18 is child
    assert duty(told_of)[0].child is child


def test_a_day_after_the_first_receipt_may_have_happened_by_the_second() -> None:
    tomorrow = NOON + timedelta(days=1)
    report = other("It happened again.", happened_on=tomorrow.date())

    told_of = story(service, [told(FIRST, "1"), told(report, "2", at=tomorrow)])

    assert [fact.report.happened_on for fact in more(told_of)] == [tomorrow.date()]
