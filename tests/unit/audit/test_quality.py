"""Records that lack something or contradict another are flagged until put right (design section 4, rule 11)."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest

from services.audit.cases import Case
from services.audit.policy import POLICY
from services.audit.quality import OF_A_CONCLUSION, OF_A_DECISION, Lack
from services.audit.service import service
from shared.contracts.audit import DataQualityCleared, DataQualityFlagged
from shared.contracts.doors import TriageDecision
from shared.contracts.enquiry import EnquiryConcluded
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.audit_builders import (
    adult_of,
    concluded,
    decided,
    enquiry_id,
    enquiry_withdrawn,
    happened,
    merged,
    opened,
    possibly_one,
    received,
    reinstated,
    reopened,
    stated,
    tellings,
    unmerged,
    withdrawn,
)
from tests.support.builders import ADA, BEN, NOON
from tests.support.enquiry_builders import concern_id
from tests.support.interleave import Story, story

DAY = timedelta(days=1)
LOW, HIGH = sorted((ADA, BEN))
RISK = {"abuse_type": "physical", "location": "own_home", "source_of_risk": "self"}
LACKING: list[tuple[Lack, dict[str, Any]]] = [
    (Lack.CAPACITY_NOT_KNOWN, {"capacity": None}),
    (Lack.CAPACITY_NOT_KNOWN, {"capacity": "not_known"}),
    (Lack.MSP_NOT_RECORDED, {"asked": None}),
    (Lack.ACHIEVEMENT_NOT_RECORDED, {"asked": "expressed"}),
    (Lack.RISK_NOT_RECORDED, {"risk_assessment": None}),
    (Lack.RISK_OUTCOME_NOT_RECORDED, {"risk_assessment": "identified_action", "risks": [RISK]}),
    (Lack.KIND_OF_RISK_NOT_RECORDED, {"risk_assessment": "identified_no_action", "risk_outcome": "removed"}),
]
WHOLE: list[dict[str, Any]] = [
    {},
    {"capacity": "lacks"},
    {"capacity": "not_determined"},
    {"asked": "expressed", "achieved": "not"},
    {"asked": "dont_know"},
    {"risk_assessment": "identified_action", "risks": [RISK], "risk_outcome": "remained"},
    {"risk_assessment": "ceased_at_request"},
]


def after(*events: Event) -> Story[Case]:
    return story(service, tellings(events, NOON))


def flags(of: Story[Case]) -> set[tuple[str, object]]:
    """What a reader of the topic believes to stand."""
    standing: dict[object, tuple[str, object]] = {}
    for fact in stated(of, DataQualityFlagged, DataQualityCleared):
        if isinstance(fact, DataQualityFlagged):
            assert fact.finding_id not in standing
            assert fact.policy == POLICY.version
            standing[fact.finding_id] = (fact.flag, fact.about)
        else:
            assert isinstance(fact, DataQualityCleared)
            assert standing.pop(fact.finding_id) == (fact.flag, fact.about)
    return set(standing.values())


def closing(**changes: Any) -> EnquiryConcluded:
    return concluded("a", NOON, NOON + DAY, **changes)


OPEN = opened("a", NOON)
AGAIN = reopened("a", NOON, NOON + 2 * DAY)


@pytest.mark.parametrize(("lack", "changes"), LACKING)
def test_a_conclusion_that_lacks_something_is_flagged_until_one_that_does_not(
    lack: Lack, changes: dict[str, Any]
) -> None:
    lacking = [OPEN, closing(**changes)]
    assert flags(after(*lacking)) == {(lack, enquiry_id("a"))}
    assert flags(after(*lacking, AGAIN, closing(**changes))) == {(lack, enquiry_id("a"))}
    assert flags(after(*lacking, AGAIN)) == set()
    assert flags(after(*lacking, AGAIN, closing())) == set()
    assert flags(after(*lacking, enquiry_withdrawn("a", NOON))) == set()


@pytest.mark.parametrize("changes", WHOLE)
def test_a_conclusion_that_lacks_nothing_is_not_flagged(changes: dict[str, Any]) -> None:
    assert flags(after(OPEN, closing(**changes))) == set()


def test_a_finding_is_known_by_what_it_is_about_and_what_is_the_matter() -> None:
    (flag,) = stated(after(OPEN, closing(asked=None)), DataQualityFlagged)
    assert flag.subject == str(derived("data-quality", "msp_not_recorded", str(enquiry_id("a"))))


def test_a_conclusion_can_lack_everything_at_once() -> None:
    everything = closing(capacity=None, asked=None, risk_assessment=None)
    assert {name for name, _ in flags(after(OPEN, everything))} == {
        Lack.CAPACITY_NOT_KNOWN,
        Lack.MSP_NOT_RECORDED,
        Lack.RISK_NOT_RECORDED,
    }


@pytest.mark.parametrize("decision", list(TriageDecision))
def test_a_decision_that_starts_an_enquiry_needs_the_adults_view_and_consents(decision: TriageDecision) -> None:
    said = after(received("a", NOON), decided("a", decision=decision, adult_view=None, consents=None))
    starts = decision in (TriageDecision.S42_MET, TriageDecision.OTHER_ENQUIRY)
    assert flags(said) == ({(lack, concern_id("a")) for lack in OF_A_DECISION} if starts else set())


def test_a_corrected_decision_clears_what_the_first_lacked() -> None:
    first = decided("a", decision=TriageDecision.S42_MET, adult_view=None)
    assert flags(after(received("a", NOON), first)) == {(Lack.ADULT_VIEW_NOT_RECORDED, concern_id("a"))}
    assert flags(after(received("a", NOON), first, decided("a", decision=TriageDecision.S42_MET))) == set()
    assert flags(after(received("a", NOON), first, decided("a"))) == set()


def test_the_decision_on_a_withdrawn_concern_is_not_told_of_whichever_came_first() -> None:
    """The concern's own course keeps its order, and so does triage's; the two overtake each other."""
    lacking = decided("a", decision=TriageDecision.S42_MET, adult_view=None)
    course = [received("a", NOON), withdrawn("a")]
    for events, expected in (
        (course, set()),
        ([*course, reinstated("a")], {(Lack.ADULT_VIEW_NOT_RECORDED, concern_id("a"))}),
    ):
        ends = [after(*events[:at], lacking, *events[at:]) for at in range(len(events) + 1)]
        assert all(flags(one) == expected for one in ends)
        assert len({msgspec.json.encode(adult_of(one).flags) for one in ends}) == 1


def test_an_enquiry_of_a_withdrawn_concern_is_flagged_until_either_is_put_right() -> None:
    start = [received("a", NOON), OPEN, withdrawn("a")]
    expected = {(Lack.WITHDRAWN_WITH_ENQUIRY, concern_id("a"))}
    for order in ([*start], [start[0], start[2], start[1]], [start[1], start[0], start[2]]):
        assert flags(after(*order)) == expected
        assert flags(after(*order, reinstated("a"))) == set()
        assert flags(after(*order, enquiry_withdrawn("a", NOON))) == set()
        assert flags(after(*order, enquiry_withdrawn("a", NOON), opened("a", NOON + DAY))) == expected


def test_a_withdrawn_concern_without_an_enquiry_is_as_it_should_be() -> None:
    assert flags(after(received("a", NOON), withdrawn("a"))) == set()
    assert flags(after(received("a", NOON), opened("b", NOON), withdrawn("a"))) == set()


def test_two_adults_who_may_be_one_are_flagged_once_whichever_is_named_first() -> None:
    expected = {(Lack.POSSIBLY_DUPLICATED_ADULT, HIGH)}
    for one, other in ((LOW, HIGH), (HIGH, LOW)):
        said = after(possibly_one(one, other), possibly_one(other, one))
        assert flags(said) == expected
        (flag,) = stated(said, DataQualityFlagged)
        assert flag.key == str(LOW)


def test_a_merge_answers_it_and_so_does_taking_it_back_in_every_order() -> None:
    merge = [merged("m", HIGH, LOW)]
    both = [*merge, unmerged("m", HIGH, LOW)]
    for events in (merge, both):
        ends = [after(*order) for order in permutations([possibly_one(LOW, HIGH), *events])]
        assert all(flags(one) == set() for one in ends)
        assert len({msgspec.json.encode(sorted(one.cases.items())) for one in ends}) == 1


def test_a_merge_through_a_third_answers_it_for_as_long_as_it_stands() -> None:
    third = derived("adult", "third")
    chain = [merged("m", LOW, third), merged("n", third, HIGH)]
    suspected = [possibly_one(LOW, HIGH), *chain]
    assert flags(after(*suspected)) == set()
    assert flags(after(*suspected, unmerged("n", third, HIGH))) == {(Lack.POSSIBLY_DUPLICATED_ADULT, HIGH)}


def test_two_that_may_be_the_same_third_are_two_findings() -> None:
    third = max(derived("adult", "third"), HIGH)
    others = [one for one in (LOW, HIGH, derived("adult", "third")) if one != third]
    said = after(*(possibly_one(one, third) for one in others))
    assert len({fact.subject for fact in stated(said, DataQualityFlagged)}) == 2


def test_every_flag_of_the_policy_can_be_raised() -> None:
    raised = {lack for lack, _ in LACKING} | OF_A_DECISION
    assert raised | {Lack.WITHDRAWN_WITH_ENQUIRY, Lack.POSSIBLY_DUPLICATED_ADULT} == set(Lack)
    assert {lack for lack, _ in LACKING} == OF_A_CONCLUSION


def test_flags_are_kept_in_an_order_of_their_own() -> None:
    everything = closing(capacity=None, asked=None)
    said = happened((NOON, OPEN), (NOON + DAY, everything), (NOON + DAY, decided("a", adult_view=None)))
    kept = [(flag.about, flag.flag) for flag in adult_of(said).flags]
    assert kept == sorted(kept)
