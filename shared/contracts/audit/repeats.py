"""What audit states of adults about whom concerns keep coming: repeat reviews, and why there is one."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.contracts.refusal import Refusal
from shared.kernel.event import Event, Value
from shared.kernel.fields import Code, Day, Instant


class CountedAs(StrEnum):
    """Whether a concern counts in a window, or why it does not."""

    COUNTED = "counted"
    SAME_INCIDENT = "same_incident"
    WITHDRAWN = "withdrawn"
    OUTSIDE_WINDOW = "outside_window"


class Considered(Value):
    """One concern as it was considered: whose it is, when it was received, and whether it counts.

    Where it reports the incident of another, `same_as` is the one that counts.
    """

    concern_id: UUID
    adult_id: UUID
    received_on: Day
    counted: CountedAs
    same_as: UUID | None = None


class RepeatReviewOpened(Event):
    """More than three separate concerns about one adult within twelve months: a review, for safety planning.

    `counted` are the concerns of the window (`window_after`, `window_to`], one for each separate incident.
    `considered` explains the window as it was known then: every concern about the adult, counted or not, and why.
    `adults` are the records that are one person, where more than one is merged; `adult_id` is the least of them.
    """

    type: ClassVar[str] = "safeguarding.audit.repeat-review-opened.v1"
    topic: ClassVar[str] = "audit.repeat-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "review_id"
    sentence: ClassVar[str] = (
        "a repeat review {review_id} is open for adult {adult_id}: concern {concern_id} is more than three"
        " separate ones between {window_after} and {window_to}"
    )

    review_id: UUID
    adult_id: UUID
    concern_id: UUID
    counted: tuple[UUID, ...]
    window_after: Day
    window_to: Day
    considered: tuple[Considered, ...] = ()
    adults: tuple[UUID, ...] = ()
    policy: Code | None = None


class RepeatConcernJoined(Event):
    """A further concern that meets the rule while the review is open joins it."""

    type: ClassVar[str] = "safeguarding.audit.repeat-concern-joined.v1"
    topic: ClassVar[str] = "audit.repeat-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "concern {concern_id} joins repeat review {review_id} of adult {adult_id}"

    review_id: UUID
    adult_id: UUID
    concern_id: UUID


class RepeatReviewWithdrawn(Event):
    """The open review is no longer justified: what it counted turned out not to be separate, or not one adult's."""

    type: ClassVar[str] = "safeguarding.audit.repeat-review-withdrawn.v1"
    topic: ClassVar[str] = "audit.repeat-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "review_id"
    sentence: ClassVar[str] = (
        "repeat review {review_id} of adult {adult_id} is withdrawn: what it counted was not separate"
    )

    review_id: UUID
    adult_id: UUID
    adults: tuple[UUID, ...] = ()


class RepeatReviewDone(Event):
    """The review was carried out, with what it did for safety planning."""

    type: ClassVar[str] = "safeguarding.audit.repeat-review-done.v1"
    topic: ClassVar[str] = "audit.repeat-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "review_id"
    sentence: ClassVar[str] = (
        "repeat review {review_id} of adult {adult_id} is done by {reviewed_by}: {safety_planning}"
    )

    review_id: UUID
    adult_id: UUID
    safety_planning: Code
    reviewed_by: Code
    reviewed_at: Instant
    adults: tuple[UUID, ...] = ()


class RepeatReviewRefused(Refusal):
    """A recorded repeat review is not accepted."""

    type: ClassVar[str] = "safeguarding.audit.repeat-review-refused.v1"
    topic: ClassVar[str] = "audit.repeat-concerns"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"
