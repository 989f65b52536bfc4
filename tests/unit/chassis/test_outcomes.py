"""What becomes of a record besides its effect: who is answered, what is kept, and what is counted."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.wire import Arrival, Fact
from shared.chassis.due import BrokenTimerError
from shared.contracts.audit import RepeatReviewDone, RepeatReviewRefused
from shared.kernel.decision import Decision
from shared.kernel.event import Due
from shared.kernel.identity import event_identity
from tests.support.casework import begun
from tests.support.diary import Diary, service
from tests.unit.chassis.records import (
    ADA,
    BEN,
    NOON,
    RECEIVED,
    REVIEWED,
    concern,
    entries,
    header,
    later,
    read,
    review,
    work,
)


def impostor(**changes: Any) -> Arrival:
    """A review under an identity that another has."""
    found = read(review("a", **changes))
    assert isinstance(found, Arrival)
    return found


def answers(casework: Casework[Diary]) -> list[Fact]:
    """The refusals among what it states."""
    return [fact for fact in casework.facts.told if header_or_none(fact, "ce_type") == service.writes[1].type]


def header_or_none(fact: Fact, name: str) -> str | None:
    return header(fact, name) if name in dict(fact.headers) else None


def test_a_conflict_at_a_door_is_answered_and_kept_and_one_among_our_own_is_kept() -> None:
    casework = work()
    casework._conflicting(impostor())

    assert len(answers(casework)) == 1
    assert b"conflicting_body" in answers(casework)[0].value
    assert [fact.topic for fact in casework.facts.told] == ["audit.repeat-concerns", "audit-reviews.dead-letters"]
    assert casework.counts.outcomes == {(REVIEWED, "conflicting"): 1}
    ours = work()
    ours._conflicting(read(concern("a")))  # type: ignore[arg-type]
    assert [fact.topic for fact in ours.facts.told] == ["concerns.dead-letters"]


def test_each_impostor_has_an_answer_of_its_own_and_always_the_same() -> None:
    casework = work(review("a"))
    said = review("a").value or b""
    for reviewer in (b"worker-2", b"worker-3", b"worker-2"):
        casework.take(impostor(value=said.replace(b"worker", reviewer)))

    one, other, again = (header(fact, "ce_id") for fact in answers(casework))
    assert (one, len({one, other})) == (again, 2)
    assert header(casework.facts.told[0], "ce_id") not in {one, other}


def test_an_answer_says_what_it_is_about_even_where_that_could_not_be_read_as_a_whole() -> None:
    said, cut_off = b'{"adult_id": "%s"}' % str(BEN).encode(), b"{"
    casework = work(review("a", value=said), review("b", value=cut_off), review("b", value=cut_off, key=b"k", offset=1))

    about, by_its_key, unknown = (
        RepeatReviewRefused.model_validate_json(fact.value).about for fact in answers(casework)
    )
    assert about == str(BEN)
    assert by_its_key == str(ADA)
    assert unknown == event_identity("/tests", "b")


def test_a_held_key_holds_nothing_of_another_topic() -> None:
    casework = work(concern("bug"), review("a"), concern("b"))

    assert entries(casework) == ["a"]


def test_a_contradiction_of_our_own_holds_its_key_and_is_answered_to_nobody() -> None:
    casework = work(concern("no"), concern("a"))

    assert [held.reason for held in casework.held.parked] == ["no", "behind_a_held_record"]
    assert casework.facts.told == []
    assert casework.counts.outcomes == {(RECEIVED, "parked"): 2}


def test_what_a_timer_states_is_its_own_and_it_changes_no_case_but_its_own() -> None:
    done = RepeatReviewDone(
        review_id=ADA, adult_id=ADA, safety_planning="rang", reviewed_by="nobody", reviewed_at=NOON
    )  # fmt: skip

    def ringing(cases: Any, event: Any, meta: Any) -> Any:
        answer: Any = service.decide(cases, event, meta)
        return answer._replace(facts=(done,)) if isinstance(event, Due) else answer

    def straying(cases: Any, event: Any, meta: Any) -> Any:
        answer: Any = service.decide(cases, event, meta)
        return answer._replace(cases={**answer.cases, BEN: Diary(BEN)}) if isinstance(event, Due) else answer

    alarm = read(concern("alarm-1300"))
    casework, astray = [begun(replace(service, decide=decide), clamp=False) for decide in (ringing, straying)]
    casework.take(alarm)
    casework.fire(ADA, later(hours=1))
    assert [header(fact, "ce_time") for fact in casework.facts.told] == [later(hours=1).isoformat()]
    assert casework.counts.outcomes["timer", "fired"] == 1
    astray.take(alarm)
    with pytest.raises(BrokenTimerError):
        astray.fire(ADA, later(hours=1))
    assert BEN not in astray.cases.states


def test_everything_is_counted_and_what_came_through_a_door_by_its_sender() -> None:
    def idle(cases: Any, event: Any, meta: Any) -> Any:
        return Decision({}) if getattr(event, "safety_planning", "") == "again" else service.decide(cases, event, meta)

    casework = begun(replace(service, decide=idle), clamp=False)
    for record in (review("a"), review("again"), review("no"), review("bug"), review("x", value=b"{"), concern("b")):
        casework.take(read(record))
    casework.take(impostor())

    by_door = {"applied": 1, "unchanged": 1, "refused": 1, "broken": 1, "duplicate": 1}
    counted = Counter({(REVIEWED, outcome): many for outcome, many in by_door.items()})
    assert casework.counts.outcomes == counted + Counter({("unreadable", "unreadable"): 1, (RECEIVED, "applied"): 1})
    assert casework.counts.tallies == Counter({
        **{("audit-reviews", "/tests", outcome): many for outcome, many in by_door.items()},
        ("audit-reviews", "unknown", "unreadable"): 1, ("audit-reviews", "", "read"): 6,
    })  # fmt: skip


def test_the_oldest_that_was_applied_is_known_by_its_type() -> None:
    casework = work(concern("a", at=later(hours=2)), concern("b", at=later(hours=1)), concern("c", at=later(hours=3)))

    assert casework.counts.oldest == {RECEIVED: later(hours=1)}
