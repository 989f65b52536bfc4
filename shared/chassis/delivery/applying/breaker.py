"""The breaker: a burst of unreadable records of our own stops consumption until somebody, or a good record, says go on.

Its state is a row, written with the effect, so that a crash loop cannot drain a topic slice by slice. A door has none:
what one writer sends there stops nobody else, however bad and however much of it (rule 13).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.chassis.delivery.records.wire import Arrival, Unread
from shared.chassis.postgres.database import Connection
from shared.contracts import DOORS

_READ = "SELECT unreadable_in_a_row, tripped_at FROM breaker WHERE id = 1"
_CLOSE = "UPDATE breaker SET unreadable_in_a_row = 0, tripped_at = NULL WHERE id = 1"


@dataclass(frozen=True, slots=True)
class Breaker:
    """How many unreadable records of our own came in a row, and since when nothing is read because of it."""

    in_a_row: int = 0
    tripped_at: datetime | None = None

    def over(self, found: Sequence[Arrival | Unread | None], most: int, now: datetime) -> tuple[int, "Breaker"]:
        """How many of these records may be taken before the breaker trips, and the breaker after them.

        What came through a door neither counts nor ends a row.
        """
        row = self.in_a_row
        for index, one in enumerate(found):
            if one is not None and one.topic in DOORS:
                continue
            if not isinstance(one, Unread) or one.undecided:
                row = 0
                continue
            row += 1
            if row >= most:
                return index + 1, Breaker(row, now)
        return len(found), Breaker(row)


async def read(connection: Connection) -> Breaker:
    """The breaker as it stands."""
    row = await connection.fetchrow(_READ)
    return Breaker(*row) if row else Breaker()


async def close(connection: Connection) -> None:
    """Go on reading: a good record was seen."""
    await connection.execute(_CLOSE)
