"""Does Kafka's log still fit our position? A look at its bounds and at the record before it (delivery rule 3)."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.chassis.cloudevents import fingerprint
from shared.chassis.held import KeptRecord
from shared.chassis.polling import stand_in
from shared.chassis.positions import Partition, Position
from shared.chassis.settings import Settings

_FETCH_MS = 5000
_STOP_S = 5.0


class Misfit(NamedTuple):
    """A partition whose log does not continue where we stopped, in the words of an operator."""

    partition: Partition
    position: int
    log_starts: int
    log_ends: int
    reason: str


class LogReader:
    """A consumer without a group, to look at single records beside the real consumer."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Connect on entry."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=list(settings.kafka.bootstrap_servers),
            client_id=f"section42-{service}-look",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=4 * 1024 * 1024,
            **settings.kafka.security,
        )

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect; in a bounded time, because the client's stop can hang right after its assignment changed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._consumer.stop(), _STOP_S)

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, tuple[int, int]]:
        """Where each log begins and ends."""
        wanted = [TopicPartition(*partition) for partition in partitions]
        self._consumer.assign(wanted)
        begins = await self._consumer.beginning_offsets(wanted)
        ends = await self._consumer.end_offsets(wanted)
        return {(p.topic, p.partition): (begins[p], ends[p]) for p in wanted}

    async def record_at(self, partition: Partition, offset: int) -> "ConsumerRecord[bytes, bytes] | KeptRecord | None":
        """The record at an offset, or the first one after it; None where there is none in time."""
        wanted = TopicPartition(*partition)
        self._consumer.assign([wanted])
        self._consumer.seek(wanted, offset)
        try:
            found = await self._consumer.getmany(wanted, timeout_ms=_FETCH_MS, max_records=1)
        except UnicodeDecodeError:
            return stand_in(wanted.topic, wanted.partition, offset)
        records = found.get(wanted)
        return records[0] if records else None


async def misfits(
    reader: LogReader, known: Mapping[Partition, Position], bounds: Mapping[Partition, tuple[int, int]]
) -> list[Misfit]:
    """The partitions whose log has lost what we have not read, or is not the log we read."""
    found = []
    for partition, position in known.items():
        starts, ends = bounds[partition]
        reason = ""
        if starts > position.next_offset:
            reason = "the log begins after our position: records were deleted before we read them"
        elif ends < position.next_offset:
            reason = "the log ends before our position: the topic was made anew, or the broker lost records"
        elif position.fingerprint is not None and starts < position.next_offset:
            record = await reader.record_at(partition, position.next_offset - 1)
            if (
                record is None
                or record.offset != position.next_offset - 1
                or fingerprint(record) != position.fingerprint
            ):
                reason = "the record before our position is not the one we read: the topic was made anew"
        if reason:
            found.append(Misfit(partition, position.next_offset, starts, ends, reason))
    return found
