"""What the Safeguarding Adults Coordinator has looked at."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.kernel.event import Event
from shared.kernel.fields import Code, Day, Instant


class RepeatReviewed(Event):
    """The review of an adult's repeat concerns is done; its purpose is safety planning (seed 003:3695)."""

    type: ClassVar[str] = "safeguarding.audit.repeat-reviewed.v1"
    topic: ClassVar[str] = "audit-reviews"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "review_id"
    sentence: ClassVar[str] = "{reviewed_by} has done repeat review {review_id}: {safety_planning}"

    adult_id: UUID
    review_id: UUID
    safety_planning: Code
    reviewed_by: Code
    reviewed_at: Instant


class DriftReviewed(Event):
    """The Safeguarding Adults Coordinator has looked at something open for over six months (seed 003:3464-3466)."""

    type: ClassVar[str] = "safeguarding.audit.drift-reviewed.v1"
    topic: ClassVar[str] = "audit-reviews"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "open_id"
    sentence: ClassVar[str] = "{reviewed_by} has looked at {open_id}, open because {reason_open}; next look {next_look}"

    adult_id: UUID
    open_id: UUID
    legitimate: bool
    reason_open: Code
    themes: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    next_look: Day
    reviewed_by: Code
    reviewed_at: Instant
