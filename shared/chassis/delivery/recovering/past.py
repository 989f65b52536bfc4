"""Reads what was read before: a service's journal, and the records that its entries name, from wherever they lie."""

import asyncio
import contextlib
from collections import deque
from typing import Any, Self
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from shared.chassis.delivery.applying.journal import Told, entry_of
from shared.chassis.delivery.kafka.log_check import id_of
from shared.chassis.delivery.kafka.log_reader import LogReader
from shared.chassis.delivery.kafka.polling import SureConsumer
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.records.cloudevents import Record
from shared.chassis.process.errors import HistoryDiffers, Unverified
from shared.chassis.process.settings import Settings
from shared.contracts.topics import journal_of

_PATIENCE_S = 10.0
_POLL_MS = 500
_STOP_S = 5.0


class PastReader:
    """A consumer without a group that goes forward in each partition, as the journal does."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Connect on entry."""
        self._journal = TopicPartition(settings.topic_prefix + journal_of(service), 0)
        self._ahead: dict[Partition, deque[Record]] = {}
        self._next: dict[Partition, int] = {}
        self._given: dict[Partition, int] = {}
        self._consumer = SureConsumer(
            bootstrap_servers=list(settings.kafka.bootstrap_servers),
            client_id=f"section42-{service}-past",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=1024 * 1024,
            fetch_max_wait_ms=100,
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

    async def journal_bounds(self) -> tuple[int, int]:
        """Where the journal begins and ends. Raises Unverified where there is none."""
        if self._journal.topic not in await self._consumer.topics():
            raise Unverified(f"there is no topic {self._journal.topic}: run `section42 topics`")
        self._consumer.assign([self._journal])
        begins = await self._consumer.beginning_offsets([self._journal])
        ends = await self._consumer.end_offsets([self._journal])
        return begins[self._journal], ends[self._journal]

    async def journal_id(self) -> UUID | None:
        """Kafka's own name for the journal's topic, if it says one."""
        return await id_of(LogReader.of(self._consumer), self._journal.topic)

    async def journal(self, start: int, end: int) -> Told:
        """What lies in the journal between two offsets. Raises Unverified, HistoryDiffers."""
        where = self._journal.topic, self._journal.partition
        records = await self.records(where, start, end) if start < end else []
        read = [(record.offset, entry_of(record.value)) for record in records]
        return Told([one for _, one in read if one is not None], [offset for offset, one in read if one is None])

    async def records(self, partition: Partition, start: int, end: int) -> list[Record]:
        """The committed records between two offsets, again if it must be. Raises Unverified where they do not come."""
        where = TopicPartition(*partition)
        ahead = self._ahead.setdefault(partition, deque())
        if start < self._given.get(partition, 0):
            ahead.clear()
        while ahead and ahead[0].offset < start:
            ahead.popleft()
        if not ahead and self._next.get(partition) != start:
            self._go_to(where, start)
        self._given[partition] = end
        found: list[Record] = []
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while True:
            while ahead and ahead[0].offset < end:
                found.append(ahead.popleft())
            if ahead or self._next[partition] >= end:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise Unverified(f"{where.topic} {where.partition} does not answer from offset {start} on")
            ahead.extend(await self._more(where))
            self._next[partition] = await self._consumer.position(where)

    def _go_to(self, where: TopicPartition, offset: int) -> None:
        assigned = self._consumer.assignment()
        if where not in assigned:
            self._consumer.assign([*assigned, where])
            for other in assigned:
                self._consumer.seek(other, self._next.get((other.topic, other.partition), 0))
        self._consumer.seek(where, offset)
        self._next[where.topic, where.partition] = offset

    async def _more(self, where: TopicPartition) -> list[Any]:
        others = [other for other in self._consumer.assignment() if other != where]
        self._consumer.pause(*others)
        self._consumer.resume(where)
        try:
            return (await self._consumer.getmany(where, timeout_ms=_POLL_MS)).get(where, [])
        except OffsetOutOfRangeError:
            says = f"the records of {where.topic} {where.partition} from {self._next[where.topic, where.partition]} on"
            raise HistoryDiffers(f"{says} have expired: see `section42 journal`") from None
