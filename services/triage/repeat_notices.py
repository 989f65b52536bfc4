"""What triage notices of an adult's repeat reviews: that one is open, and what the last one planned.

A practitioner who opens a concern sees both (design section 2); the reviews themselves are audit's. A review of a
person with several records is noticed with each of them, since a concern is opened under one.
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Adult, Case, adult_in
from services.triage.policy import Policy
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.decision import Decision
from shared.kernel.event import Metadata

Notice = RepeatReviewOpened | RepeatReviewDone | RepeatReviewWithdrawn
N = TypeVar("N", RepeatReviewOpened, RepeatReviewDone, RepeatReviewWithdrawn)


def adults_of(event: Notice) -> tuple[UUID, ...]:
    """The records that are the person under review, the one the review is kept with first."""
    return tuple(dict.fromkeys((event.adult_id, *event.adults)))


def opened(cases: Mapping[UUID, Case], event: RepeatReviewOpened, _meta: Metadata, _policy: Policy) -> Decision[Case]:
    """The review is under way, unless it is known to have ended."""
    return _noticed(cases, event, _opened)


def withdrawn(
    cases: Mapping[UUID, Case], event: RepeatReviewWithdrawn, _meta: Metadata, _policy: Policy
) -> Decision[Case]:
    """The review is no longer under way; it may be opened again, and what an earlier one planned still holds."""
    return _noticed(cases, event, _not_open)


def done(cases: Mapping[UUID, Case], event: RepeatReviewDone, _meta: Metadata, _policy: Policy) -> Decision[Case]:
    """The review is done, and what it planned holds unless a later one has been heard of."""
    return _noticed(cases, event, _done)


def _noticed(cases: Mapping[UUID, Case], event: N, notice: Callable[[Adult, N], Adult]) -> Decision[Case]:
    changed: dict[UUID, Case] = {}
    for adult_id in adults_of(event):
        known = adult_in(cases, adult_id)
        noticed = _kept_with(adult_id, notice(known, event), event)
        if noticed != known:
            changed[adult_id] = noticed
    return Decision(changed)


def _kept_with(adult_id: UUID, adult: Adult, event: Notice) -> Adult:
    """With the open reviews that are kept with this record: a review is when it is opened for it."""
    kept = {*adult.kept_reviews, event.review_id} if adult_id == event.adult_id else {*adult.kept_reviews}
    return replace(adult, kept_reviews=tuple(sorted(kept & {*adult.open_reviews})))


def _opened(adult: Adult, event: RepeatReviewOpened) -> Adult:
    if event.review_id in adult.open_reviews or event.review_id in adult.ended_reviews:
        return adult
    return replace(adult, open_reviews=tuple(sorted((*adult.open_reviews, event.review_id))))


def _not_open(adult: Adult, event: RepeatReviewWithdrawn | RepeatReviewDone) -> Adult:
    return replace(adult, open_reviews=tuple(review for review in adult.open_reviews if review != event.review_id))


def _done(adult: Adult, event: RepeatReviewDone) -> Adult:
    adult = _not_open(adult, event)
    adult = replace(adult, ended_reviews=tuple(sorted({*adult.ended_reviews, event.review_id})))
    if adult.reviewed_at is None or adult.reviewed_at <= event.reviewed_at:
        adult = replace(adult, safety_planning=event.safety_planning, reviewed_at=event.reviewed_at.astimezone(UTC))
    return adult
