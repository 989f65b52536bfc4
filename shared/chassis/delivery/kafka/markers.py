"""What senders' transactions leave in a log that is no record: their markers, and what they took back (rule 18)."""

from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.delivery.kafka.positions import Partition


async def lie_between(reader: LogReader | None, partition: Partition, first: int, last: int) -> bool:
    """Whether the first record from one offset on is the one at another; False where Kafka does not say."""
    if reader is None or last < first:
        return False
    try:
        record = (await reader.first_after(partition, first)).record
    except NotKnownError:
        return False
    return record is not None and record.offset == last


async def end_of(reader: LogReader | None, partition: Partition, offset: int) -> int:
    """How far there is no record from an offset on, where none follows at all; the offset itself in any other case."""
    if reader is None:
        return offset
    try:
        found = await reader.first_after(partition, offset)
    except NotKnownError:
        return offset
    return found.reached if found.record is None else offset
