"""A concern handed to another team: teams are data (design section 4, rule 1), and none has it once it is decided."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.cases import Concern
from services.triage.decisions import decide
from services.triage.policy import COVENTRY_2024_1
from services.triage.service import service
from shared.contracts.doors import Channel, RerouteDecided, TriageDecision
from shared.contracts.triage import ConcernRerouted, ConcernTriaged
from shared.kernel.decision import Decision, Refused
from tests.support.builders import ADA, NOON, a_concern, a_report, an_approval, told
from tests.support.interleave import Story, Told, story
from tests.support.triage_builders import HERE, a_reroute, an_answer, decided

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
OWN_TEAM = told(a_concern(a_report(channel=Channel.PRACTITIONER, practitioner_team="team-seven")), "received")
NOT_MET, SENT = TriageDecision.NOT_MET, TriageDecision.SENT_TO_OTHER_AUTHORITY
DECIDED = [RECEIVED, told(decided(NOT_MET), "A", LATER), told(an_approval(), "approved A", LATER)]


def at_door(reroute: RerouteDecided, name: str = "rerouted") -> Told:
    return told(reroute, name, LATER)


def team(told_of: Story[Any]) -> str:
    case = told_of.cases[HERE]
    assert isinstance(case, Concern)
    return case.team


def steps(told_of: Story[Any]) -> list[tuple[str, str]]:
    return [(fact.from_team, fact.team) for fact in told_of.facts if isinstance(fact, ConcernRerouted)]


def test_a_reroute_says_which_team_had_the_concern_and_which_has_it_now() -> None:
    told_of = story(service, [RECEIVED, at_door(a_reroute())])

    assert told_of.facts[1:] == [
        ConcernRerouted(
            concern_id=HERE,
            adult_id=ADA,
            from_team="intake",
            team="hospital",
            reason="in-hospital",
            decided_by="worker-1",
            decided_at=NOON + timedelta(minutes=30),
        )
    ]
    assert team(told_of) == "hospital"


def test_a_concern_may_be_handed_on_and_back() -> None:
    told_of = story(service, [OWN_TEAM, at_door(a_reroute("duty", 1), "1"), at_door(a_reroute("team-seven", 2), "2")])

    assert steps(told_of) == [("team-seven", "duty"), ("duty", "team-seven")]
    assert told_of.refused == {}


def test_a_team_nobody_knows_is_refused_and_those_that_are_accepted_are_named() -> None:
    unknown = at_door(a_reroute("team-seven"))
    answer = decide(story(service, [RECEIVED]).cases, unknown.event, unknown.meta)

    assert isinstance(answer, Refused)
    (reason,) = answer.reasons
    assert reason.code == "team_unknown"
    assert all(name in reason.says for name in COVENTRY_2024_1.teams)
    assert "team-seven" not in reason.says


def test_teams_are_data() -> None:
    policy = replace(COVENTRY_2024_1, teams=frozenset({"team-seven"}))
    to_seven, to_hospital = at_door(a_reroute("team-seven")), at_door(a_reroute("hospital"))
    cases = story(service, [RECEIVED]).cases

    assert isinstance(decide(cases, to_seven.event, to_seven.meta, policy), Decision)
    assert isinstance(decide(cases, to_hospital.event, to_hospital.meta, policy), Refused)


@pytest.mark.parametrize(
    ("reroute", "codes"),
    [
        (a_reroute("intake"), ("same_team",)),
        (a_reroute(minutes=0), ()),
        (a_reroute(minutes=-1), ("decided_before_receipt",)),
        (a_reroute(decided_at=LATER + timedelta(minutes=5)), ()),
        (a_reroute(decided_at=LATER + timedelta(minutes=6)), ("decided_at_in_the_future",)),
        (a_reroute("intake", minutes=-1), ("same_team", "decided_before_receipt")),
    ],
)
def test_what_cannot_be_is_refused(reroute: RerouteDecided, codes: tuple[str, ...]) -> None:
    told_of = story(service, [RECEIVED, at_door(reroute)])

    assert told_of.refused_codes == codes
    assert team(told_of) == ("intake" if codes else "hospital")


def test_its_own_team_is_not_also_unknown() -> None:
    assert story(service, [OWN_TEAM, at_door(a_reroute("team-seven"))]).refused_codes == ("same_team",)


@pytest.mark.parametrize("minutes", [20, 30])
def test_a_reroute_that_was_overtaken_by_a_later_one_is_refused(minutes: int) -> None:
    later, earlier = at_door(a_reroute("hospital", 30), "later"), at_door(a_reroute("duty", minutes), "earlier")

    told_of = story(service, [RECEIVED, later, earlier])

    assert told_of.refused == {"earlier": ("rerouted_since",)}
    assert team(told_of) == "hospital"


def test_the_same_reroute_sent_again_changes_nothing_even_when_the_concern_was_handed_on() -> None:
    events = [RECEIVED, at_door(a_reroute("hospital", 10), "1"), at_door(a_reroute("duty", 20), "2")]

    told_of = story(service, [*events, at_door(a_reroute("hospital", 10), "3"), at_door(a_reroute("duty", 20), "4")])

    assert told_of.refused == {}
    assert told_of.stated == story(service, events).stated
    assert told_of.cases == story(service, events).cases


@given(
    st.lists(
        st.tuples(st.sampled_from(["intake", "hospital", "duty", "nobody"]), st.integers(-1, 6)), max_size=6
    ).flatmap(st.permutations)
)
def test_whoever_races_whom_the_accepted_reroutes_are_a_chain_in_the_order_of_their_times(
    moves: list[tuple[str, int]],
) -> None:
    """An oracle that looks at what was accepted alone: sorted by time, each begins where the last one ended."""
    told_of = story(service, [RECEIVED, *(at_door(a_reroute(*move), str(n)) for n, move in enumerate(moves))])

    accepted = {(name, at) for n, (name, at) in enumerate(moves) if str(n) not in told_of.refused}
    expected = ["intake", *(name for name, _ in sorted(accepted, key=lambda move: move[1]))]
    assert steps(told_of) == list(pairwise(expected))
    assert team(told_of) == expected[-1]
    assert len({at for _, at in accepted}) == len(accepted)


def test_a_decided_concern_is_with_no_team_any_more() -> None:
    told_of = story(service, [*DECIDED, at_door(a_reroute(minutes=300))])

    assert told_of.refused_codes == ("decided_already",)


def test_a_concern_whose_decision_is_not_approved_may_be_handed_on() -> None:
    assert story(service, [*DECIDED[:2], at_door(a_reroute(minutes=300))]).refused == {}


def test_while_a_correction_awaits_approval_the_concern_may_be_handed_on_again() -> None:
    correction = told(decided(NOT_MET, "B", after="A", decided_at=NOON + timedelta(hours=4)), "B", LATER)
    handed_on = at_door(a_reroute(minutes=300))

    assert story(service, [*DECIDED, correction, handed_on]).refused == {}
    approved = told(an_approval("B", approved_at=NOON + timedelta(hours=5)), "approved B", LATER)
    assert story(service, [*DECIDED, correction, approved, handed_on]).refused_codes == ("decided_already",)


def test_a_reopened_concern_is_not_handed_on_before_it_was_decided() -> None:
    """The fact that named the team which decided it would be wrong afterwards."""
    correction = told(decided(NOT_MET, "B", after="A"), "B", LATER)

    assert story(service, [*DECIDED, correction, at_door(a_reroute(minutes=60))]).refused_codes == ("decided_already",)
    assert story(service, [*DECIDED, correction, at_door(a_reroute(minutes=61))]).refused_codes == ()


@pytest.mark.parametrize(("accepted", "codes"), [(True, ("decided_already",)), (False, ())])
def test_a_concern_that_another_authority_declined_may_be_handed_on(codes: tuple[str, ...], *, accepted: bool) -> None:
    sent = [RECEIVED, told(decided(SENT), "A", LATER), told(an_approval(), "approved A", LATER)]
    answer = told(an_answer(accepted=accepted), "answered", LATER)

    assert story(service, [*sent, at_door(a_reroute(minutes=300), "1")]).refused_codes == ("decided_already",)
    assert story(service, [*sent, answer, at_door(a_reroute(minutes=300), "2")]).refused_codes == codes


def test_a_decision_names_the_team_that_had_the_concern_when_it_was_decided_in_every_order() -> None:
    """The decision is of 13:00; the concern was handed to the hospital before, and on after."""
    first, second = at_door(a_reroute("hospital", 10), "1"), at_door(a_reroute("duty", 90), "2")
    events = [RECEIVED, first, second, told(decided(NOT_MET), "A", LATER)]

    for order in permutations(events):
        told_of = story(service, [*order, told(an_approval(), "approved", LATER)])
        if told_of.refused:  # the later reroute overtook the earlier one
            assert told_of.refused == {"1": ("rerouted_since",)}
        (triaged,) = (fact for fact in told_of.facts if isinstance(fact, ConcernTriaged))
        assert triaged.team == ("intake" if told_of.refused else "hospital")


def test_every_team_that_routing_gives_a_concern_to_may_be_handed_one() -> None:
    routed = {rule.team for rule in (*COVENTRY_2024_1.rules, COVENTRY_2024_1.otherwise)} - {None}

    assert routed <= COVENTRY_2024_1.teams
