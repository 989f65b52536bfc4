"""What is held: an event that waits for its case, or a record parked because something is wrong with it (rule 9)."""

from dataclasses import dataclass, field
from operator import attrgetter
from uuid import UUID

from shared.chassis.delivery.records.wire import Arrival, Unread


@dataclass(slots=True)
class Held:
    """An event that waits for its case, or a record parked because something is wrong with it.

    `id` is its row in the database, or None while it has none; `turn` is then its place in this batch.
    """

    found: Arrival | Unread
    case: UUID | None
    reason: str
    id: int | None = None
    turn: int = 0
    was: tuple[UUID | None, str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep where its row says it waits, and what for."""
        self.was = self.case, self.reason

    @property
    def age(self) -> tuple[bool, int]:
        """Its place in the order in which events came: what has a row came before what has none."""
        return self.id is None, self.turn if self.id is None else self.id


by_age = attrgetter("age")
NOBODY = (False, -1)
"""Older than whatever is held."""
