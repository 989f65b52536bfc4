"""The checks of a story: the chassis survives a service's faults, and a story must not."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from shared.chassis.process.errors import BrokenPromise
from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone
from shared.kernel.decision import Decision, refused
from shared.kernel.event import Due
from tests.support.diary import Diary, service
from tests.support.interleave import Story, TimedStory, Told
from tests.unit.chassis.records import ADA, BEN, concern, later, read, review

Answer = Callable[[Any, Any, Any], Any]
_times = count()


def told(record: Any) -> Told:
    """What a record tells."""
    arrival: Any = read(record)
    return Told(arrival.event, arrival.meta)


def done(name: str) -> RepeatReviewDone:
    """The fact that the diary states of a review."""
    arrival: Any = read(review(name))
    fields = arrival.event.model_dump(include=set(RepeatReviewDone.model_fields))
    return RepeatReviewDone.model_validate(fields)


FAULTS: dict[str, tuple[Answer, str]] = {
    "breaks": (lambda *_: 1 / 0, "division by zero"),
    "says something else each time": (lambda *_: Decision({ADA: Diary(ADA, (str(next(_times)),))}), "twice differs"),
    "changes a case it was not given": (lambda *_: Decision({BEN: Diary(BEN)}), "not given"),
    "refuses what is of our own": (lambda *_: refused("no", "No."), "only what came through a door"),
    "states two facts under one id": (lambda *_: Decision({}, (done("a"), done("a"))), "one id"),
    "states a fact of another service": (lambda _, event, __: Decision({}, (event,)), "not among what it writes"),
    "forgets when written down": (lambda *_: Decision({ADA: Diary(ADA, ["a list"])}), "written down"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_story_ends_at_the_fault_of_a_service(fault: str) -> None:
    decide, says = FAULTS[fault]
    told_to: Story[Diary] = Story(replace(service, decide=decide))

    with pytest.raises((AssertionError, ZeroDivisionError, BrokenPromise), match=says):
        told_to.tell(told(concern("a")))


def test_a_story_ends_where_a_case_is_named_twice() -> None:
    twice: Service[Diary] = replace(service, keys=lambda event: (event.adult_id, event.adult_id))

    with pytest.raises(AssertionError, match="named twice"):
        Story(twice).tell(told(concern("a")))


def test_a_decision_sees_the_cases_of_its_event_and_no_others() -> None:
    def looking(cases: Any, event: Any, meta: Any) -> Any:
        assert set(cases) <= {event.adult_id}
        return service.decide(cases, event, meta)

    told_to: Story[Diary] = Story(replace(service, decide=looking))
    for adult in (ADA, BEN, ADA):
        told_to.tell(told(concern(f"a-{adult}-{len(told_to.cases)}", adult)))
    assert set(told_to.cases) == {ADA, BEN}


def test_timers_fire_in_a_timed_story_alone() -> None:
    events = [told(concern(f"alarm:{later(hours=1).isoformat()}")), told(concern("a", at=later(hours=2)))]
    plain, timed = Story(service), TimedStory(service)
    for event in events:
        plain.tell(event)
        timed.tell(event)

    assert plain.cases[ADA].entries == ("alarm set", "a")
    assert timed.cases[ADA].entries == ("alarm set", "alarm rang 13:00", "a")
    assert timed.fired == [Due("alarm", ADA, later(hours=1))]


def test_a_story_ends_at_a_timer_that_changes_nothing() -> None:
    def deaf(cases: Any, event: Any, meta: Any) -> Any:
        return Decision({}) if isinstance(event, Due) else service.decide(cases, event, meta)

    timed = TimedStory(replace(service, decide=deaf))
    timed.tell(told(concern(f"alarm:{later(hours=1).isoformat()}")))

    with pytest.raises(AssertionError, match="left its own as it was"):
        timed.work(later(hours=1))


def test_what_a_refusal_says_and_what_waits_are_told_apart_from_what_is_stated() -> None:
    told_to: Story[Diary] = Story(service)
    for name in ("no", "after:x:1", "a"):
        told_to.tell(told(review(name)))

    assert told_to.refused == {"no": ("no",)}
    assert told_to.refused_codes == ("no",)
    assert [one.meta.id for one in told_to.held] == ["after:x:1"]
    assert [(type(fact), fact.subject) for fact in told_to.facts] == [(RepeatReviewDone, told_to.stated[0].subject)]
    assert [stated.cause for stated in told_to.stated] == ["a"]
