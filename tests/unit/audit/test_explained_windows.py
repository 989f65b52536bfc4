"""A repeat review says what it counted and what it did not, and why, as it was known when it opened."""

from datetime import UTC, datetime, timedelta

from services.audit.cases import Case
from services.audit.policy import POLICY
from services.audit.service import service
from shared.contracts.audit import Considered, CountedAs, RepeatReviewOpened
from shared.kernel.event import Event
from tests.support.audit_builders import linked, received, stated, tellings, withdrawn
from tests.support.builders import ADA
from tests.support.enquiry_builders import LATER, concern_id, london
from tests.support.interleave import Story, story

T = london(2024, 3, 6)
DAY = timedelta(days=1)
RECENT = [received(name, T - (3 - place) * DAY) for place, name in enumerate("abcd")]


def explained(*events: Event) -> RepeatReviewOpened:
    of: Story[Case] = story(service, tellings(events, LATER))
    (review,) = stated(of, RepeatReviewOpened)
    assert isinstance(review, RepeatReviewOpened)
    return review


def told(review: RepeatReviewOpened) -> dict[str, tuple[CountedAs, str | None]]:
    names = {concern_id(name): name for name in "abcdefgh"}
    return {
        names[one.concern_id]: (one.counted, names[one.same_as] if one.same_as is not None else None)
        for one in review.considered
    }


COUNTED = dict.fromkeys("abcd", (CountedAs.COUNTED, None))


def test_each_concern_of_the_window_is_there_with_its_day_and_its_adult() -> None:
    review = explained(*RECENT)
    assert told(review) == COUNTED
    assert review.considered[0] == Considered(
        concern_id=concern_id("a"), adult_id=ADA, received_on=(T - 3 * DAY).date(), counted=CountedAs.COUNTED
    )
    assert review.policy == POLICY.version
    assert review.adults == ()


def test_another_report_of_an_incident_names_the_one_that_counts() -> None:
    again = explained(received("e", T - 2 * DAY), linked("e", "a"), *RECENT)
    assert told(again) == COUNTED | {"e": (CountedAs.SAME_INCIDENT, "a")}


def test_a_withdrawn_concern_is_listed_and_not_counted() -> None:
    review = explained(received("e", T - DAY), withdrawn("e"), *RECENT)
    assert told(review) == COUNTED | {"e": (CountedAs.WITHDRAWN, None)}
    assert concern_id("e") not in review.counted


def test_one_of_the_very_day_twelve_months_before_is_listed_as_outside_and_older_ones_are_not_listed() -> None:
    today = [received(name, T + place * timedelta(minutes=1)) for place, name in enumerate("abcd")]
    review = explained(received("e", london(2023, 3, 6)), received("f", london(2023, 3, 5)), *today)
    assert told(review) == COUNTED | {"e": (CountedAs.OUTSIDE_WINDOW, None)}


def test_an_incident_first_reported_before_the_window_brings_that_report_along() -> None:
    review = explained(received("e", T - DAY), received("f", london(2022, 1, 1)), linked("e", "f"), *RECENT)
    assert told(review) == COUNTED | {"e": (CountedAs.SAME_INCIDENT, "f"), "f": (CountedAs.OUTSIDE_WINDOW, None)}


def test_a_later_report_of_a_counted_incident_is_the_same_incident() -> None:
    review = explained(received("e", T + 40 * DAY), linked("a", "e"), *RECENT)
    assert told(review) == COUNTED | {"e": (CountedAs.SAME_INCIDENT, "a")}


def test_what_is_listed_is_in_order_of_receipt_and_counted_is_what_is_said_to_count() -> None:
    review = explained(received("e", T - 200 * DAY), received("f", T - DAY), linked("f", "b"), withdrawn("e"), *RECENT)
    days = [one.received_on for one in review.considered]
    assert days == sorted(days)
    counting = [one.concern_id for one in review.considered if one.counted is CountedAs.COUNTED]
    assert tuple(counting) == review.counted


def test_days_are_londons() -> None:
    """Half past eleven in UTC on a day of summer is the next day in London."""
    summer = datetime(2024, 6, 30, 23, 30, tzinfo=UTC)
    review = explained(*(received(name, summer + place * timedelta(minutes=1)) for place, name in enumerate("abcd")))
    assert {str(one.received_on) for one in review.considered} == {"2024-07-01"}
    assert str(review.window_after) == "2023-07-01"
