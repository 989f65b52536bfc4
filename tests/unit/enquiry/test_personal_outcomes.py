"""Making Safeguarding Personal: what counts as an answer, and which answer stands."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from services.enquiry.cases import Case
from services.enquiry.personal_outcomes import overall
from services.enquiry.service import service
from shared.contracts.doors import Achievement, AskedOf, MspAnswer
from shared.contracts.enquiry import EnquiryConcluded, MspAchieved, MspAsked
from shared.kernel.event import Event
from tests.support.builders import NOON, told
from tests.support.enquiry_builders import (
    ENQUIRY,
    LATER,
    a_closure_approval,
    a_conversion,
    a_proposal,
    an_asking,
    an_assessment,
)
from tests.support.interleave import Story, story

FULLY, PARTIALLY, NOT = Achievement


def after(*events: Event) -> Story[Case]:
    """The story of an open enquiry and these events."""
    return story(service, [told(event, str(place), LATER) for place, event in enumerate((a_conversion(), *events))])


def conclusion(of: Story[Case]) -> EnquiryConcluded:
    (concluded,) = (fact for fact in of.facts if isinstance(fact, EnquiryConcluded))
    return concluded


def closed_after(*events: Event) -> EnquiryConcluded:
    return conclusion(after(*events, a_proposal(), a_closure_approval()))


def test_every_asking_is_stated_with_the_adults_own_words() -> None:
    asked = after(an_asking("safer"), an_asking("safer", "money", asked_at=NOON + timedelta(days=20)))
    stated = [fact for fact in asked.facts if isinstance(fact, MspAsked)]
    assert [[one.outcome_id for one in fact.outcomes] for fact in stated] == [["safer"], ["safer", "money"]]
    assert "CANARY-WORDS" in stated[0].outcomes[0].words


def test_nothing_travels_on_with_the_adults_words_that_the_contract_does_not_declare() -> None:
    """A field of a newer sender may hold a name, and names travel with concerns alone (design section 2)."""
    wanted = {"outcome_id": "safer", "words": "to feel safer", "said_by": "CANARY-NAME"}
    achieved = {"outcome_id": "safer", "achieved": Achievement.FULLY, "said_by": "CANARY-NAME"}
    asked, assessed = an_asking("safer", outcomes=(wanted,)), an_assessment({"achieved": (achieved,)})
    assert "CANARY-NAME" in asked.model_dump_json()
    assert "CANARY-NAME" in assessed.model_dump_json()

    facts = after(asked, assessed).facts[1:]

    assert [type(fact) for fact in facts] == [MspAsked, MspAchieved]
    assert not any("CANARY-NAME" in fact.model_dump_json() for fact in facts)


def test_the_adults_words_are_not_kept() -> None:
    asked = after(an_asking("safer"))
    assert b"CANARY" not in msgspec.json.encode(asked.cases[ENQUIRY])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"answer": MspAnswer.EXPRESSED}, "outcomes_missing"),
        ({"asked_of": None}, "asked_of_missing"),
        ({"answer": MspAnswer.NOT_ASKED, "asked_of": None}, "reason_missing"),
        ({"answer": MspAnswer.NOT_ASKED, "reason_not_asked": "died"}, "asked_of_nobody"),
        ({"reason_not_asked": "died"}, "reason_contradicts"),
        ({"answer": MspAnswer.DONT_KNOW, "asked_of": None, "reason_not_asked": "died"}, "reason_contradicts"),
        ({"asked_at": LATER + timedelta(minutes=6)}, "asked_at_in_the_future"),
    ],
)
def test_an_asking_that_contradicts_itself_is_refused(changes: dict[str, object], code: str) -> None:
    refused = after(an_asking(**changes))
    assert refused.refused_codes == (code,)
    assert [fact for fact in refused.facts if isinstance(fact, MspAsked)] == []


@pytest.mark.parametrize("answer", [MspAnswer.NONE_EXPRESSED, MspAnswer.NOT_ASKED, MspAnswer.DONT_KNOW])
def test_outcomes_are_accepted_with_the_answer_expressed_alone(answer: MspAnswer) -> None:
    assert "outcomes_contradict" in after(an_asking("safer", answer=answer)).refused_codes


def test_every_reason_is_given_at_once() -> None:
    refused = after(an_asking(answer=MspAnswer.EXPRESSED, asked_of=None, reason_not_asked="died"))
    assert set(refused.refused_codes) == {"asked_of_missing", "outcomes_missing", "reason_contradicts"}


def test_an_outcome_is_named_once() -> None:
    assert after(an_asking("safer", "safer")).refused_codes == ("outcome_repeated",)
    twice = [{"outcome_id": "safer", "achieved": how} for how in ("fully", "not")]
    assert after(an_asking("safer"), an_assessment({"achieved": twice})).refused_codes == ("outcome_repeated",)


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": MspAnswer.NOT_ASKED, "asked_of": None, "reason_not_asked": "too-unwell"},
        {"answer": MspAnswer.DONT_KNOW, "asked_of": None},
        {"asked_of": AskedOf.ADVOCATE},
        {"asked_at": NOON - timedelta(days=3)},
        {"asked_at": LATER + timedelta(minutes=5)},
    ],
)
def test_what_is_coherent_is_accepted(changes: dict[str, object]) -> None:
    asked = after(an_asking(**changes))
    assert asked.refused == {}
    assert isinstance(asked.facts[-1], MspAsked)


def test_the_latest_asking_stands_whichever_came_last() -> None:
    askings = [
        told(an_asking("safer"), "start", LATER),
        told(an_asking("safer", asked_at=NOON + timedelta(days=9)), "twin of the end", LATER),
        told(an_asking(asked_at=NOON + timedelta(days=9)), "end", LATER),
    ]
    opened = told(a_conversion(), "opened", LATER)
    states = {msgspec.json.encode(story(service, (opened, *order)).cases[ENQUIRY]) for order in permutations(askings)}
    assert len(states) == 1


@pytest.mark.parametrize(
    ("each", "together"),
    [
        ([FULLY], FULLY),
        ([FULLY, FULLY], FULLY),
        ([NOT, NOT], NOT),
        ([PARTIALLY], PARTIALLY),
        ([FULLY, NOT], PARTIALLY),
        ([FULLY, PARTIALLY], PARTIALLY),
        ([NOT, PARTIALLY], PARTIALLY),
    ],
)
def test_overall_is_partial_between_fully_and_not(each: list[Achievement], together: Achievement) -> None:
    assert overall(each) is together


def test_an_assessment_is_stated_with_each_outcome_and_overall() -> None:
    assessed = after(an_asking("safer", "money"), an_assessment(safer="fully", money="not"))
    fact = assessed.facts[-1]
    assert isinstance(fact, MspAchieved)
    assert fact.overall is PARTIALLY
    assert {one.outcome_id: one.achieved for one in fact.achieved} == {"safer": FULLY, "money": NOT}


@pytest.mark.parametrize(
    ("achieved", "codes"),
    [
        ({"safer": "fully"}, ("outcome_not_assessed",)),
        ({"safer": "fully", "money": "not", "peace": "not"}, ("outcome_unknown",)),
        ({"safer": "fully", "peace": "not"}, ("outcome_unknown", "outcome_not_assessed")),
    ],
)
def test_every_expressed_outcome_is_assessed_and_no_other(achieved: dict[str, str], codes: tuple[str, ...]) -> None:
    assert after(an_asking("safer", "money"), an_assessment(**achieved)).refused_codes == codes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"answer": MspAnswer.NOT_ASKED, "asked_of": None, "reason_not_asked": "too-unwell"},
        {"answer": MspAnswer.DONT_KNOW, "asked_of": None},
    ],
)
def test_achieved_without_expressed_is_refused(changes: dict[str, object]) -> None:
    refused = after(an_asking(**changes), an_assessment(safer="fully"))
    assert refused.refused_codes == ("achieved_without_expressed",)


def test_an_assessment_that_overtook_the_asking_waits_for_it() -> None:
    early = after(an_assessment(safer="fully"))
    assert [held.event.type for held in early.held] == ["safeguarding.enquiry.outcomes-assessed.v1"]
    late = after(an_assessment(safer="fully"), an_asking("safer"))
    assert late.held == []
    assert isinstance(late.facts[-1], MspAchieved)


def test_an_assessment_that_waits_is_answered_when_the_enquiry_is_concluded() -> None:
    never_asked = after(an_assessment(safer="fully"), a_proposal(), a_closure_approval())
    assert never_asked.held == []
    assert never_asked.refused_codes == ("enquiry_concluded",)


def test_an_assessment_from_the_future_is_refused() -> None:
    future = an_assessment({"assessed_at": LATER + timedelta(hours=1)}, safer="fully")
    assert after(an_asking("safer"), future).refused_codes == ("assessed_at_in_the_future",)


def test_the_latest_assessment_stands_whichever_came_last() -> None:
    early = an_assessment(safer="not")
    late = an_assessment({"assessed_at": NOON + timedelta(days=31)}, safer="fully")
    assert closed_after(an_asking("safer"), early, late).achieved is FULLY
    assert closed_after(an_asking("safer"), late, early).achieved is FULLY


def test_what_was_never_recorded_is_none_and_not_an_answer() -> None:
    concluded = closed_after()
    assert (concluded.asked, concluded.achieved) == (None, None)


def test_what_was_asked_and_never_assessed_is_none() -> None:
    concluded = closed_after(an_asking("safer"))
    assert (concluded.asked, concluded.achieved) == (MspAnswer.EXPRESSED, None)


def test_an_outcome_added_after_the_assessment_leaves_the_achievement_not_recorded() -> None:
    again = an_asking("safer", "money", asked_at=NOON + timedelta(days=30))
    assert closed_after(an_asking("safer"), an_assessment(safer="fully"), again).achieved is None


def test_nothing_is_achieved_of_what_no_longer_stands_as_expressed() -> None:
    again = an_asking(asked_at=NOON + timedelta(days=30))
    concluded = closed_after(an_asking("safer"), an_assessment(safer="fully"), again)
    assert (concluded.asked, concluded.achieved) == (MspAnswer.NONE_EXPRESSED, None)


def test_records_after_the_conclusion_are_refused() -> None:
    closed = after(a_proposal(), a_closure_approval(), an_asking("safer"), an_assessment(safer="fully"))
    assert closed.refused_codes == ("enquiry_concluded", "enquiry_concluded")
