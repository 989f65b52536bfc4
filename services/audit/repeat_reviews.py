"""A repeat review is done: its purpose is safety planning, and it records it (design section 4, rule 9)."""

from datetime import UTC, datetime

from msgspec.structs import replace

from services.audit.cases import Adult, Reviewed
from services.audit.policy import from_the_future
from services.audit.repeat import review_identity
from shared.contracts.audit import RepeatReviewDone
from shared.contracts.doors import RepeatReviewed
from shared.kernel.decision import Decision, Refused, refused
from shared.kernel.event import Metadata


def review_repeats(adult: Adult, event: RepeatReviewed, meta: Metadata) -> Decision[Adult] | Refused:
    """The review done, and it stands whatever is learned later about the concerns it was about.

    Only audit opens reviews, so one it does not know to be open was not overtaken: nothing waits.
    """
    if reasons := from_the_future(event.reviewed_at, meta):
        return Refused(reasons)
    reviewed_at = event.reviewed_at.astimezone(UTC)
    for ordinal, earlier in enumerate(adult.reviewed, start=1):
        if event.review_id == review_identity(adult.adult_id, ordinal):
            return _again(earlier, event, reviewed_at)
    standing = review_identity(adult.adult_id, len(adult.reviewed) + 1)
    if not adult.review_ends or event.review_id != standing:
        return refused(
            "review_not_open",
            "No repeat review is open for this adult under this id: there is none, or it was withdrawn "
            "because its concerns turned out not to be separate. Accepted is the one that was last opened.",
            "review_id",
        )
    done = Reviewed(
        review_id=event.review_id,
        covers=adult.review_ends,
        safety_planning=event.safety_planning,
        reviewed_by=event.reviewed_by,
        reviewed_at=reviewed_at,
    )
    fact = RepeatReviewDone(
        review_id=event.review_id,
        adult_id=adult.adult_id,
        safety_planning=done.safety_planning,
        reviewed_by=done.reviewed_by,
        reviewed_at=done.reviewed_at,
    )
    state = replace(adult, reviewed=(*adult.reviewed, done), review_ends=())
    return Decision({adult.adult_id: state}, (fact,))


def _again(earlier: Reviewed, event: RepeatReviewed, reviewed_at: datetime) -> Decision[Adult] | Refused:
    said = (event.safety_planning, event.reviewed_by, reviewed_at)
    if said == (earlier.safety_planning, earlier.reviewed_by, earlier.reviewed_at):
        return Decision({})
    return refused(
        "review_done",
        "This repeat review is done, and what was first recorded of it stands. The next concern that meets "
        "the rule opens another review, which is accepted then.",
        "review_id",
    )
