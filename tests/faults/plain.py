"""Records as they lie on their topics, whole, read by librdkafka.

Not by aiokafka: in a process that has ever imported the services it is theirs, and unpacks no more than they do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

_AT_ONCE = 500
_LOOK_S = 0.2

Place = tuple[str, int]
_NOWHERE: Place = ("", 0)


class Plain(NamedTuple):
    """One record."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


async def read(bootstrap: str, spans: Mapping[Place, tuple[int, int]], deadline_s: float) -> list[Plain]:
    """What has been committed in each of these parts of logs, from the first offset to before the last."""
    some = {place: span for place, span in spans.items() if span[0] < span[1]}
    return await asyncio.to_thread(_read, bootstrap, some, deadline_s)


def _read(bootstrap: str, spans: Mapping[Place, tuple[int, int]], deadline_s: float) -> list[Plain]:
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False,
        "isolation.level": "read_committed", "enable.partition.eof": True, "auto.offset.reset": "error",
    })  # fmt: skip
    found: list[Plain] = []
    left = set(spans)
    deadline = time.monotonic() + deadline_s
    try:
        consumer.assign([TopicPartition(topic, number, begin) for (topic, number), (begin, _) in spans.items()])
        while left:
            if time.monotonic() > deadline:
                raise AssertionError(f"these could not be read to their ends within {deadline_s} s: {sorted(left)}")
            for message in consumer.consume(_AT_ONCE, _LOOK_S):
                record, ended = _looked_at(message)
                if record is not None:
                    end = spans[record[:2]][1]
                    if record.offset < end:
                        found.append(record)
                    # Not so where the marker of a transaction comes last: then the end itself is told of.
                    ended = record[:2] if record.offset + 1 >= end else None
                left.discard(ended or _NOWHERE)
    finally:
        consumer.close()
    return found


def _looked_at(message: Any) -> tuple[Plain | None, Place | None]:
    """A record, or the part of a log that has been read to its end; neither where the broker is away for a while."""
    error = message.error()
    if error is None:
        at, headers = message.timestamp()[1], tuple(message.headers() or ())
        place = message.topic(), message.partition()
        return Plain(*place, message.offset(), at, message.key(), message.value(), headers), None
    if error.code() == KafkaError._PARTITION_EOF:
        return None, (message.topic(), message.partition())
    if error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:
        raise KafkaException(error)
    return None, None
