"""A concern sent to another authority, and its answer: domain 1.1; design section 4, rule 3."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.triage.cases import Awaiting, Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision
from shared.contracts.triage import AuthorityAnswerNoted, ConcernSent
from tests.support.builders import ADA, NOON, a_concern, an_approval, decision_id, told
from tests.support.interleave import Story, Told, story
from tests.support.triage_builders import HERE, an_answer, decided

LATER = NOON + timedelta(days=30)
SENT, NOT_MET = TriageDecision.SENT_TO_OTHER_AUTHORITY, TriageDecision.NOT_MET
RECEIVED = told(a_concern(), "received")
DECIDED = told(decided(SENT), "A", LATER)
APPROVED = told(an_approval(), "approved A", LATER)


def answered(name: str = "answered", **changes: Any) -> Told:
    return told(an_answer(**changes), name, LATER)


def waits_for(told_of: Story[Any]) -> Awaiting:
    case = told_of.cases[HERE]
    assert isinstance(case, Concern)
    return case.awaiting


def test_a_concern_is_sent_when_the_decision_is_approved_and_then_waits_for_the_authority() -> None:
    told_of = story(service, [RECEIVED, DECIDED, APPROVED])

    assert told_of.facts[2:] == [
        ConcernSent(
            concern_id=HERE,
            adult_id=ADA,
            decision_id=decision_id("A"),
            authority="solihull",
            sent_at=NOON + timedelta(hours=2),
        )
    ]
    assert waits_for(told_of) is Awaiting.AUTHORITY


@pytest.mark.parametrize(("accepted", "then"), [(True, Awaiting.NOTHING), (False, Awaiting.DECISION)])
def test_a_concern_that_is_declined_needs_another_decision(then: Awaiting, *, accepted: bool) -> None:
    told_of = story(service, [RECEIVED, DECIDED, APPROVED, answered(accepted=accepted, reference="SOL-7")])

    assert told_of.facts[3:] == [
        AuthorityAnswerNoted(
            concern_id=HERE,
            adult_id=ADA,
            decision_id=decision_id("A"),
            authority="solihull",
            accepted=accepted,
            reference="SOL-7",
            answered_at=NOON + timedelta(hours=2, minutes=30),
        )
    ]
    assert waits_for(told_of) is then


def test_another_decision_takes_the_place_of_the_one_that_was_declined() -> None:
    events = [RECEIVED, DECIDED, APPROVED, answered(accepted=False)]
    again = told(decided(NOT_MET, "B", after="A", decided_at=NOON + timedelta(hours=3)), "B", LATER)
    approved = told(an_approval("B", approved_at=NOON + timedelta(hours=4)), "approved B", LATER)

    assert waits_for(story(service, [*events, again])) is Awaiting.APPROVAL
    assert waits_for(story(service, [*events, again, approved])) is Awaiting.NOTHING


def test_it_may_be_sent_to_another_one_which_has_yet_to_answer() -> None:
    again = decided(SENT, "B", after="A", authority="warwick", decided_at=NOON + timedelta(hours=3))
    approved = told(an_approval("B", approved_at=NOON + timedelta(hours=4)), "approved B", LATER)
    events = [RECEIVED, DECIDED, APPROVED, answered(accepted=False), told(again, "B", LATER), approved]

    told_of = story(service, events)

    sent = [(fact.decision_id, fact.authority) for fact in told_of.facts if isinstance(fact, ConcernSent)]
    assert sent == [(decision_id("A"), "solihull"), (decision_id("B"), "warwick")]
    assert waits_for(told_of) is Awaiting.AUTHORITY
    late_word = answered("late word", accepted=True, hours=10)
    assert waits_for(story(service, [*events, late_word])) is Awaiting.AUTHORITY


def test_of_several_answers_each_is_noted_and_the_latest_stands_in_every_order() -> None:
    answers = [
        answered("declined", accepted=False, hours=3),
        answered("taken after all", hours=5),
        answered("twice told", hours=5, recorded_by="worker-2"),
    ]
    events = [RECEIVED, DECIDED, APPROVED, *answers]
    expected = story(service, events)

    assert len([fact for fact in expected.facts if isinstance(fact, AuthorityAnswerNoted)]) == 3
    for order in permutations(events):
        told_of = story(service, order)
        assert sorted(told_of.stated) == sorted(expected.stated)
        assert told_of.cases == expected.cases
        assert not told_of.held
        assert waits_for(told_of) is Awaiting.NOTHING


def test_the_same_answer_sent_again_changes_nothing() -> None:
    events = [RECEIVED, DECIDED, APPROVED, answered("1", accepted=False)]

    told_of = story(service, [*events, answered("2", accepted=False)])

    assert told_of.cases == story(service, events).cases
    assert told_of.stated == story(service, events).stated


@pytest.mark.parametrize("known", [[], [RECEIVED], [DECIDED], [RECEIVED, DECIDED]])
def test_an_answer_waits_for_the_concern_the_decision_and_its_approval(known: list[Told]) -> None:
    told_of = story(service, [*known, answered()])

    assert told_of.refused == {}
    assert told_of.held[-1].event == an_answer()


def test_an_answer_to_a_decision_that_sent_nothing_is_refused_whether_or_not_that_is_approved() -> None:
    events = [RECEIVED, told(decided(NOT_MET), "A", LATER)]

    assert story(service, [*events, answered()]).refused_codes == ("nothing_was_sent",)
    assert story(service, [answered(), *events, APPROVED]).refused_codes == ("nothing_was_sent",)


def test_an_answer_to_a_decision_that_was_superseded_before_its_approval_is_refused_in_every_order() -> None:
    events = [RECEIVED, DECIDED, told(decided(NOT_MET, "B", after="A"), "B", LATER), answered()]

    for order in permutations(events):
        told_of = story(service, order)
        assert told_of.refused == {"answered": ("superseded_before_sending",)}
        assert not told_of.held


@pytest.mark.parametrize(
    ("hours", "codes"),
    [(1, ()), (1 - 1 / 3600, ("answered_before_decided",)), (30 * 24, ()), (31 * 24, ("answered_at_in_the_future",))],
)
def test_an_authority_answers_after_it_was_decided_and_not_in_the_future(hours: float, codes: tuple[str, ...]) -> None:
    assert story(service, [RECEIVED, DECIDED, APPROVED, answered(hours=hours)]).refused_codes == codes
