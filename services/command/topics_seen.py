"""Which topics are not set as they must be, in sentences."""

from __future__ import annotations

from typing import Any

from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.telling.topic_settings import DECLARED, misconfigured_topics


async def misconfigured_lines(reader: Any, prefix: str) -> list[str]:
    """Each topic of ours whose settings lose records, refuse ours, or let senders say when a record came.

    That Kafka does not say how they are set is something to look at as well, and no reason to say nothing else.
    """
    try:
        found = await misconfigured_topics(LogReader.of(reader), DECLARED, prefix)
    except NotKnownError as error:
        return [f"whether topics keep what they must is not known: {error}"]
    return [
        f"{topic} is not set as it must be: {reasons}: section42 topics" for topic, reasons in sorted(found.items())
    ]
