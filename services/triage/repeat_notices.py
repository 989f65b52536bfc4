"""What triage notices of an adult's repeat reviews: that one is open, and what the last one planned.

A practitioner who opens a concern sees both (design section 2); the reviews themselves are audit's.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Adult, Case, adult_in
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.decision import Decision


def opened(cases: Mapping[UUID, Case], event: RepeatReviewOpened) -> Decision[Case]:
    """The review is under way, unless it is known to have ended."""
    adult = adult_in(cases, event.adult_id)
    if event.review_id in adult.open_reviews or event.review_id in adult.ended_reviews:
        return Decision({})
    return Decision(
        {event.adult_id: replace(adult, open_reviews=tuple(sorted((*adult.open_reviews, event.review_id))))}
    )


def withdrawn(cases: Mapping[UUID, Case], event: RepeatReviewWithdrawn) -> Decision[Case]:
    """The review is no longer under way; it may be opened again, and what an earlier one planned still holds."""
    return Decision({event.adult_id: _not_open(adult_in(cases, event.adult_id), event.review_id)})


def done(cases: Mapping[UUID, Case], event: RepeatReviewDone) -> Decision[Case]:
    """The review is done, and what it planned holds unless a later one has been heard of."""
    adult = _not_open(adult_in(cases, event.adult_id), event.review_id)
    adult = replace(adult, ended_reviews=tuple(sorted({*adult.ended_reviews, event.review_id})))
    if adult.reviewed_at is None or adult.reviewed_at <= event.reviewed_at:
        adult = replace(adult, safety_planning=event.safety_planning, reviewed_at=event.reviewed_at.astimezone(UTC))
    return Decision({event.adult_id: adult})


def _not_open(adult: Adult, review_id: UUID) -> Adult:
    return replace(adult, open_reviews=tuple(review for review in adult.open_reviews if review != review_id))
