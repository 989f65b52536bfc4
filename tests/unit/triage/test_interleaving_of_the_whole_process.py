"""Everything that can be said of a concern, in thousands of orders: delivery rules 8, 9 and 14.

What senders race about is settled by refusing the one that came too late; so two orders in which the same was accepted
must end in the same facts, with the same causes, and in the same state. And whatever was refused, the last decision is
in force, and nothing waits for ever.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any

from services.triage.awaiting import awaits
from services.triage.cases import Awaiting, Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision, enquiry_id_of
from shared.contracts.triage import ConcernConverted, ConcernTriaged, ConversionTakenBack
from tests.support.builders import NOON, a_concern, a_decision, an_approval, decision_id, told
from tests.support.interleave import Story, Told, story
from tests.support.triage_builders import (
    HERE,
    a_reinstatement,
    a_reroute,
    a_screening,
    a_withdrawal,
    an_answer,
    decided,
    feedback,
)

LATER = NOON + timedelta(days=30)
SENT, S42, NOT_MET = TriageDecision.SENT_TO_OTHER_AUTHORITY, TriageDecision.S42_MET, TriageDecision.NOT_MET
CONCERNS = [
    told(a_concern(), "received"),
    told(a_withdrawal(hours=1), "withdrawn"),
    told(a_reinstatement(hours=2), "reinstated"),
]
PRACTITIONERS = [
    told(a_screening(), "screened", LATER),
    told(a_reroute("hospital", 10), "to the hospital", LATER),
    told(a_reroute("duty", 20), "on to duty", LATER),
    told(decided(SENT, "A"), "A", LATER),
    told(decided(S42, "B", after="A", decided_at=NOON + timedelta(hours=3)), "B", LATER),
    told(decided(NOT_MET, "C", after="B", decided_at=NOON + timedelta(hours=5)), "C", LATER),
]
MANAGERS = [
    told(an_approval("A"), "approved A", LATER),
    told(an_approval("B", approved_at=NOON + timedelta(hours=4)), "approved B", LATER),
    told(an_approval("C", approved_at=NOON + timedelta(hours=6)), "approved C", LATER),
]
OTHERS = [
    told(an_answer("A", accepted=False), "declined", LATER),
    told(feedback(), "fed back", LATER),
    told(a_decision("D", decision=TriageDecision.OTHER_ENQUIRY), "unlawful", LATER),
]
EVERYTHING = [*CONCERNS, *PRACTITIONERS, *MANAGERS, *OTHERS]
MAY_COME_TOO_LATE = {
    "to the hospital": {"rerouted_since", "decided_already"},
    "on to duty": {"decided_already"},
    "approved A": {"decision_superseded"},
    "approved B": {"decision_superseded"},
    "declined": {"superseded_before_sending"},
    "unlawful": {"duty_has_arisen"},
}


def check(told_of: Story[Any]) -> None:
    """What holds in every order."""
    assert not told_of.held
    for name, codes in told_of.refused.items():
        assert set(codes) <= MAY_COME_TOO_LATE[name]
    case = told_of.cases[HERE]
    assert isinstance(case, Concern)
    assert case.in_force is case.standing
    assert case.in_force is not None
    assert case.in_force.decision_id == decision_id("C")
    assert not case.withdrawn
    assert case.awaiting is awaits(case) is Awaiting.NOTHING
    assert case.outcome is NOT_MET
    triaged = [fact for fact in told_of.facts if isinstance(fact, ConcernTriaged)]
    assert [fact.supersedes for fact in triaged] == [None, *(fact.decision_id for fact in triaged[:-1])]
    started = sum(isinstance(fact, ConcernConverted) for fact in told_of.facts)
    taken_back = [fact.enquiry_id for fact in told_of.facts if isinstance(fact, ConversionTakenBack)]
    assert taken_back == [enquiry_id_of(HERE)] * started


def merged(random: Random) -> list[Told]:
    """An order in which each sender's events keep theirs, as a topic keeps them."""
    rest = [list(CONCERNS), list(PRACTITIONERS), list(MANAGERS), *([other] for other in OTHERS)]
    order = []
    while rest:
        sender = random.choice(rest)
        order.append(sender.pop(0))
        rest = [left for left in rest if left]
    return order


def test_two_orders_in_which_the_same_was_accepted_end_in_the_same_facts_and_state() -> None:
    random = Random(42)
    outcomes: dict[str, tuple[Any, Any]] = {}
    seen: dict[str, set[str]] = defaultdict(set)

    for n in range(1600):
        order = merged(random) if n % 2 else random.sample(EVERYTHING, len(EVERYTHING))
        told_of = story(service, order)
        check(told_of)
        key = str(sorted(told_of.refused.items()))
        outcome = sorted(told_of.stated), told_of.cases
        assert outcomes.setdefault(key, outcome) == outcome
        for name, codes in told_of.refused.items():
            seen[name].update(codes)
    assert seen == MAY_COME_TOO_LATE, "some way of coming too late was never tried"


def test_however_late_the_concern_is_heard_of_the_outcome_is_that_of_its_door() -> None:
    """Topics overtake each other: what came through the door keeps its order, whenever the concern is received."""
    random = Random(7)
    door = [*PRACTITIONERS, *MANAGERS, *OTHERS]

    for _ in range(60):
        random.shuffle(door)
        first = story(service, [*CONCERNS, *door])
        for place in range(len(door) + 1):
            late = story(service, [*door[:place], *CONCERNS, *door[place:]])
            assert late.refused == first.refused
            assert sorted(late.stated) == sorted(first.stated)
            assert late.cases == first.cases


def test_what_is_sent_again_under_new_ids_changes_nothing() -> None:
    random = Random(3)
    for _ in range(200):
        order = merged(random)
        before = story(service, order)
        accepted = [each for each in order if each.meta.id not in before.refused]
        again = [told(event, f"{meta.id} again", meta.recorded) for event, meta in random.sample(accepted, 5)]

        after = story(service, [*order, *again])

        assert after.refused == before.refused
        assert after.stated == before.stated
        assert after.cases == before.cases


def test_every_order_of_received_decided_approved_corrected_approved_and_withdrawn() -> None:
    """All 720 of them: withdrawn, corrected, and the enquiry taken back or never started."""
    events = [
        CONCERNS[0],
        told(decided(S42), "A", LATER),
        told(an_approval(), "approved A", LATER),
        told(decided(NOT_MET, "B", after="A"), "B", LATER),
        told(an_approval("B"), "approved B", LATER),
        CONCERNS[1],
    ]
    outcomes: dict[str, tuple[Any, Any]] = {}

    for order in permutations(events):
        told_of = story(service, order)
        assert not told_of.held
        assert told_of.refused in ({}, {"approved A": ("decision_superseded",)})
        outcome = sorted(told_of.stated), told_of.cases
        assert outcomes.setdefault(str(told_of.refused), outcome) == outcome
        case = told_of.cases[HERE]
        assert isinstance(case, Concern)
        assert case.withdrawn
        assert case.in_force is not None
        assert case.in_force.decision_id == decision_id("B")
    assert len(outcomes) == 2
