"""Where several records are one person, a practitioner who opens any of them sees their repeat reviews."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.enquiry.cases import Case, RepeatReviews
from services.enquiry.decisions import keys
from services.enquiry.service import service
from shared.contracts.audit import RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.event import Event
from tests.support.builders import ADA, BEN, NOON, a_review_done, a_review_opened, a_review_withdrawn, review_id, told
from tests.support.interleave import story

BOTH: dict[str, Any] = {"adults": (ADA, BEN)}
OPENED = RepeatReviewOpened.model_validate(a_review_opened().model_dump() | BOTH)
WITHDRAWN = RepeatReviewWithdrawn.model_validate(a_review_withdrawn().model_dump() | BOTH)


def seen(*events: Event) -> Mapping[UUID, Case]:
    return story(service, [told(event, str(place)) for place, event in enumerate(events)]).cases


def test_a_review_is_about_each_record_of_the_adult_once() -> None:
    assert keys(OPENED) == (ADA, BEN)
    assert keys(a_review_opened()) == (ADA,)


def test_it_is_noted_for_each_of_them() -> None:
    assert seen(OPENED) == {adult: RepeatReviews(adult, open=(review_id("R1"),)) for adult in (ADA, BEN)}
    assert seen(OPENED, WITHDRAWN) == {adult: RepeatReviews(adult) for adult in (ADA, BEN)}


def test_what_it_planned_is_seen_from_each_of_them() -> None:
    done = seen(OPENED, a_review_done(**BOTH))
    assert done == {adult: RepeatReviews(adult, (), "plan-changed", NOON) for adult in (ADA, BEN)}


def test_reviews_of_their_own_stay_beside_it() -> None:
    both = seen(a_review_opened("R2", BEN), OPENED)
    assert both[BEN] == RepeatReviews(BEN, open=(review_id("R2"), review_id("R1")))
    assert both[ADA] == RepeatReviews(ADA, open=(review_id("R1"),))
