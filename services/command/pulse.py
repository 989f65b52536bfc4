"""How the services stand, over connections that stay open: what drives their clock asks a hundred times a second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from services import SERVICES
from services.command.post import Outgoing
from services.command.problems import CommandError
from shared.chassis.delivery.kafka.log_reader import LogReader

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_ONE = """
SELECT '{service}', (SELECT count(*)::int FROM {service}.outbox), (SELECT min(due) FROM {service}.cases),
       (SELECT step FROM {service}.clock_step),
       (SELECT json_agg(json_build_array(topic, partition, next_offset))::text FROM {service}.positions)
"""
_ALL = " UNION ALL ".join(_ONE.format(service=service) for service in SERVICES)
"""One statement, and so one instant for all services."""
_ANSWER_S, _PAUSE_S = 10.0, 0.05


class Beat(NamedTuple):
    """One service: records to read, rows to publish, its next timer, and the last step it has reported."""

    lag: int
    outbox: int
    due: datetime | None
    step: int


class Pulse(dict[str, Beat]):
    """Every service's beat, by its name."""

    @property
    def at_rest(self) -> bool:
        """Whether everything that is in the log has been applied, and all that follows from it is in the log."""
        return not any(beat.lag or beat.outbox for beat in self.values())

    @property
    def step(self) -> int:
        """The last step that every service has reported."""
        return min(beat.step for beat in self.values())

    @property
    def due(self) -> datetime | None:
        """When the next timer of any service falls due."""
        return min((beat.due for beat in self.values() if beat.due is not None), default=None)


@dataclass
class Driver:
    """Writes to the doors and the clock, and feels the pulse."""

    prefix: str
    _producer: Any
    _reader: Any
    _connection: Any
    _read_by: Mapping[str, Iterable[Any]]
    _partitions: Sequence[tuple[str, int]]

    async def post(self, records: Iterable[Outgoing]) -> None:
        """Write records in order and wait until the broker has them."""
        sent = [
            await self._producer.send(self.prefix + each.topic, each.value, key=each.key.encode(), headers=each.headers)
            for each in records
        ]
        await asyncio.gather(*sent)

    async def pulse(self) -> Pulse:
        """How every service stands. The database first, the log after it: whatever is on its way shows as lag."""
        rows = await self._connection.fetch(_ALL)
        ends = await self._ends()
        found = Pulse()
        for service, outbox, due, step, positions in rows:
            at = {(self._full(topic), number): offset for topic, number, offset in json.loads(positions or "[]")}
            lag = sum(
                max(0, ends[partition.topic, partition.partition] - at.get((partition.topic, partition.partition), 0))
                for partition in self._read_by[service]
            )
            found[service] = Beat(lag, outbox, due, -1 if step is None else step)
        return found

    async def _ends(self) -> dict[Any, int]:
        """Where every partition ends, markers and open transactions included: whatever has not been passed is lag."""
        asking, wanted = LogReader.of(self._reader), self._partitions
        until = time.monotonic() + _ANSWER_S
        while len(ends := await asking.ends(wanted)) < len(wanted):
            if time.monotonic() > until:
                raise CommandError("Kafka does not say where its topics end: is every broker up?")
            asking.look_around()
            await asyncio.sleep(_PAUSE_S)
        return ends

    def _full(self, topic: str) -> str:
        return self.prefix + topic.removeprefix(self.prefix)


@asynccontextmanager
async def driver(kafka: KafkaSettings, database_url: str, prefix: str) -> AsyncIterator[Driver]:
    """Everything a driver needs, opened. Says so in a line where there are no topics."""
    from aiokafka import TopicPartition

    from services.command.lag import partitions_of
    from services.command.registry import load
    from services.command.servers import consumer, database, producer
    from shared.contracts.doors import ClockTicked

    topics = {service: [prefix + topic for topic in load(service).topics] for service in SERVICES}
    async with database(database_url) as connection, consumer(kafka) as reader, producer(kafka) as writer:
        read_by = {service: await partitions_of(reader, names) for service, names in topics.items()}
        if not all(read_by.values()) or not await partitions_of(reader, [prefix + ClockTicked.topic]):
            raise CommandError(f"there are no topics that begin with {prefix}: run `section42 topics` first")
        wanted = sorted({(one.topic, one.partition) for partitions in read_by.values() for one in partitions})
        assigned = [TopicPartition(*one) for one in wanted]
        reader.assign(assigned)  # so that it goes on knowing who leads them
        reader.pause(*assigned)
        yield Driver(prefix, writer, reader, connection, read_by, wanted)
