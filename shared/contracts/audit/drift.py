"""What audit states of everything that stays open too long."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.kernel.event import Event
from shared.kernel.fields import Code, Day, Instant


class OpenKind(StrEnum):
    """What is open: a concern nobody has decided, or an enquiry not concluded."""

    CONCERN = "concern"
    ENQUIRY = "enquiry"


class DriftFlagged(Event):
    """Open for more than six calendar months, or due for another look: for the coordinator.

    `look` counts the times this has come to the coordinator: 1 at six months, then at each review's next look.
    """

    type: ClassVar[str] = "safeguarding.audit.drift-flagged.v1"
    topic: ClassVar[str] = "audit.drift"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "open_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = (
        "{kind} {open_id} of adult {adult_id} has been open since {started_at}: look {look} for the coordinator"
    )

    open_id: UUID
    kind: OpenKind
    adult_id: UUID
    started_at: Instant
    due_at: Instant
    look: int
    policy: Code | None = None


class DriftEnding(StrEnum):
    """Why a flag no longer stands: it ended after it was raised, or had ended before and we learned it late."""

    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class DriftEnded(Event):
    """What was flagged is decided or concluded; or had been before the flag fell due, and the flag is withdrawn."""

    type: ClassVar[str] = "safeguarding.audit.drift-ended.v1"
    topic: ClassVar[str] = "audit.drift"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "open_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "{kind} {open_id} of adult {adult_id} is no longer flagged: {ending}"

    open_id: UUID
    kind: OpenKind
    adult_id: UUID
    ending: DriftEnding


class DriftLookedAt(Event):
    """The coordinator has looked: legitimate or not, why it is still open, and when to look again."""

    type: ClassVar[str] = "safeguarding.audit.drift-looked-at.v1"
    topic: ClassVar[str] = "audit.drift"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "open_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = (
        "{reviewed_by} looked at {kind} {open_id}, open because {reason_open}; next look {next_look}"
    )

    open_id: UUID
    kind: OpenKind
    adult_id: UUID
    legitimate: bool
    reason_open: Code
    themes: tuple[Code, ...] = ()
    next_look: Day
    reviewed_by: Code
    reviewed_at: Instant


class DriftReviewRefused(Refusal):
    """A recorded drift review is not accepted."""

    type: ClassVar[str] = "safeguarding.audit.drift-review-refused.v1"
    topic: ClassVar[str] = "audit.drift"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"
    reader: ClassVar[str] = "coordinator"


class ReviewUnreadable(PlaceRefusal):
    """A record among the reviews says not even which event it is."""

    type: ClassVar[str] = "safeguarding.audit.review-unreadable.v1"
    topic: ClassVar[str] = "audit.drift"
    key_field: ClassVar[str] = "place"
    subject_field: ClassVar[str] = "place"
    reader: ClassVar[str] = "coordinator"
