"""A concern recorded in error counts nowhere while it is withdrawn; links that are taken back connect nothing."""

from datetime import timedelta
from itertools import permutations

import msgspec

from services.audit.cases import Case
from services.audit.service import service
from shared.contracts.audit import (
    DecisionOverdue,
    DecisionOverdueEnded,
    DriftEnded,
    DriftEnding,
    DriftFlagged,
    Ending,
    RepeatReviewOpened,
    RepeatReviewWithdrawn,
)
from shared.kernel.event import Event
from tests.support.audit_builders import (
    adult_of,
    decided,
    happened,
    linked,
    received,
    reinstated,
    tellings,
    unlinked,
    withdrawn,
)
from tests.support.builders import ADA, NOON
from tests.support.enquiry_builders import LATER, concern_id, london
from tests.support.interleave import Story, story

DAY = timedelta(days=1)
FOUR = [received(name, NOON + place * DAY) for place, name in enumerate("abcd")]
START = london(2024, 1, 15)
TARGET = START + timedelta(hours=48)
OVER = london(2024, 7, 16, 0)


def after(*events: Event) -> Story[Case]:
    return story(service, tellings(events, LATER))


def test_withdrawing_one_of_four_withdraws_the_review_and_reinstating_it_opens_it_again() -> None:
    told = after(*FOUR, withdrawn("b"), reinstated("b"))
    assert [type(fact) for fact in told.facts] == [RepeatReviewOpened, RepeatReviewWithdrawn, RepeatReviewOpened]
    assert len({fact.subject for fact in told.facts}) == 1


def test_a_withdrawn_concern_connects_no_others() -> None:
    """b is the same incident as a and as c only by way of the concern that was withdrawn."""
    five = [*FOUR, received("e", NOON + 10 * DAY)]
    chain = [linked("a", "e"), linked("b", "e")]
    assert [type(fact) for fact in after(*five, *chain).facts[-1:]] == [RepeatReviewWithdrawn]
    assert [type(fact) for fact in after(*five, *chain, withdrawn("e")).facts[-1:]] == [RepeatReviewOpened]


def test_the_same_again_changes_nothing() -> None:
    once, twice = after(*FOUR, withdrawn("b")), after(*FOUR, withdrawn("b"), withdrawn("b"))
    assert (once.facts, once.cases) == (twice.facts, twice.cases)
    back = after(*FOUR, withdrawn("b"), reinstated("b"), reinstated("b"))
    assert [type(fact) for fact in back.facts] == [RepeatReviewOpened, RepeatReviewWithdrawn, RepeatReviewOpened]
    assert adult_of(back).concerns == adult_of(after(*FOUR)).concerns


def test_a_link_taken_back_is_as_if_it_had_never_been_whichever_way_round_it_is_named() -> None:
    for back in (unlinked("a", "b"), unlinked("b", "a")):
        apart = after(*FOUR, linked("a", "b"), back)
        assert apart.cases == after(*FOUR).cases
        assert [type(fact) for fact in apart.facts][-1] is RepeatReviewOpened


def test_a_link_that_is_not_there_cannot_be_taken_back() -> None:
    assert after(*FOUR, unlinked("a", "b")).cases == after(*FOUR).cases


def test_what_is_withdrawn_before_it_was_heard_of_waits_for_it() -> None:
    events = [received("a", NOON), withdrawn("a"), decided("a")]
    ends = [after(*order) for order in permutations(events)]
    assert len({msgspec.json.encode(one.cases[ADA]) for one in ends}) == 1
    assert all(one.held == [] for one in ends)
    assert len(after(withdrawn("a")).held) == 1


def test_a_withdrawn_concern_neither_drifts_nor_wants_a_decision() -> None:
    quiet = happened((START, received("a", START)), (START + DAY, withdrawn("a")))
    quiet.work(OVER + DAY)
    assert quiet.facts == []
    assert adult_of(quiet).open == ()


def test_what_was_told_of_it_ends_when_it_is_withdrawn() -> None:
    told = happened((START, received("a", START)), (OVER + DAY, withdrawn("a")))
    assert [type(fact) for fact in told.facts] == [DecisionOverdue, DriftFlagged, DriftEnded, DecisionOverdueEnded]
    late = happened((START, received("a", START)))
    late.work(OVER)
    late.tell(tellings([withdrawn("a")], TARGET - DAY)[0])
    drift, overdue = late.facts[2:]
    assert isinstance(drift, DriftEnded)
    assert isinstance(overdue, DecisionOverdueEnded)
    assert (drift.ending, overdue.ending) == (DriftEnding.WITHDRAWN, Ending.WITHDRAWN)


def test_one_reinstated_undecided_is_open_since_it_was_received() -> None:
    back = happened((START, received("a", START)), (START + DAY, withdrawn("a")), (START + 1.5 * DAY, reinstated("a")))
    back.work(OVER)
    assert [(type(fact), getattr(fact, "due_at", None)) for fact in back.facts] == [
        (DecisionOverdue, TARGET),
        (DriftFlagged, OVER),
    ]


def test_one_reinstated_late_is_told_of_at_once() -> None:
    again = OVER + 10 * DAY
    back = happened((START, received("a", START)), (START + DAY, withdrawn("a")), (again, reinstated("a")))
    back.work(again)
    assert {(type(fact), getattr(fact, "due_at", None)) for fact in back.facts} == {
        (DecisionOverdue, again),
        (DriftFlagged, again),
    }


def test_one_that_is_decided_meanwhile_is_not_open_when_it_is_reinstated() -> None:
    events = [
        (START, received("a", START)),
        (START + DAY, withdrawn("a")),
        (START + DAY, decided("a")),
        (START + 9 * DAY, reinstated("a")),
    ]
    back = happened(*events)
    back.work(OVER)
    assert back.facts == []
    assert adult_of(back).open == ()
    assert concern_id("a") in {one.concern_id for one in adult_of(back).concerns if not one.withdrawn}
