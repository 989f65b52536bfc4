"""Repeat concerns: more than three separate ones within twelve months open a review (seed 003:3695).

Windows look both ways: a concern that arrives late, a duplicate found late, a merge or its end changes windows that
end before and after it (delivery rule 7). So what a person's concerns warrant is worked out anew from all that is
known, and never depends on the order in which it became known (design section 4, rule 9).

A review belongs to a person; its identity derives from the person's lead and the reviews that were done before.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, KeptReview
from services.audit.incidents import Incident
from services.audit.people import Person, lead_of, named
from services.audit.policy import POLICY, Policy
from services.audit.windows import End, ends_of, explained, incidents_of
from shared.contracts.audit import RepeatConcernJoined, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.event import Event
from shared.kernel.identity import derived

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(NamedTuple):
    """The review that is open for a person, and the concerns it is about: one for each incident."""

    review_id: UUID
    person: Person
    ends: tuple[UUID, ...]


def review_identity(lead: UUID, ordinal: int, *others: UUID) -> UUID:
    """The identity of a person's first, second, … review; `others` are those before where not all were its own."""
    return derived("repeat-review", str(lead), str(ordinal), *map(str, sorted(others)))


def review_after(lead: UUID, done: AbstractSet[UUID]) -> UUID:
    """The identity of the review that follows those done, in whatever order they became known.

    Once it is done itself, it is among the lead's for ever, and no other review has its identity.
    """
    own = {review_identity(lead, ordinal) for ordinal in range(1, len(done) + 1)}
    return review_identity(lead, len(done) + 1, *(() if own == done else done))


def standing(person: Person) -> Standing | None:
    """The open review of a person, where there is one."""
    lead = lead_of(person)
    ends = person[lead].review_ends
    return Standing(_review_of(person), person, ends) if ends else None


def open_review(adult: Adult) -> KeptReview | None:
    """The open review that this record keeps, and since when; None where it keeps none."""
    if not adult.review_ends or adult.kept_review is not None:
        return adult.kept_review
    review_id = review_after(adult.adult_id, {review.review_id for review in adult.reviewed})
    first = adult.concern(adult.review_ends[0])
    return KeptReview(review_id, _LONG_AGO if first is None else first.received_at)


def never_repeats(adult: Adult, policy: Policy = POLICY) -> bool:
    """Whether an adult is one person alone with too few concerns for any review: most are, and ever will be."""
    return len(adult.concerns) <= policy.repeat_after and not adult.merges and not adult.review_ends


def settle(
    before: Sequence[Person], after: Sequence[Person], policy: Policy = POLICY
) -> tuple[dict[UUID, Adult], tuple[Event, ...]]:
    """The adults whose review changed, and how it did: withdrawn, opened, joined.

    `before` are the persons as they were, with the reviews that stood; `after` the same adults as they are.
    """
    stood = {review.review_id: review for person in before if (review := standing(person)) is not None}
    settled: dict[UUID, Adult] = {}
    told: list[Event] = []
    for person in after:
        incidents = incidents_of(person, policy)
        ends = _not_reviewed(ends_of(incidents, policy), person)
        settled |= _kept(person, tuple(end.incident.first.concern_id for end in ends))
        if not ends:
            continue
        review_id = _review_of(person)
        earlier = stood.pop(review_id, None)
        if earlier is None:
            told.append(_opened(person, review_id, incidents, opening := _opening(ends), policy))
            new = [end for end in ends if end.incident.day > opening.incident.day]
        else:
            known = set(earlier.ends)
            new = [end for end in ends if known.isdisjoint(end.incident.concerns)]
        told += _joined(lead_of(person), review_id, new)
    return settled, (*map(_withdrawn, stood.values()), *told)


def joined(adult: Adult, concern_id: UUID) -> list[Event]:
    """What is told of a concern that joins the open review of an adult who is one person alone."""
    review_id = review_after(adult.adult_id, {review.review_id for review in adult.reviewed})
    return [RepeatConcernJoined(review_id=review_id, adult_id=adult.adult_id, concern_id=concern_id)]


def _not_reviewed(ends: list[End], person: Person) -> list[End]:
    """What a done review was about asks for no other; the next end that meets the rule does."""
    covered = {concern_id for adult in person.values() for review in adult.reviewed for concern_id in review.covers}
    return [end for end in ends if covered.isdisjoint(end.incident.concerns)] if covered else ends


def _review_of(person: Person) -> UUID:
    done = {review.review_id for adult in person.values() for review in adult.reviewed}
    return review_after(lead_of(person), done)


def _kept(person: Person, ends: tuple[UUID, ...]) -> dict[UUID, Adult]:
    """The lead keeps what the review is about, and nobody else does."""
    lead = lead_of(person)
    kept = None
    if ends and len(person) > 1:
        received = {concern.concern_id: concern.received_at for one in person.values() for concern in one.concerns}
        kept = KeptReview(_review_of(person), received[ends[0]])
    wanted = {adult_id: (ends, kept) if adult_id == lead else ((), None) for adult_id in person}
    return {
        adult_id: replace(adult, review_ends=wanted[adult_id][0], kept_review=wanted[adult_id][1])
        for adult_id, adult in person.items()
        if (adult.review_ends, adult.kept_review) != wanted[adult_id]
    }


def _opening(ends: list[End]) -> End:
    """The last incident of the first day that meets the rule; later days join."""
    day = ends[0].incident.day
    return next(end for end in reversed(ends) if end.incident.day == day)


def _opened(person: Person, review_id: UUID, incidents: list[Incident], opening: End, policy: Policy) -> Event:
    window = explained(person, incidents, opening, policy)
    return RepeatReviewOpened(
        review_id=review_id,
        adult_id=lead_of(person),
        concern_id=opening.incident.first.concern_id,
        counted=window.counted,
        window_after=window.after,
        window_to=window.to,
        considered=window.considered,
        adults=named(person),
        policy=policy.version,
    )


def _joined(lead: UUID, review_id: UUID, new: list[End]) -> list[Event]:
    return [
        RepeatConcernJoined(review_id=review_id, adult_id=lead, concern_id=end.incident.first.concern_id) for end in new
    ]


def _withdrawn(review: Standing) -> Event:
    return RepeatReviewWithdrawn(
        review_id=review.review_id, adult_id=lead_of(review.person), adults=named(review.person)
    )
