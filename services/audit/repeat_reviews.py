"""A repeat review is done: its purpose is safety planning, and it records it (design section 4, rule 9)."""

from collections.abc import Mapping
from datetime import UTC
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Case, Reviewed
from services.audit.people import Person, lead_of, named, person_of
from services.audit.repeat import standing
from shared.contracts.audit import RepeatReviewDone
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import RepeatReviewed
from shared.kernel.decision import Decision, Refused, refused
from shared.kernel.event import Metadata

_IN_ORDER = attrgetter("reviewed_at", "review_id")


def review_repeats(cases: Mapping[UUID, Case], event: RepeatReviewed, meta: Metadata) -> Decision[Case] | Refused:
    """The review done, and it stands whatever is learned later about the concerns it was about.

    Any of the adults who are one person may be named. Only audit opens reviews, so one it does not know to be open
    was not overtaken: nothing waits.
    """
    if reasons := tuple(in_the_future(event.reviewed_at, "reviewed_at", meta.recorded)):
        return Refused(reasons)
    person = person_of(cases, event.adult_id)
    if (earlier := _done(person, event.review_id)) is not None:
        return _again(earlier, event)
    review = standing(person)
    if review is None or event.review_id != review.review_id:
        return refused(
            "review_not_open",
            "No repeat review is open for this adult under this id: there is none, or it was withdrawn "
            "because its concerns turned out not to be separate, or not one person's. Accepted is the one that "
            "was last opened.",
            "review_id",
        )
    done = Reviewed(
        review_id=event.review_id,
        covers=review.ends,
        safety_planning=event.safety_planning,
        reviewed_by=event.reviewed_by,
        reviewed_at=event.reviewed_at.astimezone(UTC),
    )
    fact = RepeatReviewDone(
        review_id=event.review_id,
        adult_id=lead_of(person),
        safety_planning=done.safety_planning,
        reviewed_by=done.reviewed_by,
        reviewed_at=done.reviewed_at,
        adults=named(person),
    )
    return Decision({adult_id: _with(adult, done) for adult_id, adult in person.items()}, (fact,))


def _with(adult: Adult, done: Reviewed) -> Adult:
    """Every adult of the person keeps the review, so that it stands wherever they go."""
    reviewed = tuple(sorted((*adult.reviewed, done), key=_IN_ORDER))
    return replace(adult, reviewed=reviewed, review_ends=(), kept_review=None)


def _done(person: Person, review_id: UUID) -> Reviewed | None:
    return next(
        (review for adult in person.values() for review in adult.reviewed if review.review_id == review_id), None
    )


def _again(earlier: Reviewed, event: RepeatReviewed) -> Decision[Case] | Refused:
    said = (event.safety_planning, event.reviewed_by, event.reviewed_at)
    if said == (earlier.safety_planning, earlier.reviewed_by, earlier.reviewed_at):
        return Decision({})
    return refused(
        "review_done",
        "This repeat review is done, and what was first recorded of it stands. The next concern that meets "
        "the rule opens another review, which is accepted then.",
        "review_id",
    )
