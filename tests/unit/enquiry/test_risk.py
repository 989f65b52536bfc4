"""Seven outcomes of assessment; remained, reduced or removed only where a risk was identified (rule 7)."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enquiry.risk import IDENTIFIED, assessment_now, outcome_now, risks_of
from shared.contracts.doors import (
    AbuseType,
    RiskAssessed,
    RiskAssessment,
    RiskOutcome,
    RiskOutcomeRecorded,
    SourceOfRisk,
)
from shared.contracts.enquiry import RiskNoted, RiskOutcomeNoted
from shared.kernel.event import Event
from tests.support.builders import NOON
from tests.support.enquiry_builders import LATER
from tests.support.findings_builders import DAY, a_risk, a_risk_assessment, a_risk_outcome, after, findings_of, found_id

NOT_IDENTIFIED = sorted(set(RiskAssessment) - IDENTIFIED)
NONE_FOUND = RiskAssessment.NOT_IDENTIFIED_NO_ACTION


def outcome(*events: Event) -> RiskOutcome | None:
    ended = outcome_now(findings_of(after(*events)))
    return ended.outcome if ended is not None else None


@pytest.mark.parametrize("assessment", list(RiskAssessment))
def test_every_outcome_of_assessment_is_noted_with_what_risk_it_was_about(assessment: RiskAssessment) -> None:
    assessed = a_risk_assessment(assessment, a_risk(), a_risk(AbuseType.NEGLECT, provider_id=found_id("home", "1")))
    told = after(assessed)
    (noted,) = (fact for fact in told.facts if isinstance(fact, RiskNoted))
    assert noted.record == assessed
    standing = assessment_now(findings_of(told))
    assert standing is not None
    assert standing.assessment is assessment
    assert risks_of(standing) == assessed.risks


@pytest.mark.parametrize("assessment", sorted(IDENTIFIED))
def test_a_risk_that_was_identified_is_described(assessment: RiskAssessment) -> None:
    assert after(a_risk_assessment(assessment, risks=())).refused_codes == ("risks_missing",)


@pytest.mark.parametrize("assessment", NOT_IDENTIFIED)
def test_the_others_may_be_recorded_without(assessment: RiskAssessment) -> None:
    assert after(a_risk_assessment(assessment, risks=())).refused == {}


def test_self_neglect_is_taken_with_whatever_source_was_recorded() -> None:
    for source in (SourceOfRisk.SELF, SourceOfRisk.RELATIVE_OR_CARER):
        risk = a_risk(AbuseType.SELF_NEGLECT, source_of_risk=source)
        assert after(a_risk_assessment(RiskAssessment.IDENTIFIED_ACTION, risk)).refused == {}


def test_of_several_assessments_the_latest_stands_whichever_came_first() -> None:
    events = (a_risk_assessment(), a_risk_assessment(NONE_FOUND, assessed_at=NOON + 9 * DAY))
    for order in permutations(events):
        standing = assessment_now(findings_of(after(*order)))
        assert standing is not None
        assert standing.assessment is NONE_FOUND
    assert assessment_now(findings_of(after())) is None


@pytest.mark.parametrize("assessment", sorted(IDENTIFIED))
@pytest.mark.parametrize("ended", list(RiskOutcome))
def test_what_became_of_an_identified_risk_is_noted(assessment: RiskAssessment, ended: RiskOutcome) -> None:
    told = after(a_risk_assessment(assessment), a_risk_outcome(ended))
    (noted,) = (fact for fact in told.facts if isinstance(fact, RiskOutcomeNoted))
    assert noted.record == a_risk_outcome(ended)
    assert outcome(a_risk_assessment(assessment), a_risk_outcome(ended)) is ended


@pytest.mark.parametrize("assessment", NOT_IDENTIFIED)
def test_without_an_identified_risk_nothing_became_of_it(assessment: RiskAssessment) -> None:
    refused = after(a_risk_assessment(assessment), a_risk_outcome())
    assert refused.refused_codes == ("no_risk_identified",)
    assert findings_of(refused).risk_outcomes == ()
    assert after(a_risk_outcome(), a_risk_assessment(assessment)).refused_codes == ("no_risk_identified",)


def test_an_outcome_waits_for_an_assessment() -> None:
    assert len(after(a_risk_outcome()).held) == 1
    early, late = after(a_risk_outcome(), a_risk_assessment()), after(a_risk_assessment(), a_risk_outcome())
    assert early.held == []
    assert early.cases == late.cases


def test_an_outcome_speaks_of_the_assessment_that_stood_when_it_was_recorded() -> None:
    later = a_risk_assessment(NONE_FOUND, assessed_at=NOON + 30 * DAY)
    for order in permutations((a_risk_assessment(), later)):
        told = after(*order, a_risk_outcome())
        assert told.refused == {}
        assert outcome_now(findings_of(told)) is None


def test_an_outcome_recorded_when_no_risk_stood_identified_is_refused_though_one_was_identified_later() -> None:
    later = a_risk_assessment(assessed_at=NOON + 30 * DAY)
    for order in permutations((a_risk_assessment(NONE_FOUND), later)):
        assert after(*order, a_risk_outcome()).refused_codes == ("no_risk_identified",)


def test_an_outcome_recorded_at_the_instant_of_an_assessment_speaks_of_that_one() -> None:
    together = a_risk_assessment(assessed_at=NOON + 20 * DAY)
    for order in permutations((a_risk_assessment(NONE_FOUND), together)):
        assert outcome(*order, a_risk_outcome()) is RiskOutcome.REDUCED


def test_an_outcome_recorded_just_before_the_only_assessment_is_taken_for_it() -> None:
    """Forms are filled in the other way round; nobody is served by an answer that never comes."""
    before = a_risk_outcome(recorded_at=NOON + 4 * DAY)
    assert outcome(a_risk_assessment(), before) is RiskOutcome.REDUCED
    assert outcome(before, a_risk_assessment()) is RiskOutcome.REDUCED
    assert after(a_risk_assessment(NONE_FOUND), before).refused_codes == ("no_risk_identified",)


def test_of_several_outcomes_the_latest_stands() -> None:
    first, second = a_risk_outcome(), a_risk_outcome(RiskOutcome.REMOVED, recorded_at=NOON + 25 * DAY)
    for order in permutations((a_risk_assessment(), first, second)):
        assert outcome(*order) is RiskOutcome.REMOVED


def test_where_a_later_assessment_identifies_no_risk_the_outcome_no_longer_stands() -> None:
    later = a_risk_assessment(NONE_FOUND, assessed_at=NOON + 21 * DAY)
    assert outcome(a_risk_assessment(), a_risk_outcome(), later) is None


def test_where_a_risk_is_identified_anew_what_became_of_it_is_yet_to_be_recorded() -> None:
    story = [
        a_risk_assessment(),
        a_risk_outcome(),
        a_risk_assessment(NONE_FOUND, assessed_at=NOON + 21 * DAY),
        a_risk_assessment(assessed_at=NOON + 22 * DAY),
    ]
    assert outcome(*story) is None
    assert outcome(*story, a_risk_outcome(RiskOutcome.REMAINED, recorded_at=NOON + 23 * DAY)) is RiskOutcome.REMAINED


def test_an_outcome_outlives_a_further_assessment_of_the_same_kind() -> None:
    further = a_risk_assessment(RiskAssessment.IDENTIFIED_NO_ACTION, assessed_at=NOON + 21 * DAY)
    assert outcome(a_risk_assessment(), a_risk_outcome(), further) is RiskOutcome.REDUCED


@pytest.mark.parametrize("kept", [RiskOutcome.REMAINED, RiskOutcome.REDUCED])
def test_an_adult_may_choose_to_keep_a_risk(kept: RiskOutcome) -> None:
    chosen = outcome_now(findings_of(after(a_risk_assessment(), a_risk_outcome(kept, adults_choice=True))))
    assert chosen is not None
    assert chosen.adults_choice


def test_a_risk_that_was_removed_was_not_kept_by_choice() -> None:
    refused = after(a_risk_assessment(), a_risk_outcome(RiskOutcome.REMOVED, adults_choice=True))
    assert refused.refused_codes == ("choice_contradicts",)


def test_the_same_records_again_change_nothing() -> None:
    once = after(a_risk_assessment(), a_risk_outcome())
    again = after(a_risk_assessment(), a_risk_outcome(), a_risk_assessment(), a_risk_outcome())
    assert (again.facts, again.cases) == (once.facts, once.cases)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (a_risk_assessment(assessed_at=LATER + timedelta(minutes=6)), "assessed_at_in_the_future"),
        (a_risk_outcome(recorded_at=LATER + timedelta(minutes=6)), "recorded_at_in_the_future"),
    ],
)
def test_what_has_not_happened_yet_is_refused(event: Event, code: str) -> None:
    assert after(event).refused_codes == (code,)


DAYS = st.lists(st.integers(0, 40), unique=True, max_size=7)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Assessments and outcomes, each on a day of its own, in an order of its own."""
    events: list[Event] = []
    for day in draw(DAYS):
        at = NOON + timedelta(days=day)
        if draw(st.booleans()):
            events.append(a_risk_assessment(draw(st.sampled_from(RiskAssessment)), assessed_at=at))
        else:
            events.append(a_risk_outcome(draw(st.sampled_from(RiskOutcome)), recorded_at=at))
    return draw(st.permutations(events))


def day_of(event: Event) -> datetime:
    assert isinstance(event, (RiskAssessed, RiskOutcomeRecorded))
    return event.assessed_at if isinstance(event, RiskAssessed) else event.recorded_at


def as_it_happened(events: list[Event]) -> RiskOutcome | None:
    """The oracle: a diary read from its first day to its last, with what stands on each."""
    stands: RiskOutcome | None = None
    told_before: RiskOutcome | None = None
    assessed = identified = False
    for event in sorted(events, key=day_of):
        if isinstance(event, RiskOutcomeRecorded):
            if not assessed:
                told_before = event.outcome
            elif identified:
                stands = event.outcome
        elif isinstance(event, RiskAssessed):
            identified = event.assessment.startswith("identified")
            stands = (stands if assessed else told_before) if identified else None
            assessed = True
    return stands


@given(histories())
def test_what_stands_is_what_a_diary_says_in_whatever_order_assessments_and_then_outcomes_came(
    events: list[Event],
) -> None:
    """Assessments first, so that every outcome is judged by all of them: what is accepted is then a matter of time."""
    assessments = [event for event in events if isinstance(event, RiskAssessed)]
    outcomes = [event for event in events if isinstance(event, RiskOutcomeRecorded)]

    assert outcome(*assessments, *outcomes) is as_it_happened(events)


@given(histories())
def test_what_stands_follows_from_what_was_accepted_and_not_from_its_order(events: list[Event]) -> None:
    told = after(*events)
    accepted = [fact.record for fact in told.facts if isinstance(fact, (RiskNoted, RiskOutcomeNoted))]
    standing = outcome_now(findings_of(told))

    assert (standing.outcome if standing is not None else None) is as_it_happened(list(accepted))
    assert {*told.refused_codes} <= {"no_risk_identified"}


@given(st.data())
def test_where_every_assessment_identifies_a_risk_every_order_ends_the_same(data: st.DataObject) -> None:
    days = data.draw(st.lists(st.integers(0, 40), unique=True, min_size=2, max_size=6))
    events: list[Event] = [a_risk_assessment(assessed_at=NOON + timedelta(days=days[0]))]
    for day in days[1:]:
        at = NOON + timedelta(days=day)
        assessed = a_risk_assessment(data.draw(st.sampled_from(sorted(IDENTIFIED))), assessed_at=at)
        ended = a_risk_outcome(data.draw(st.sampled_from(RiskOutcome)), recorded_at=at)
        events.append(data.draw(st.sampled_from((assessed, ended))))
    one, other = after(*events), after(*data.draw(st.permutations(events)))

    assert one.cases == other.cases
    assert not one.refused
    assert not other.refused
