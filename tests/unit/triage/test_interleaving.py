"""Every interleaving of a concern's events yields the same facts with the same causes: delivery rule 8."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.service import service
from shared.contracts.doors import TriageDecision
from tests.support.builders import (
    ADA,
    NOON,
    a_concern,
    a_decision,
    a_report,
    a_review_done,
    a_review_opened,
    an_approval,
    decision_id,
    limbs,
    told,
)
from tests.support.interleave import Told, story

LATER = NOON + timedelta(hours=3)
OTHER = a_report("REF-2")

EVENTS = [
    told(a_concern(), "received"),
    told(a_decision("A"), "A", LATER),
    told(
        a_decision("B", kind=TriageDecision.NOT_MET, supersedes=decision_id("A")),
        "B",
        LATER,
    ),
    told(a_decision("C", supersedes=decision_id("B")), "C", LATER),
    told(an_approval("C"), "approved", LATER),
    told(a_decision("D", decision=TriageDecision.OTHER_ENQUIRY), "unlawful", LATER),
    told(an_approval("C", role="social_worker"), "no manager", LATER),
    told(a_concern(OTHER), "received other"),
    told(a_decision("E", concern=OTHER.concern_id, limbs=limbs()), "E", LATER),
    told(an_approval("E", concern=OTHER.concern_id, approved_by="worker-1"), "by the decider", LATER),
    told(a_review_opened(), "opened"),
    told(a_review_done(), "done"),
]
EXPECTED = story(service, EVENTS)


def test_the_story_is_the_one_that_is_meant() -> None:
    assert [(stated.cause, stated.type.split(".")[-2]) for stated in EXPECTED.stated] == [
        ("received", "routed"),
        ("approved", "triaged"),
        ("approved", "converted"),
        ("received other", "routed"),
    ]
    assert EXPECTED.refused == {
        "unlawful": ("duty_has_arisen",),
        "no manager": ("role_may_not_approve",),
        "by the decider": ("approver_is_decider",),
    }
    assert ADA in EXPECTED.cases


@settings(deadline=None, max_examples=400)
@given(st.permutations(EVENTS))
def test_every_interleaving_yields_the_same_facts_answers_and_state(order: list[Told]) -> None:
    told_of = story(service, order)

    assert sorted(told_of.stated) == sorted(EXPECTED.stated)
    assert told_of.refused == EXPECTED.refused
    assert told_of.cases == EXPECTED.cases
    assert not told_of.held


@settings(deadline=None, max_examples=200)
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS)))
def test_what_is_sent_again_under_new_ids_changes_nothing(order: list[Told], again: list[Told]) -> None:
    """The inbox drops a redelivery; a sender may also send the same thing anew."""
    anew = [told(event, f"{meta.id} again {n}", meta.recorded) for n, (event, meta) in enumerate(again)]

    told_of = story(service, [*order, *anew])

    assert sorted(told_of.stated) == sorted(EXPECTED.stated)
    assert told_of.cases == EXPECTED.cases


@settings(deadline=None, max_examples=200)
@given(st.permutations([*EVENTS, told(a_decision("F", decided_by="worker-2"), "rival", LATER)]))
def test_a_rival_that_names_nothing_never_makes_two_decisions_stand(order: list[Told]) -> None:
    """Delivery rule 14: whichever comes first stands, and what contradicts it is refused or still waits."""
    told_of = story(service, order)

    triaged = [stated for stated in told_of.stated if stated.subject == str(a_report().concern_id)]
    assert len({stated.type for stated in triaged}) == len(triaged)
    assert "contradicts_standing_decision" in told_of.refused_codes or "already_approved" in told_of.refused_codes
