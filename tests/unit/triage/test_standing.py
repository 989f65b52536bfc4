"""Which decision stands: delivery rule 14. A contradiction that names none is refused, never last-wins."""

import dataclasses
from datetime import timedelta
from itertools import permutations

import pytest

from services.triage.cases import Concern
from services.triage.decisions import decide
from services.triage.policy import COVENTRY_2024_1
from services.triage.service import service
from shared.contracts.doors import AdultView, Consents, Disposal, TriageDecided, TriageDecision
from shared.kernel.decision import Decision
from tests.support.builders import (
    NOON,
    NOT_ALL_MET,
    a_concern,
    a_decision,
    a_report,
    an_approval,
    decision_id,
    told,
)
from tests.support.interleave import Told, story

LATER = NOON + timedelta(hours=3)
RECEIVED = told(a_concern(), "received")
FIRST = a_decision("A")
SECOND = a_decision(
    "B",
    kind=TriageDecision.NOT_MET,
    disposals=(Disposal.SIGNPOSTED,),
    decided_by="worker-2",
    decided_at=NOON + timedelta(hours=2),
)


def at_door(decision: TriageDecided, name: str) -> Told:
    return told(decision, name, LATER)


def superseding(decision: TriageDecided, name: str) -> TriageDecided:
    return decision.model_copy(update={"supersedes": decision_id(name)})


def standing(*events: Told) -> str | None:
    case = story(service, events).cases[a_report().concern_id]
    assert isinstance(case, Concern)
    names = {decision_id(name): name for name in "ABC"}
    return names[case.standing.decision_id] if case.standing is not None else None


def test_a_decision_waits_for_its_concern() -> None:
    """Design section 3: events of different topics overtake each other."""
    waiting = story(service, [at_door(FIRST, "1")])
    assert len(waiting.held) == 1
    assert waiting.refused == {}
    assert standing(at_door(FIRST, "1"), RECEIVED) == "A"


def test_a_decision_that_is_not_approved_states_nothing_yet() -> None:
    assert story(service, [RECEIVED, at_door(FIRST, "1")]).stated == story(service, [RECEIVED]).stated


@pytest.mark.parametrize(("one", "other"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_of_two_senders_contradictory_decisions_exactly_one_stands_and_the_other_is_refused(
    one: TriageDecided, other: TriageDecided
) -> None:
    told_of = story(service, [RECEIVED, at_door(one, "one"), at_door(other, "other")])

    case = told_of.cases[a_report().concern_id]
    assert isinstance(case, Concern)
    assert [decided.decision_id for decided in case.decisions] == [one.decision_id]
    assert told_of.refused == {"other": ("contradicts_standing_decision",)}


@pytest.mark.parametrize(("one", "other"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_of_two_that_waited_for_the_concern_the_first_to_arrive_stands(
    one: TriageDecided, other: TriageDecided
) -> None:
    told_of = story(service, [at_door(one, "one"), at_door(other, "other"), RECEIVED])

    assert told_of.refused == {"other": ("contradicts_standing_decision",)}
    assert not told_of.held


def test_two_of_one_mind_under_two_ids_are_two_decisions_all_the_same() -> None:
    told_of = story(service, [RECEIVED, at_door(FIRST, "1"), at_door(a_decision("B"), "2")])

    assert told_of.refused == {"2": ("contradicts_standing_decision",)}


def test_a_decision_that_names_the_one_it_supersedes_stands_in_every_order() -> None:
    events = [RECEIVED, at_door(FIRST, "1"), at_door(superseding(SECOND, "A"), "2")]

    for order in permutations(events):
        assert standing(*order) == "B"
        assert story(service, order).refused == {}
        assert not story(service, order).held


def test_a_chain_of_three_ends_with_the_last_in_every_order() -> None:
    third = superseding(a_decision("C", decided_at=NOON + timedelta(minutes=150)), "B")
    events = [RECEIVED, at_door(FIRST, "1"), at_door(superseding(SECOND, "A"), "2"), at_door(third, "3")]

    for order in permutations(events):
        assert standing(*order) == "C"
        assert not story(service, order).held


def test_a_decision_waits_for_the_one_it_supersedes() -> None:
    told_of = story(service, [RECEIVED, at_door(superseding(SECOND, "A"), "2")])

    assert len(told_of.held) == 1
    assert standing(RECEIVED, at_door(superseding(SECOND, "A"), "2")) is None


def test_what_supersedes_a_decision_that_stands_no_more_is_refused() -> None:
    third = superseding(a_decision("C"), "A")

    told_of = story(
        service,
        [RECEIVED, at_door(FIRST, "1"), at_door(superseding(SECOND, "A"), "2"), at_door(third, "3")],
    )

    assert told_of.refused == {"3": ("supersedes_no_standing_decision",)}


@pytest.mark.parametrize("again", [superseding(SECOND, "A"), FIRST])
def test_a_decision_sent_again_changes_nothing_even_when_superseded(again: TriageDecided) -> None:
    events = [RECEIVED, at_door(FIRST, "1"), at_door(superseding(SECOND, "A"), "2")]

    told_of = story(service, [*events, at_door(again, "3")])

    assert told_of.cases == story(service, events).cases
    assert told_of.refused == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"decided_by": "worker-3"},
        {"decided_at": NOON + timedelta(minutes=90)},
        {"supersedes": decision_id("B")},
        {"decision": TriageDecision.OTHER_ENQUIRY, "limbs": NOT_ALL_MET},
        {"adult_view": AdultView.UNSURE},
        {"consents": Consents()},
        {"large_scale": decision_id("large")},
        {"lead_authority": "solihull"},
    ],
)
def test_one_id_with_other_content_is_refused(changed: dict[str, object]) -> None:
    told_of = story(service, [RECEIVED, at_door(FIRST, "1"), at_door(FIRST.model_copy(update=changed), "2")])

    assert told_of.refused == {"2": ("decision_id_used_before",)}
    assert standing(RECEIVED, at_door(FIRST, "1"), at_door(FIRST.model_copy(update=changed), "2")) == "A"


def test_a_decision_sent_again_under_a_later_version_of_the_policy_is_the_same_decision() -> None:
    told_of = story(service, [RECEIVED, at_door(FIRST, "1")])
    later = dataclasses.replace(COVENTRY_2024_1, version="coventry-2025-1")

    assert decide(told_of.cases, FIRST, told(FIRST, "2", LATER).meta, later) == Decision({})


def test_a_contradiction_of_an_approved_decision_that_names_none_is_refused_as_it_was_before_the_approval() -> None:
    """What its sender is told must not depend on how fast the manager was."""
    approved = [RECEIVED, at_door(FIRST, "1"), told(an_approval(), "2", LATER)]

    told_of = story(service, [*approved, at_door(SECOND, "3")])

    assert told_of.refused == {"3": ("contradicts_standing_decision",)}
    assert told_of.cases == story(service, approved).cases


def test_a_later_decision_was_not_decided_before_the_one_it_supersedes() -> None:
    at_once = superseding(a_decision("B", decided_at=FIRST.decided_at), "A")
    earlier = superseding(a_decision("C", decided_at=FIRST.decided_at - timedelta(seconds=1)), "A")

    assert story(service, [RECEIVED, at_door(FIRST, "1"), at_door(at_once, "2")]).refused == {}
    told_of = story(service, [RECEIVED, at_door(FIRST, "1"), at_door(earlier, "2")])
    assert told_of.refused == {"2": ("decided_before_superseded",)}


def test_an_approved_decision_sent_again_changes_nothing() -> None:
    approved = [RECEIVED, at_door(FIRST, "1"), told(an_approval(), "2", LATER)]

    told_of = story(service, [*approved, at_door(FIRST, "3")])

    assert told_of.refused == {}
    assert told_of.stated == story(service, approved).stated


@pytest.mark.parametrize(("decided_at", "refused"), [(NOON, False), (NOON - timedelta(seconds=1), True)])
def test_a_concern_cannot_be_decided_before_it_was_received(decided_at: object, *, refused: bool) -> None:
    told_of = story(service, [RECEIVED, at_door(a_decision(decided_at=decided_at), "1")])

    assert told_of.refused_codes == (("decided_before_receipt",) if refused else ())
