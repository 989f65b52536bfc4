"""The decisions of one batch: what waits, what is parked, what fires first, and what one failure does to the rest."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from shared.chassis.delivery.applying.steps import firing
from shared.chassis.due import BrokenTimerError, timer_metadata
from shared.kernel.decision import Decision, Wait
from shared.kernel.event import Due
from shared.kernel.identity import derived, timed
from tests.support.casework import begun
from tests.support.diary import Diary, service
from tests.unit.chassis.records import ADA, BEN, NOON, concern, entries, header, later, read, review, work

CAT = derived("adult", "cat")


def test_what_came_too_early_is_decided_when_its_turn_comes_and_in_order() -> None:
    casework = work(concern("after:x:1"), concern("after:x:2"), concern("y"), concern("x"))

    assert entries(casework) == ["y", "x", "after:x:1", "after:x:2"]
    assert not any(casework.held.waiting.values())


def test_a_chain_of_waiting_unwinds() -> None:
    casework = work(concern("after:after:x:1:2"), concern("after:x:1"), concern("x"))

    assert entries(casework) == ["x", "after:x:1", "after:after:x:1:2"]
    assert not casework.held.waiting


@pytest.mark.parametrize("order", list(permutations(["x", "after:x:1", "y"])))
def test_the_facts_of_what_waited_are_its_own_whatever_released_it(order: tuple[str, ...]) -> None:
    casework = work(*(review(name) for name in order))

    ids = {header(fact, "ce_causationid"): header(fact, "ce_id") for fact in casework.facts.told}
    canonical = work(*(review(name) for name in ("x", "after:x:1", "y")))
    assert ids == {header(fact, "ce_causationid"): header(fact, "ce_id") for fact in canonical.facts.told}
    assert sorted(fact.value for fact in casework.facts.told) == sorted(fact.value for fact in canonical.facts.told)


def test_what_waits_and_does_not_get_it_is_kept_with_what_it_waits_for() -> None:
    casework = work(concern("after:x:1"))

    (held,) = casework.held.waiting[ADA]
    assert (held.case, held.reason, held.id) == (ADA, "what it comes after", None)
    assert not casework.cases.rows(())


def test_a_case_can_remember_that_something_waits_and_a_timer_tell_of_it() -> None:
    def remembering(cases: Any, event: Any, meta: Any) -> Any:
        answer = service.decide(cases, event, meta)
        if isinstance(answer, Wait) and ADA not in cases:
            return answer._replace(cases={ADA: Diary(ADA, ("something waits",), (later(hours=1),))})
        return answer

    casework = begun(replace(service, decide=remembering))
    casework.take(read(review("after:x:1", at=later(minutes=30))))

    assert entries(casework) == ["something waits"]
    assert casework.cases._due[ADA] == later(hours=1)
    assert ADA not in casework.cases._recorded, "what waits has not been recorded of its case"
    casework.take(read(concern("x", at=later(hours=2))))
    assert entries(casework) == ["something waits", "alarm rang 13:00", "x", "after:x:1"]


def test_what_waits_may_not_be_remembered_on_a_case_that_was_not_given() -> None:
    def straying(cases: Any, event: Any, meta: Any) -> Any:
        del cases, event, meta
        return Wait("nothing", {BEN: Diary(BEN)})

    casework = begun(replace(service, decide=straying))
    casework.take(read(concern("a")))

    assert not casework.cases.rows(())
    assert [held.reason for held in casework.held.parked] == ["internal_error"]


def test_a_decision_may_change_the_cases_that_follow_its_own_and_theirs() -> None:
    ring = {ADA: (BEN,), BEN: (ADA, CAT), CAT: (BEN,)}

    def wide(cases: Any, event: Any, meta: Any) -> Any:
        del event, meta
        return Decision({CAT: Diary(CAT, (*cases[CAT].entries, "reached"))})

    followed = replace(service, decide=wide, follows=lambda diary: ring[diary.adult_id])
    casework = begun(followed, states={adult: Diary(adult) for adult in ring})
    casework.take(read(concern("a")))

    assert entries(casework, CAT) == ["reached"]
    assert casework.cases.with_followers({ADA}) == set(ring)


def test_a_bug_holds_its_key_and_no_other() -> None:
    casework = work(concern("a"), concern("bug"), concern("b"), concern("c", BEN))

    assert entries(casework) == ["a"]
    assert entries(casework, BEN) == ["c"]
    assert [held.reason for held in casework.held.parked] == ["internal_error", "behind_a_held_record"]


def test_a_bug_behind_a_door_holds_nothing_and_answers() -> None:
    casework = work(review("a"), review("bug"), review("b"))

    assert entries(casework) == ["a", "b"]
    assert [fact.topic for fact in casework.facts.told] == ["audit.repeat-concerns"] * 2 + [
        "audit-reviews.dead-letters", "audit.repeat-concerns",
    ]  # fmt: skip
    assert not casework.held.parked


def test_a_refusal_behind_a_door_is_an_answer_and_no_dead_letter() -> None:
    casework = work(review("no"))

    assert [header(fact, "ce_type") for fact in casework.facts.told] == ["safeguarding.audit.repeat-review-refused.v1"]


def test_a_bug_in_what_waited_lets_the_others_go() -> None:
    def breaking(cases: Any, event: Any, meta: Any) -> Any:
        if getattr(event, "report", None) and event.report.reference == "after:x:1" and ADA in cases:
            raise ZeroDivisionError
        return service.decide(cases, event, meta)

    casework = begun(replace(service, decide=breaking), clamp=False)
    for name in ("after:x:1", "after:x:2", "x"):
        casework.take(read(concern(name)))

    assert entries(casework) == ["x", "after:x:2"]
    assert [held.reason for held in casework.held.parked] == ["internal_error"]


def test_a_decision_that_changes_a_case_it_was_not_given_is_a_bug() -> None:
    def straying(cases: Any, event: Any, meta: Any) -> Any:
        del cases, event, meta
        return Decision({BEN: Diary(BEN)})

    casework = begun(replace(service, decide=straying))
    casework.take(read(concern("a")))

    assert not casework.cases.rows(())
    assert [held.reason for held in casework.held.parked] == ["internal_error"]


def test_a_timer_that_fell_due_before_an_event_was_recorded_fires_before_it() -> None:
    alarm = f"alarm:{later(hours=1).isoformat()}"
    before, at, after = (concern(f"e{n}", at=later(hours=n)) for n in (0.5, 1, 2))

    assert entries(work(concern(alarm), before, after)) == ["alarm set", "e0.5", "alarm rang 13:00", "e2"]
    assert entries(work(concern(alarm), at)) == ["alarm set", "alarm rang 13:00", "e1"]


def test_timers_fire_in_the_order_in_which_they_fall_due() -> None:
    alarms = [concern(f"alarm:{later(hours=n).isoformat()}") for n in (3, 1, 2)]

    casework = work(*alarms)
    casework.fire(ADA, later(hours=2.5))

    assert entries(casework)[3:] == ["alarm rang 13:00", "alarm rang 14:00"]
    assert casework.cases._due[ADA] == later(hours=3)


def test_the_timer_of_a_case_that_is_held_fires_all_the_same() -> None:
    casework = work(concern(f"alarm:{later(hours=1).isoformat()}"), concern("bug"), concern("b", at=later(hours=2)))

    casework.fire(ADA, later(hours=1))

    assert entries(casework) == ["alarm set", "alarm rang 13:00"]


def test_a_timer_that_is_still_pending_after_it_fired_is_reported_and_does_not_fire_for_ever() -> None:
    def forgetful(cases: Any, event: Any, meta: Any) -> Any:
        return Decision(dict(cases)) if isinstance(event, Due) else service.decide(cases, event, meta)

    casework = begun(replace(service, decide=forgetful), clamp=False)
    casework.take(read(concern(f"alarm:{later(hours=1).isoformat()}")))

    with pytest.raises(BrokenTimerError):
        casework.fire(ADA, later(hours=1))


def test_a_timer_s_decision_sees_when_it_fell_due_and_never_when_it_fired() -> None:
    due = Due("alarm", ADA, later(hours=1))
    meta = timer_metadata("diary", due)

    assert (meta.occurred, meta.received, meta.recorded) == (due.at, due.at, due.at)
    assert meta == timer_metadata("diary", due)
    assert meta.identity != timer_metadata("diary", due._replace(at=later(hours=2))).identity
    assert meta.identity != timer_metadata("audit", due).identity


def test_a_log_time_that_steps_back_is_published_as_it_is_and_turns_no_case_back() -> None:
    ahead = review("a", at=later(minutes=5))

    for clamp in (True, False):
        casework = work(ahead, review("b"), clamp=clamp)
        assert casework.cases._recorded[ADA] == later(minutes=5), "what a case has seen it has seen"
        assert header(casework.facts.told[-1], "ce_time") == NOON.isoformat()
        assert header(casework.facts.told[-1], "ce_id")[:13] == timed(NOON)[:13]


def test_a_timer_that_fires_before_one_event_of_a_case_fires_before_the_next_whatever_its_log_time_is() -> None:
    alarm = concern(f"alarm:{later(hours=1).isoformat()}", at=later(hours=2))

    assert entries(work(alarm, review("b"), clamp=True)) == ["alarm set", "alarm rang 13:00", "b"]
    assert entries(work(alarm, concern("b"), clamp=True)) == ["alarm set", "b"], "a fact of ours may be late"
    assert entries(work(alarm, review("b", BEN), clamp=True)) == ["alarm set"]
    assert entries(work(alarm, review("b"), clamp=False)) == ["alarm set", "b"], "a replay knows better"


def test_a_decision_sees_the_log_time_and_not_the_order_of_its_case() -> None:
    seen = []

    def looking(cases: Any, event: Any, meta: Any) -> Any:
        seen.append((meta.recorded, meta.received))
        return service.decide(cases, event, meta)

    casework = begun(replace(service, decide=looking))
    for name, at in (("a", later(minutes=5)), ("b", NOON)):
        casework.take(read(review(name, at=at)))

    assert seen == [(later(minutes=5), later(minutes=5)), (NOON, NOON)]


def test_when_a_case_was_last_recorded_never_goes_back() -> None:
    late = work(concern("a", at=later(minutes=5)), concern("b", at=later(minutes=2)), review("c", BEN))

    assert late.cases._recorded == {ADA: later(minutes=5), BEN: NOON}
    late.take(read(concern(f"alarm:{later(minutes=6).isoformat()}", at=later(minutes=7))))
    late.fire(ADA, later(minutes=8))
    assert late.cases._recorded[ADA] == later(minutes=7), "nor when a timer fires late"
    late.take(read(concern("d", at=later(minutes=9))))
    assert late.cases._recorded[ADA] == later(minutes=9)


def test_an_unreadable_record_of_ours_holds_its_key_until_somebody_looks() -> None:
    casework = work(concern("a"), concern("b", value=b"{"), concern("c"), concern("d", key=None), concern("e", BEN))

    assert entries(casework) == ["a", "d"]
    assert entries(casework, BEN) == ["e"]
    assert [held.case for held in casework.held.parked] == [None, None]


def test_too_large_a_fact_is_refused_before_it_is_stated() -> None:
    casework = work(review("a"), review("huge"), review("b"))

    refused = casework.facts.told[1]
    assert header(refused, "ce_type") == "safeguarding.audit.repeat-review-refused.v1"
    assert b"too_large" in refused.value
    assert entries(casework) == ["a", "b"]


def test_a_case_with_very_many_timers_has_them_fired_by_and_by() -> None:
    alarms = tuple(later(seconds=number) for number in range(250))
    casework = begun(service, states={ADA: Diary(ADA, alarms=alarms)})
    casework.cases._due[ADA] = alarms[0]

    left = []
    while (due := casework.cases._due[ADA]) is not None and due <= later(hours=1):
        firing([ADA], later(hours=1)).decide(casework)
        left.append(len(casework.cases.states[ADA].alarms))
    assert left == [150, 50, 0]
    assert len(entries(casework)) == 250
