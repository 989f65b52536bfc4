"""The driven clock of replays and tests."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.kernel.event import Event
from shared.kernel.fields import Instant


class ClockTicked(Event):
    """A driven clock has moved: every input up to `now` has been posted and applied. Never written in production."""

    type: ClassVar[str] = "safeguarding.clock.ticked.v1"
    topic: ClassVar[str] = "clock"
    key_field: ClassVar[str] = "step"
    subject_field: ClassVar[str] = "step"
    reader: ClassVar[str] = "services in a replay"
    sentence: ClassVar[str] = "the driven clock stands at {now}, step {step}"

    step: Annotated[int, Field(ge=0)]
    now: Instant
