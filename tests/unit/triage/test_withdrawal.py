"""A concern recorded in error: what was decided on it stays, and it waits for nobody (design section 4, rule 9)."""

from datetime import timedelta
from itertools import permutations

import pytest

from services.triage.cases import Awaiting, Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision
from tests.support.builders import ADA, NOON, a_concern, an_approval, told
from tests.support.interleave import Told, story
from tests.support.triage_builders import HERE, a_reinstatement, a_reroute, a_withdrawal, decided

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
WITHDRAWN = told(a_withdrawal(hours=1), "withdrawn")
REINSTATED = told(a_reinstatement(hours=2), "reinstated")
AT_THE_DOOR = [
    told(decided(TriageDecision.S42_MET), "A", LATER),
    told(a_reroute(), "rerouted", LATER),
]
APPROVED = told(an_approval(), "approved", LATER)


def concern(*events: Told) -> Concern:
    case = story(service, events).cases[HERE]
    assert isinstance(case, Concern)
    return case


def test_a_withdrawal_is_remembered_and_states_nothing() -> None:
    told_of = story(service, [RECEIVED, WITHDRAWN])

    assert concern(RECEIVED, WITHDRAWN).withdrawn
    assert len(told_of.facts) == 1


def test_a_withdrawal_waits_for_the_concern() -> None:
    assert len(story(service, [WITHDRAWN]).held) == 1
    assert concern(WITHDRAWN, RECEIVED).withdrawn


def test_what_was_decided_last_stands_in_every_order_with_everything_told_twice() -> None:
    again = told(a_withdrawal(hours=3), "withdrawn again")
    for events, withdrawn in (
        ([WITHDRAWN], True),
        ([WITHDRAWN, REINSTATED], False),
        ([WITHDRAWN, REINSTATED, again], True),
    ):
        expected = concern(RECEIVED, *events)
        assert expected.withdrawn is withdrawn
        for order in permutations([RECEIVED, *events]):
            assert concern(*order) == concern(*order, *order) == expected


@pytest.mark.parametrize("names", [("one", "other"), ("other", "one")])
def test_of_two_of_one_instant_the_reinstatement_stands_as_intake_has_it(names: tuple[str, str]) -> None:
    """Intake accepts a reinstatement at the time of the withdrawal, and a further withdrawal only after that."""
    withdrawn, reinstated = told(a_withdrawal(hours=1), names[0]), told(a_reinstatement(hours=1), names[1])

    assert not concern(RECEIVED, withdrawn, reinstated).withdrawn
    assert concern(RECEIVED, withdrawn, reinstated) == concern(RECEIVED, reinstated, withdrawn)


def test_a_withdrawal_changes_no_answer_and_no_fact_whenever_it_is_heard_of() -> None:
    """Intake says it on another topic: the outcome must not depend on which was faster."""
    without = story(service, [RECEIVED, *AT_THE_DOOR, APPROVED])

    for order in permutations([RECEIVED, WITHDRAWN, *AT_THE_DOOR, APPROVED]):
        told_of = story(service, order)
        if order.index(AT_THE_DOOR[1]) < order.index(APPROVED):
            assert told_of.refused == without.refused == {}
            assert sorted(told_of.stated) == sorted(without.stated)
        assert not told_of.held
        case = told_of.cases[HERE]
        assert isinstance(case, Concern)
        assert case.withdrawn
        assert case.in_force is not None


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ([], Awaiting.DECISION),
        (AT_THE_DOOR, Awaiting.APPROVAL),
        ([told(decided(TriageDecision.SENT_TO_OTHER_AUTHORITY), "A", LATER), APPROVED], Awaiting.AUTHORITY),
    ],
)
def test_a_withdrawn_concern_waits_for_nobody_and_a_reinstated_one_for_what_it_waited_for(
    events: list[Told], stage: Awaiting
) -> None:
    assert concern(RECEIVED, *events).awaiting is stage
    assert concern(RECEIVED, *events, WITHDRAWN).awaiting is Awaiting.NOTHING
    assert concern(RECEIVED, *events, WITHDRAWN, REINSTATED).awaiting is stage


def test_one_concern_s_withdrawal_is_no_other_s() -> None:
    assert WITHDRAWN.event.key == str(ADA)
    assert service.keys(WITHDRAWN.event) == (HERE,)
