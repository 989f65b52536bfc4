"""A practitioner who opens a concern sees that a repeat review is open, and its plan: design section 2."""

from datetime import timedelta
from itertools import permutations

from services.triage.cases import Adult
from services.triage.service import service
from tests.support.builders import (
    ADA,
    BEN,
    NOON,
    a_review_done,
    a_review_opened,
    a_review_withdrawn,
    review_id,
    told,
)
from tests.support.interleave import Told, story

OPENED = told(a_review_opened(), "opened")
DONE = told(a_review_done(), "done")
WITHDRAWN = told(a_review_withdrawn(), "withdrawn")


def noticed(*events: Told) -> Adult:
    case = story(service, events).cases[ADA]
    assert isinstance(case, Adult)
    return case


def test_an_open_review_is_noticed() -> None:
    assert noticed(OPENED) == Adult(open_reviews=(review_id("R1"),), kept_reviews=(review_id("R1"),))


def test_a_done_review_is_noticed_with_its_safety_planning() -> None:
    assert noticed(OPENED, DONE) == Adult(
        ended_reviews=(review_id("R1"),), safety_planning="plan-changed", reviewed_at=NOON
    )


def test_a_withdrawn_review_leaves_nothing_open_and_plans_nothing() -> None:
    assert noticed(OPENED, WITHDRAWN) == Adult()


def test_a_withdrawn_review_leaves_what_an_earlier_one_planned() -> None:
    told_of = noticed(OPENED, DONE, told(a_review_opened("R2"), "2"), told(a_review_withdrawn("R2"), "3"))

    assert told_of.safety_planning == "plan-changed"
    assert told_of.open_reviews == ()


def test_an_opening_told_after_the_review_was_done_opens_nothing() -> None:
    assert noticed(DONE, OPENED) == noticed(OPENED, DONE)


def test_a_withdrawn_review_may_be_opened_again() -> None:
    again = told(a_review_opened("R1"), "again")

    assert noticed(OPENED, WITHDRAWN, again) == noticed(OPENED)


def test_every_order_with_everything_told_twice_is_noticed_alike() -> None:
    later = a_review_done("R2", safety_planning="nothing-changed", reviewed_at=NOON + timedelta(days=30))
    events = [
        OPENED,
        DONE,
        told(a_review_opened("R2"), "opened-2"),
        told(later, "done-2"),
        told(a_review_opened("R3"), "opened-3"),
    ]
    expected = noticed(*events)

    assert expected.safety_planning == "nothing-changed"
    assert expected.open_reviews == (review_id("R3"),)
    assert all(noticed(*order, *order) == expected for order in permutations(events))


def test_one_adults_review_is_no_others() -> None:
    assert list(story(service, [told(a_review_opened(adult_id=BEN))]).cases) == [BEN]


def test_notices_state_nothing() -> None:
    assert story(service, [OPENED, DONE, WITHDRAWN]).facts == []


def test_a_review_of_one_person_with_several_records_is_noticed_with_each_of_them() -> None:
    """A practitioner opens a concern under the record it was received for."""
    both = (ADA, BEN)
    opening = told(a_review_opened().model_copy(update={"adults": both}), "opened")
    ending = told(a_review_done(adults=both), "done")

    assert set(service.keys(opening.event)) == set(both)
    opened, done = story(service, [opening]).cases, story(service, [opening, ending]).cases
    assert opened == {ADA: noticed(OPENED), BEN: Adult(open_reviews=(review_id("R1"),))}, (
        "kept with one, and counted once"
    )
    assert done == dict.fromkeys(both, noticed(OPENED, DONE))
    assert story(service, [ending, opening]).cases == done


def test_a_review_that_names_no_further_records_is_of_the_one_adult_and_of_those_it_names_otherwise() -> None:
    withdrawn = a_review_withdrawn()

    assert service.keys(withdrawn) == (ADA,)
    assert service.keys(withdrawn.model_copy(update={"adults": (ADA,)})) == (ADA,)
    assert service.keys(withdrawn.model_copy(update={"adults": (BEN, ADA)})) == (ADA, BEN)


def test_a_withdrawn_review_of_several_records_is_open_with_none_of_them() -> None:
    both = (ADA, BEN)
    opening = told(a_review_opened().model_copy(update={"adults": both}), "opened")
    withdrawing = told(a_review_withdrawn().model_copy(update={"adults": both}), "withdrawn")

    assert story(service, [opening, withdrawing]).cases == {ADA: Adult(), BEN: Adult()}
