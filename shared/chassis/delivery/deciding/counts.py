"""How many records of a batch had which outcome."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from shared.chassis.delivery.records.wire import Arrival, Unread
from shared.contracts import DOORS


class Counts:
    """By type of event; at doors by sender; and when the oldest that was applied of each type was recorded."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._tallies: Counter[tuple[str, str, str]] = Counter()
        self._oldest: dict[str, datetime] = {}
        self.outcomes: Mapping[tuple[str, str], int] = self._outcomes
        self.tallies: Mapping[tuple[str, str, str], int] = self._tallies
        self.oldest: Mapping[str, datetime] = self._oldest

    def record(self, found: Arrival | Unread, outcome: str) -> None:
        """A record had this outcome."""
        self.other(found.meta.type if isinstance(found, Arrival) else "unreadable", outcome)
        if found.topic in DOORS:
            self._tallies[found.topic, found.sender, outcome] += 1

    def applied(self, found: Arrival, outcome: str) -> None:
        """An event was decided on."""
        self.record(found, outcome)
        meta = found.meta
        self._oldest[meta.type] = min(meta.recorded, self._oldest.get(meta.type, meta.recorded))

    def other(self, what: str, outcome: str) -> None:
        """Something that is no record, or none for us, had this outcome."""
        self._outcomes[what, outcome] += 1

    def read(self, found: Arrival | Unread) -> None:
        """A record was read; how many came through a door is kept beside what became of them."""
        if found.topic in DOORS:
            self._tallies[found.topic, "", "read"] += 1
