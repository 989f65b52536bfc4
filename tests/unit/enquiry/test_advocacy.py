"""Support to take part: three tests that are not one (design section 4, rule 8), and what fits together."""

from datetime import timedelta
from itertools import permutations, product

import pytest

from services.enquiry.advocacy import (
    ADVOCATES,
    duty_to_arrange_advocate,
    support_now,
)
from shared.contracts.doors import Answer, Support, TakeUp
from shared.contracts.enquiry import AdvocacyNoted
from tests.support.builders import NOON
from tests.support.enquiry_builders import LATER
from tests.support.findings_builders import DAY, after, an_advocacy, difficulty, findings_of

YES, NO, NOT_KNOWN = Answer
CARE_ACT = Support.CARE_ACT_ADVOCATE
LIMBS = ("understanding", "retaining", "weighing", "communicating")


def test_five_kinds_are_advocates_and_family_and_friends_are_none() -> None:
    assert set(Support) - ADVOCATES == {Support.FAMILY, Support.FRIEND}
    assert len(ADVOCATES) == 5


@pytest.mark.parametrize("limb", LIMBS)
def test_substantial_difficulty_in_one_of_four_and_nobody_appropriate_makes_the_duty(limb: str) -> None:
    one = difficulty(**{limb: YES})
    assert duty_to_arrange_advocate(one, NO) is True
    assert duty_to_arrange_advocate(one, YES) is False
    assert duty_to_arrange_advocate(one, NOT_KNOWN) is None


@pytest.mark.parametrize("limb", LIMBS)
def test_a_limb_that_is_not_known_leaves_the_duty_not_known(limb: str) -> None:
    assert duty_to_arrange_advocate(difficulty(**{limb: NOT_KNOWN}), NO) is None
    assert duty_to_arrange_advocate(difficulty(**{limb: NOT_KNOWN}), YES) is False


def test_difficulty_that_was_not_recorded_is_not_known() -> None:
    assert duty_to_arrange_advocate(None, NO) is None
    assert duty_to_arrange_advocate(None, NOT_KNOWN) is None
    assert duty_to_arrange_advocate(None, YES) is False


def test_the_duty_is_not_known_exactly_where_knowing_more_could_settle_it_either_way() -> None:
    """The oracle fills in every unknown with yes and with no, and asks whether all fillings agree."""

    def law(four: tuple[Answer, ...], person: Answer) -> bool:
        return any(answer is YES for answer in four) and person is NO

    for *four, person in product(Answer, repeat=5):
        fillings = product(*((YES, NO) if answer is NOT_KNOWN else (answer,) for answer in (*four, person)))
        outcomes = {law(filled[:4], filled[4]) for filled in fillings}
        expected = outcomes.pop() if len(outcomes) == 1 else None
        assert duty_to_arrange_advocate(difficulty(*four), person) is expected


def test_support_is_noted_with_the_record_itself_and_its_duty_kept() -> None:
    recorded = an_advocacy(CARE_ACT, difficulty=difficulty(weighing=YES), appropriate_person=NO)
    told = after(recorded)
    (noted,) = (fact for fact in told.facts if isinstance(fact, AdvocacyNoted))
    assert noted.record == recorded
    assert findings_of(told).advocacy[0].duty is True


def test_of_several_records_the_latest_stands_whichever_came_first() -> None:
    early, late = an_advocacy(CARE_ACT), an_advocacy(Support.FRIEND, recorded_at=NOON + 9 * DAY)
    for order in permutations((early, late)):
        assert support_now(findings_of(after(*order)).advocacy) == (Support.FRIEND,)
    assert support_now(()) == ()


def test_two_records_of_one_instant_settle_alike_in_either_order_and_however_often_they_are_sent() -> None:
    one, other = an_advocacy(CARE_ACT), an_advocacy(Support.FRIEND)
    ends = [
        findings_of(after(*order)) for order in ((one, other), (other, one), (one, other, one), (other, one, other))
    ]
    assert all(end == ends[0] for end in ends)


def test_the_same_record_again_changes_nothing_even_with_the_concern_named() -> None:
    again = after(an_advocacy(CARE_ACT), an_advocacy(CARE_ACT, concern_id=after().facts[0].model_dump()["concern_id"]))
    assert again.facts == after(an_advocacy(CARE_ACT)).facts


@pytest.mark.parametrize("take_up", [TakeUp.DECLINED, TakeUp.NOT_OFFERED])
@pytest.mark.parametrize("advocate", sorted(ADVOCATES))
def test_an_advocate_who_was_not_taken_up_supports_nobody(take_up: TakeUp, advocate: Support) -> None:
    refused = after(an_advocacy(advocate, Support.FAMILY, take_up=take_up))
    assert refused.refused_codes == ("advocate_contradicts",)
    assert findings_of(refused).advocacy == ()


@pytest.mark.parametrize("take_up", [TakeUp.ACCEPTED, TakeUp.ALREADY_IN_PLACE])
@pytest.mark.parametrize("others", [(), (Support.FAMILY,), (Support.FRIEND, Support.FAMILY)])
def test_an_advocate_who_was_taken_up_is_named(take_up: TakeUp, others: tuple[Support, ...]) -> None:
    assert after(an_advocacy(*others, take_up=take_up)).refused_codes == ("advocate_missing",)
    assert after(an_advocacy(*others, CARE_ACT, take_up=take_up)).refused == {}


@pytest.mark.parametrize("take_up", [TakeUp.DECLINED, TakeUp.NOT_OFFERED])
def test_family_and_friends_may_be_there_whatever_became_of_the_offer(take_up: TakeUp) -> None:
    assert after(an_advocacy(Support.FAMILY, take_up=take_up)).refused == {}
    assert after(an_advocacy(take_up=take_up)).refused == {}


def test_a_record_of_the_future_is_refused() -> None:
    future = an_advocacy(recorded_at=LATER + timedelta(minutes=6))
    assert after(future).refused_codes == ("recorded_at_in_the_future",)
