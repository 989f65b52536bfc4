"""Where we are in a partition; the next offset to read is kept with the effect (`applying/position_rows.py`)."""

from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord

Partition = tuple[str, int]
Records = Sequence["ConsumerRecord[bytes, bytes]"]


class Position(NamedTuple):
    """Where we are in a partition.

    `fingerprint` is of the record we read last, and `last_offset` its place; both None where there was none yet.
    Between it and the next offset there may be a sender's marker, which is no record.
    """

    next_offset: int
    fingerprint: bytes | None
    last_offset: int | None = None
