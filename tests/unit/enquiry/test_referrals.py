"""A matter may go elsewhere from an enquiry; where the police enquire, theirs goes first (domain 1.8)."""

from datetime import timedelta
from itertools import permutations

import pytest

from shared.kernel.event import Event
from tests.support.builders import told
from tests.support.course_builders import (
    a_referral,
    a_referral_answer,
    after,
    days,
    enquiry_of,
    types,
)
from tests.support.enquiry_builders import LATER, a_closure_approval, a_proposal

TO_REVIEW = a_referral("SAR", to="safeguarding_adults_review", goes_first=False)
ACCEPTED, ENDED = a_referral_answer(), a_referral_answer("ended")


def test_a_referral_and_its_answers_are_stated() -> None:
    answered = after(a_referral(), ACCEPTED, ENDED)
    assert types(answered) == ["opened", "referral-noted", "referral-answer-noted", "referral-answer-noted"]
    (referral,) = enquiry_of(answered).course.referrals
    assert (referral.answered_at, referral.ended_at) == (days(3), days(9))


def test_answers_wait_for_what_they_answer_in_whatever_order_they_come() -> None:
    ends = {enquiry_of(after(*order)) for order in permutations((a_referral(), ACCEPTED, ENDED, TO_REVIEW))}
    assert len(ends) == 1
    assert len(after(ENDED, ACCEPTED).held) == 2
    assert len(after(a_referral(), ENDED).held) == 1


def test_a_matter_may_have_been_referred_before_the_enquiry_started() -> None:
    assert after(a_referral(referred_at=days(-2))).refused == {}


def test_the_same_again_changes_nothing() -> None:
    events = a_referral(), ACCEPTED, ENDED
    assert types(after(*events, *events)) == types(after(*events))
    assert after(*events, a_proposal(), a_closure_approval(), *events).refused == {}


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ((a_referral(to="childrens_services"),), "goes_first_without_police"),
        ((a_referral(referred_at=LATER + timedelta(minutes=6)),), "referred_at_in_the_future"),
        ((a_referral(), a_referral(reference="URN-1")), "referral_id_used"),
        ((a_referral_answer(answered_at=LATER + timedelta(minutes=6)),), "answered_at_in_the_future"),
        ((a_referral(), a_referral_answer(answered_at=days(0.5))), "answered_at_too_early"),
        ((a_referral(), ACCEPTED, a_referral_answer("ended", answered_at=days(2))), "answered_at_too_early"),
        ((a_referral(), ACCEPTED, a_referral_answer("declined")), "referral_answered"),
        ((a_referral(), a_referral_answer("declined"), ACCEPTED), "referral_answered"),
        ((a_referral(), a_referral_answer("declined"), ENDED), "referral_answered"),
        ((a_referral(), ACCEPTED, ENDED, a_referral_answer("ended", answered_at=days(10))), "referral_answered"),
        ((a_proposal(), a_closure_approval(), a_referral()), "enquiry_concluded"),
        ((a_proposal(), a_closure_approval(), ACCEPTED), "enquiry_concluded"),
    ],
)
def test_what_cannot_be_is_refused(events: tuple[Event, ...], code: str) -> None:
    assert after(*events).refused_codes == (code,)


def test_while_a_police_enquiry_goes_first_the_enquiry_is_not_closed() -> None:
    assert after(a_referral(), ACCEPTED, a_proposal(), a_closure_approval()).refused_codes == (
        "police_enquiry_goes_first",
    )
    over = after(a_referral(), ACCEPTED, a_proposal(), ENDED, a_closure_approval())
    assert types(over)[-1] == "concluded"


@pytest.mark.parametrize(
    "events",
    [
        (a_referral(),),
        (a_referral(), a_referral_answer("declined")),
        (a_referral(goes_first=False), ACCEPTED),
        (TO_REVIEW, a_referral_answer(name="SAR")),
    ],
)
def test_no_other_referral_keeps_an_enquiry_open(events: tuple[Event, ...]) -> None:
    assert types(after(*events, a_proposal(), a_closure_approval()))[-1] == "concluded"


def test_what_became_of_a_review_is_taken_down_after_the_enquiry_is_concluded() -> None:
    closed = after(TO_REVIEW, a_proposal(), a_closure_approval())
    closed.tell(told(a_referral_answer(name="SAR", answered_at=days(200)), "late", LATER))
    assert types(closed)[-1] == "referral-answer-noted"
    assert enquiry_of(closed).concluded is not None
