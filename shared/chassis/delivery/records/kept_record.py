"""A record as it is kept, or stood in for, apart from the client library's own: all of Kafka's fields."""

from collections.abc import Sequence
from typing import NamedTuple


class KeptRecord(NamedTuple):
    """A record as it was kept: all of Kafka's fields, so that it can be read again as it came."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
