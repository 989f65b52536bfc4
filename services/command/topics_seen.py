"""Which topics are not set as they must be, in sentences."""

from __future__ import annotations

from typing import Any

from services.command.problems import CommandError
from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.telling.topic_settings import DECLARED, misconfigured_topics


async def misconfigured_lines(reader: Any, prefix: str) -> list[str]:
    """Each topic of ours whose settings lose records, refuse ours, or let senders say when a record came."""
    try:
        found = await misconfigured_topics(LogReader.of(reader), DECLARED, prefix)
    except NotKnownError as error:
        raise CommandError(f"{error}: is every broker up, and may you describe topics?") from None
    return [
        f"{topic} is not set as it must be: {reasons}: section42 topics" for topic, reasons in sorted(found.items())
    ]
