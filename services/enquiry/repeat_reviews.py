"""A practitioner sees that a repeat review of the adult is open, and the last review's safety planning.

The purpose of a repeat review is safety planning (seed 003:3695); nobody plans around what they cannot see. Where
several records are one person, whoever opens any of them sees it.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Case, RepeatReviews
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.decision import Decision

Reviewing = RepeatReviewOpened | RepeatReviewDone | RepeatReviewWithdrawn


def note(cases: Mapping[UUID, Case], event: Reviewing) -> Decision[Case]:
    """What audit states of an adult's reviews, in its order: a withdrawn review may be opened again."""
    return Decision({adult_id: _of(adult_id, cases, event) for adult_id in (event.adult_id, *event.adults)})


def _of(adult_id: UUID, cases: Mapping[UUID, Case], event: Reviewing) -> RepeatReviews:
    known = cases.get(adult_id)
    reviews = known if isinstance(known, RepeatReviews) else RepeatReviews(adult_id)
    others = tuple(review_id for review_id in reviews.open if review_id != event.review_id)
    if isinstance(event, RepeatReviewOpened):
        return replace(reviews, open=(*others, event.review_id))
    ended = replace(reviews, open=others)
    return _planned(ended, event) if isinstance(event, RepeatReviewDone) else ended


def _planned(reviews: RepeatReviews, done: RepeatReviewDone) -> RepeatReviews:
    """What the last review planned, by when it was carried out; a withdrawn review takes nothing back."""
    reviewed_at = done.reviewed_at.astimezone(UTC)
    if reviews.reviewed_at is not None and reviews.reviewed_at > reviewed_at:
        return reviews
    return replace(reviews, safety_planning=done.safety_planning, reviewed_at=reviewed_at)
