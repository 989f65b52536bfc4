"""What audit remembers of an adult: their concerns, which are one incident, the reviews, and what is open.

Everything is kept in an order of its own, never that of arrival, so that whichever way events overtake each
other the case ends the same, byte for byte.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.audit import OpenKind


class Concern(msgspec.Struct, frozen=True, array_like=True):
    """A concern the council has received, whatever is decided on it."""

    concern_id: UUID
    received_at: datetime


class SameIncident(msgspec.Struct, frozen=True, array_like=True):
    """Two concerns that report one incident. Either may not have been received, or be about another adult."""

    concern_id: UUID
    duplicate_of: UUID


class Reviewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A repeat review that was done, and what it was about: a concern for each incident that met the rule."""

    covers: tuple[UUID, ...]
    safety_planning: str
    reviewed_by: str
    reviewed_at: datetime


class Look(msgspec.Struct, frozen=True, omit_defaults=True):
    """The coordinator's last look at something open, and the day of the next."""

    legitimate: bool
    reason_open: str
    next_look: date
    reviewed_by: str
    reviewed_at: datetime


class Open(msgspec.Struct, frozen=True, omit_defaults=True):
    """An undecided concern or an enquiry not concluded.

    `next_flag` is when it next comes to the coordinator; None while it is with them. `flagged_at` is when it
    last did, and `look` how often so far. `ended` is set where the end was known before the start was.
    """

    open_id: UUID
    kind: OpenKind
    started_at: datetime
    next_flag: datetime | None
    look: int = 0
    flagged_at: datetime | None = None
    last_look: Look | None = None
    ended: datetime | None = None


class Ended(msgspec.Struct, frozen=True, array_like=True):
    """What was decided or concluded before we learned that it had started, and when that was recorded."""

    open_id: UUID
    recorded: datetime


class Adult(msgspec.Struct, frozen=True, omit_defaults=True, tag="adult"):
    """An adult, by an opaque id.

    `linked` are the duplicates a person found at intake, `triaged` those a triage decision names.
    `review_ends` are the concerns the open repeat review is about; none where no review is open.
    """

    adult_id: UUID
    concerns: tuple[Concern, ...] = ()
    linked: tuple[SameIncident, ...] = ()
    triaged: tuple[SameIncident, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    review_ends: tuple[UUID, ...] = ()
    open: tuple[Open, ...] = ()
    ended: tuple[Ended, ...] = ()

    def knows(self, concern_id: UUID) -> bool:
        """Whether a concern has been received about this adult."""
        return any(concern.concern_id == concern_id for concern in self.concerns)
