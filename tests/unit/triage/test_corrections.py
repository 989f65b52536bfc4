"""A correction of an approved decision, and what becomes of the enquiries: design section 4, rules 3-5; delivery 14."""

from datetime import datetime, timedelta
from itertools import permutations, product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.cases import Concern
from services.triage.service import service
from shared.contracts.doors import TriageDecision, enquiry_id_of, other_enquiry_id_of
from shared.contracts.triage import (
    ConcernConverted,
    ConcernSent,
    ConcernTriaged,
    ConversionTakenBack,
    OtherEnquiryStarted,
)
from shared.kernel.event import Event
from tests.support.builders import ADA, NOON, a_concern, an_approval, decision_id, told
from tests.support.interleave import Story, Told, story
from tests.support.triage_builders import HERE, decided

LATER = NOON + timedelta(days=30)
RECEIVED = told(a_concern(), "received")
S42, OTHER, NOT_MET = TriageDecision.S42_MET, TriageDecision.OTHER_ENQUIRY, TriageDecision.NOT_MET
NAMES = "ABCDEFGH"


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def decision(kind: TriageDecision, name: str = "A", after: str | None = None, **changes: object) -> Told:
    """The n-th letter's decision is decided in the n-th odd hour."""
    hour = 2 * NAMES.index(name) + 1
    return told(decided(kind, name, after, **({"decided_at": at(hour)} | changes)), name, LATER)


def approval(name: str = "A", **changes: object) -> Told:
    """And approved an hour later."""
    hour = 2 * NAMES.index(name) + 2
    approved = an_approval(name, approved_at=at(hour)).model_copy(update=changes)
    return told(approved, f"approved {name}", LATER)


def concern(told_of: Story[Any]) -> Concern:
    case = told_of.cases[HERE]
    assert isinstance(case, Concern)
    return case


def enquiries(facts: list[Event]) -> dict[UUID, datetime]:
    """The enquiries there are and when each started, as a reader of the conversions would have it."""
    there: dict[UUID, datetime] = {}
    for fact in facts:
        if isinstance(fact, ConcernConverted | OtherEnquiryStarted):
            assert fact.enquiry_id not in there, "started twice"
            there[fact.enquiry_id] = fact.decided_at
        elif isinstance(fact, ConversionTakenBack):
            del there[fact.enquiry_id]
    return there


def test_until_a_correction_is_approved_what_was_approved_stays_in_force() -> None:
    before = story(service, [RECEIVED, decision(S42), approval()])
    after = story(service, [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A")])

    assert after.refused == {}
    assert after.stated == before.stated
    in_force, standing = concern(after).in_force, concern(after).standing
    assert in_force is not None
    assert standing is not None
    assert (in_force.decision_id, standing.decision_id) == (decision_id("A"), decision_id("B"))


def test_an_approved_correction_says_which_decision_it_corrects_and_takes_the_enquiry_back() -> None:
    before = [RECEIVED, decision(S42), approval()]

    told_of = story(service, [*before, decision(NOT_MET, "B", after="A"), approval("B")])

    triaged, taken_back = told_of.facts[len(story(service, before).facts) :]
    assert isinstance(triaged, ConcernTriaged)
    assert (triaged.decision_id, triaged.supersedes) == (decision_id("B"), decision_id("A"))
    assert taken_back == ConversionTakenBack(
        concern_id=HERE,
        adult_id=ADA,
        enquiry_id=enquiry_id_of(HERE),
        decision_id=decision_id("B"),
        decided_at=at(3),
    )


@pytest.mark.parametrize(("one", "other"), list(product(TriageDecision, repeat=2)))
def test_what_a_correction_does_to_the_enquiries(one: TriageDecision, other: TriageDecision) -> None:
    """All twenty-five: the same kind leaves the enquiry as it is, another takes it back and starts its own."""
    before = [RECEIVED, decision(one), approval()]

    told_of = story(service, [*before, decision(other, "B", after="A"), approval("B")])

    facts = told_of.facts[len(story(service, before).facts) :]
    expected: list[type[Event]] = [ConcernTriaged]
    if one != other:
        expected += [ConversionTakenBack] * (one in ("s42_met", "other_enquiry"))
        expected += [ConcernConverted] * (other == "s42_met") + [OtherEnquiryStarted] * (other == "other_enquiry")
    expected += [ConcernSent] * (other == "sent_to_other_authority")
    assert [type(fact) for fact in facts] == expected


def test_an_other_enquiry_has_an_id_of_its_own_and_starts_when_it_was_decided() -> None:
    large = decision_id("large")

    facts = story(service, [RECEIVED, decision(OTHER, large_scale=large), approval()]).facts

    assert facts[2:] == [
        OtherEnquiryStarted(
            concern_id=HERE,
            adult_id=ADA,
            enquiry_id=other_enquiry_id_of(HERE),
            decided_at=at(1),
            decision_id=decision_id("A"),
            large_scale=large,
        )
    ]
    assert other_enquiry_id_of(HERE) != enquiry_id_of(HERE)


def test_each_adult_s_part_of_a_large_scale_enquiry_names_it() -> None:
    large = decision_id("large")

    (converted,) = story(service, [RECEIVED, decision(S42, large_scale=large), approval()]).facts[2:]

    assert isinstance(converted, ConcernConverted)
    assert (converted.large_scale, converted.decision_id) == (large, decision_id("A"))


@given(st.lists(st.tuples(st.sampled_from(TriageDecision), st.booleans()), min_size=1, max_size=7))
def test_whatever_is_corrected_how_often_the_enquiries_are_those_of_the_unbroken_run_that_stands(
    steps: list[tuple[TriageDecision, bool]],
) -> None:
    """The definition of the year's figures, read backwards from the last approved decision."""
    events, approved = [RECEIVED], []
    for n, (kind, is_approved) in enumerate(steps):
        name = NAMES[n]
        events.append(decision(kind, name, after=NAMES[n - 1] if n else None))
        if is_approved:
            events.append(approval(name))
            approved.append((kind, at(2 * n + 1)))

    told_of = story(service, events)

    expected: dict[UUID, datetime] = {}
    run = [when for kind, when in approved if kind == approved[-1][0]] if approved else []
    for kind, when in reversed(approved):
        if kind != approved[-1][0]:
            run = [start for start in run if start > when]
            break
    ids = {S42: enquiry_id_of(HERE), OTHER: other_enquiry_id_of(HERE)}
    if approved and approved[-1][0] in ids:
        expected[ids[approved[-1][0]]] = min(run)
    assert told_of.refused == {}
    assert enquiries(told_of.facts) == expected
    triaged = [fact for fact in told_of.facts if isinstance(fact, ConcernTriaged)]
    assert [fact.decided_at for fact in triaged] == [when for _, when in approved]
    assert [fact.supersedes for fact in triaged] == [None, *(fact.decision_id for fact in triaged)][: len(triaged)]


def test_a_correction_of_a_correction_takes_its_place() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A"), approval("B")]

    told_of = story(service, [*events, decision(S42, "C", after="B"), approval("C")])

    assert told_of.refused == {}
    assert enquiries(told_of.facts) == {enquiry_id_of(HERE): at(5)}


def test_while_one_correction_awaits_approval_another_must_name_it() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A")]

    told_of = story(service, [*events, decision(OTHER, "C", after="A"), decision(OTHER, "D", after="B"), approval("D")])

    assert told_of.refused == {"C": ("supersedes_no_standing_decision",)}
    triaged = [fact for fact in told_of.facts if isinstance(fact, ConcernTriaged)]
    assert (triaged[-1].decision_id, triaged[-1].supersedes) == (decision_id("D"), decision_id("A"))


def test_a_superseded_correction_cannot_be_approved() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A"), decision(OTHER, "C", after="B")]

    told_of = story(service, [*events, approval("B")])

    assert told_of.refused == {"approved B": ("decision_superseded",)}
    assert told_of.stated == story(service, events).stated


def test_the_correction_of_an_approved_decision_is_approved_by_somebody_else_too() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A", decided_by="manager-1")]

    assert story(service, [*events, approval("B")]).refused == {"approved B": ("approver_is_decider",)}
    assert story(service, [*events, approval("B", approved_by="manager-2")]).refused == {}


def test_an_approval_sent_again_changes_nothing_after_its_decision_was_corrected() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A"), approval("B")]

    told_of = story(service, [*events, told(approval().event, "again", LATER)])

    assert told_of.refused == {}
    assert told_of.stated == story(service, events).stated
    assert told_of.cases == story(service, events).cases


def test_another_managers_approval_of_what_was_corrected_is_refused() -> None:
    events = [RECEIVED, decision(S42), approval(), decision(NOT_MET, "B", after="A"), approval("B")]

    late = told(an_approval("A", approved_by="manager-2"), "late", LATER)

    assert story(service, [*events, late]).refused == {"late": ("decision_superseded",)}


@pytest.mark.parametrize(("one", "other"), [(S42, NOT_MET), (NOT_MET, S42), (S42, S42), (S42, OTHER), (OTHER, OTHER)])
def test_every_order_of_received_decided_approved_corrected_and_approved_ends_alike(
    one: TriageDecision, other: TriageDecision
) -> None:
    """All 120 orders. Only whether the first was approved before it was corrected can make a difference.

    Where it was, the facts and the case are the same; where it was not, its approval is refused, and there too they
    are the same. The same decision is in force either way.
    """
    events = [RECEIVED, decision(one), approval(), decision(other, "B", after="A"), approval("B")]
    outcomes: dict[str, tuple[Any, Any]] = {}

    for order in permutations(events):
        told_of = story(service, order)
        assert not told_of.held
        assert told_of.refused in ({}, {"approved A": ("decision_superseded",)})
        outcome = sorted(told_of.stated), told_of.cases
        assert outcomes.setdefault(str(told_of.refused), outcome) == outcome
        in_force = concern(told_of).in_force
        assert in_force is not None
        assert in_force.decision_id == decision_id("B")
        started = {S42: {enquiry_id_of(HERE)}, OTHER: {other_enquiry_id_of(HERE)}}.get(other, set())
        assert enquiries(told_of.facts).keys() == started
    assert len(outcomes) == 2
