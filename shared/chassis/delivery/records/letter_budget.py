"""How much of what comes to nothing at a door is copied whole into dead letters, by writer and day (delivery rule 13).

Beyond that a letter keeps the place, size and hash of its record: a year of copies fills a disk, and the record itself
is in its topic for as long as that keeps it. Who wrote a record cannot be known, only what it says: so its source,
hashed into a few buckets of its partition, stands for its writer. One that changes its name all the time spends what
others have for copies, and never their answers; and no word of a sender is a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from shared.chassis.delivery.records.cloudevents import Record
from shared.kernel.event import Metadata

BUCKETS = 8
COPIED_A_DAY = 1024 * 1024
"""What is copied of a bucket of sources in a partition on one day, unless a setting says otherwise."""

Purse = tuple[str, int, int]
"""A door, one of its partitions, and a bucket of sources."""


class Spent(NamedTuple):
    """On which day, by the log's time, and how many bytes of records were copied."""

    day: date
    size: int


class Row(NamedTuple):
    """What a batch adds to a purse: bytes on that day, and how many records were not copied."""

    door: str
    partition: int
    bucket: int
    day: date
    size: int
    cut: int


@dataclass
class LetterBudget:
    """What was spent before this batch, and what the batch adds."""

    a_day: int
    spent: Mapping[Purse, Spent] = field(default_factory=dict)
    added: dict[Purse, Row] = field(default_factory=dict)

    def allows(self, door: str, record: Record, meta: Metadata | None) -> bool:
        """Whether a copy of this record is kept; it is spent then. The last one of a day may go over."""
        day = meta.recorded.date() if meta is not None else date.min
        purse = door, record.partition, bucket_of(meta.source if meta is not None else "")
        row = self.added.get(purse, Row(*purse, day, 0, 0))
        if row.day != day:
            row = row._replace(day=day, size=0)
        before = self.spent.get(purse)
        spent = row.size + (before.size if before is not None and before.day == day else 0)
        whole = spent < self.a_day
        self.added[purse] = row._replace(size=row.size + size_of(record)) if whole else row._replace(cut=row.cut + 1)
        return whole

    def rows(self) -> list[Row]:
        """What there is to add, in one order."""
        return sorted(self.added.values())


def bucket_of(source: str) -> int:
    """Which of a few buckets a source falls into."""
    return blake2b(source.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0] % BUCKETS


def size_of(record: Record) -> int:
    """How many bytes a copy of a record holds."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers
