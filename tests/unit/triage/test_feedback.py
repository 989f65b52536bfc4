"""The referrer is told what became of the concern, or it is said why not: domain 10; delivery rule 9."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.triage.cases import Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision
from shared.contracts.triage import ReferrerTold
from tests.support.builders import ADA, NOON, a_concern, an_approval, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, decided, feedback

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
DECIDED = told(decided(TriageDecision.NOT_MET), "A", LATER)
APPROVED = told(an_approval(), "approved A", LATER)


def given(name: str = "given", **changes: Any) -> Told:
    return told(feedback(**changes), name, LATER)


@pytest.mark.parametrize("changes", [{}, {"told": False, "reason_not_told": "anonymous"}])
def test_that_the_referrer_was_told_or_why_not_is_stated(changes: dict[str, Any]) -> None:
    (fact,) = story(service, [RECEIVED, DECIDED, APPROVED, given(**changes)]).facts[2:]

    assert isinstance(fact, ReferrerTold)
    assert (fact.concern_id, fact.adult_id) == (HERE, ADA)
    said = feedback(**changes)
    assert (fact.told, fact.reason_not_told, fact.given_by, fact.given_at) == (
        said.told,
        said.reason_not_told,
        said.given_by,
        said.given_at,
    )


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"told": False}, ("reason_not_told_missing",)),
        ({"reason_not_told": "anonymous"}, ("reason_although_told",)),
        ({"given_at": LATER + timedelta(minutes=5)}, ()),
        ({"given_at": LATER + timedelta(minutes=6)}, ("given_at_in_the_future",)),
        (
            {"told": False, "given_at": LATER + timedelta(minutes=6)},
            ("reason_not_told_missing", "given_at_in_the_future"),
        ),
        ({"given_at": NOON}, ()),
        ({"given_at": NOON - timedelta(seconds=1)}, ("given_before_receipt",)),
    ],
)
def test_what_contradicts_itself_or_cannot_be_is_refused_in_every_order(
    changes: dict[str, Any], codes: tuple[str, ...]
) -> None:
    for order in permutations([RECEIVED, DECIDED, APPROVED, given(**changes)]):
        assert story(service, order).refused_codes == codes


def test_a_wrong_form_is_answered_before_anything_is_known_of_the_concern() -> None:
    told_of = story(service, [given(told=False)])

    assert told_of.refused_codes == ("reason_not_told_missing",)
    assert not told_of.held


@pytest.mark.parametrize("known", [[], [RECEIVED], [RECEIVED, DECIDED]])
def test_feedback_waits_until_a_decision_is_approved(known: list[Told]) -> None:
    told_of = story(service, [*known, given()])

    assert [held.event for held in told_of.held] == [feedback()]


def test_later_feedback_is_accepted_beside_what_was_given_before_in_every_order() -> None:
    not_yet = given("1", told=False, reason_not_told="not-reached")
    events = [RECEIVED, DECIDED, APPROVED, not_yet, given("2", given_at=NOON + timedelta(hours=9))]
    expected = story(service, events)

    assert [fact.told for fact in expected.facts if isinstance(fact, ReferrerTold)] == [False, True]
    for order in permutations(events):
        told_of = story(service, order)
        assert sorted(told_of.stated) == sorted(expected.stated)
        assert told_of.cases == expected.cases
    case = expected.cases[HERE]
    assert isinstance(case, Concern)
    assert case.feedback[-1].told


def test_the_same_feedback_sent_again_changes_nothing() -> None:
    events = [RECEIVED, DECIDED, APPROVED, given("1")]

    told_of = story(service, [*events, given("2")])

    assert told_of.cases == story(service, events).cases
    assert told_of.stated == story(service, events).stated
