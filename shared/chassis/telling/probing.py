"""Whether the database and Kafka take writes, tried every few seconds, whether there is anything to write or not.

A server that answers questions and takes nothing looks well until the first report comes. So we write: to the database
a row that says what it said before, to Kafka a record in a topic of our own that nobody reads (delivery rule 19).
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from shared.chassis.delivery.kafka.inside import ask, client_of
from shared.chassis.delivery.kafka.requests import TopicIdsRequest
from shared.chassis.postgres.database import Connection, connect
from shared.chassis.process.blame import named
from shared.chassis.process.clock import wall_seconds
from shared.chassis.process.settings import Settings
from shared.chassis.service import Service
from shared.contracts.topics import heartbeat_of

log = structlog.get_logger()
BELIEVED_S = 10.0
"""For how long what worked is believed to work still: a hiccup is no trouble."""
_STALE_S = 20.0
_EVERY_S = 5.0
_AGAIN_S = 1.0
_AT_FIRST_S = 0.2
_PATIENCE_S = 2.0
_WITHIN_MS = 1500
_CONNECTION = "probe"

_SAME_AGAIN = """
UPDATE clock_step SET step = step WHERE id IN (SELECT id FROM clock_step WHERE id = 1 FOR UPDATE SKIP LOCKED)
"""
"""A row that every service has, that hardly anybody touches, and that is the same afterwards.

Where somebody holds it that says nothing of writing, and is passed over; a read-only database refuses even that.
"""

_ROOM = """
SELECT count(*) FROM (SELECT md5(i::text) AS word FROM generate_series(1, 8192) AS i ORDER BY 1 OFFSET 0) AS spilt
"""
"""More than a sort may keep in memory, so it goes through a file: a full disk takes rewritten rows, and no new ones.

Words that repeat themselves would be packed, and never leave memory.
"""


class NotTakenError(Exception):
    """Kafka takes no writes; the message says why."""


class Tried:
    """One thing that is tried again and again: when it last worked, and what is wrong otherwise."""

    def __init__(self, says: str) -> None:
        """It has not worked yet; `says` is what is told until then, and before the reason."""
        self._says = says
        self._worked_at: float | None = None
        self._why = "not tried yet"

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; empty while it works, or worked a moment ago."""
        believed_s = BELIEVED_S if self._why else _STALE_S
        if self._worked_at is not None and time.monotonic() - self._worked_at < believed_s:
            return ""
        return f"{self._says} ({self._why or 'not tried for a while'})"

    @property
    def pause_s(self) -> float:
        """How long to wait before it is tried again."""
        if self._worked_at is None:
            return _AT_FIRST_S
        return _AGAIN_S if self._why else _EVERY_S

    async def once(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try, and remember how it went."""
        try:
            await asyncio.wait_for(attempt(), 2 * _PATIENCE_S)
        except TimeoutError:
            self._why = "no answer in time"
        except NotTakenError as error:
            self._why = str(error)
        except Exception as error:  # noqa: BLE001  whatever it is, nothing is written
            self._why = named(error)
        else:
            self._worked_at, self._why = time.monotonic(), ""


class Probes:
    """Tries to write for one instance of a service."""

    def __init__(
        self, service: Service[Any], settings: Settings, consumer: Callable[[], AIOKafkaConsumer | None]
    ) -> None:
        """Try nothing yet."""
        self._service = service.name
        self._settings = settings
        self._heartbeat = settings.topic_prefix + heartbeat_of(service.name)
        self._topics = [self._heartbeat, *(settings.topic_prefix + topic for topic in service.writes_to)]
        self._consumer = consumer
        self._connection: Connection | None = None
        self._turns = itertools.count()
        self._database = Tried("the database takes no writes")
        self._kafka = Tried("Kafka takes no writes")

    def troubles(self) -> list[str]:
        """What cannot be written to."""
        return [trouble for tried in (self._database, self._kafka) if (trouble := tried.trouble)]

    async def run(self) -> None:
        """Try for ever."""
        await asyncio.gather(self._keep(self._database, self._to_database), self._keep(self._kafka, self._to_kafka))

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=2)

    async def _keep(self, tried: Tried, attempt: Callable[[], Awaitable[None]]) -> None:
        told = ""
        while True:
            await tried.once(attempt)
            if (trouble := tried.trouble) != told and tried.pause_s != _AT_FIRST_S:
                told = trouble
                log.warning("writes_not_taken" if trouble else "writes_taken", service=self._service, reason=trouble)
            await asyncio.sleep(tried.pause_s)

    async def _to_database(self) -> None:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._settings, self._service, "probe")
                await self._connection.execute("SET work_mem = '64kB'")
            await self._connection.fetchval(_ROOM)
            await self._connection.execute(_SAME_AGAIN)
        except BaseException:
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None
            raise

    async def _to_kafka(self) -> None:
        """See that each topic we write is there and led, and write a record of our own to every partition of ours."""
        consumer = self._consumer()
        if consumer is None:
            raise NotTakenError("not connected yet")
        client = client_of(consumer)
        leaders = await self._leaders(client)
        by_node: dict[int, list[int]] = {}
        for number, node in leaders.items():
            by_node.setdefault(node, []).append(number)
        said = await asyncio.gather(*(self._write(client, node, numbers) for node, numbers in by_node.items()))
        for code in itertools.chain.from_iterable(said):
            if code:
                raise NotTakenError(_name_of(code))

    async def _leaders(self, client: AIOKafkaClient) -> dict[int, int]:
        """Who leads the partitions of our own topic. Raises NotTakenError where a topic is not there, or not led."""
        brokers = sorted(int(broker.nodeId) for broker in client.cluster.brokers())
        if not brokers:
            raise NotTakenError("no broker is known")
        node = brokers[next(self._turns) % len(brokers)]
        answer = await ask(client, node, TopicIdsRequest(self._topics), _CONNECTION, _PATIENCE_S)
        width, leaders = len(self._settings.topic_prefix), dict[int, int]()
        for error, name, _, _, partitions, *_ in answer.topics:
            if error:
                raise NotTakenError(f"{name[width:]}: {_name_of(error)}: section42 topics")
            if any(leader < 0 for _, _, leader, *_ in partitions):
                raise NotTakenError(f"{name[width:]}: no broker leads every partition")
            if name == self._heartbeat:
                leaders = {number: leader for _, number, leader, *_ in partitions}
        return leaders

    async def _write(self, client: AIOKafkaClient, node: int, numbers: list[int]) -> list[int]:
        """Write to these partitions, and wait until every replica that must have it has it; Kafka's error codes."""
        batch = DefaultRecordBatchBuilder(
            magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
            batch_size=512,
        )  # fmt: skip
        batch.append(0, int(wall_seconds() * 1000), None, b"", [])
        packed = bytes(batch.build())
        wanted = [(self._heartbeat, [(number, packed) for number in numbers])]
        answer = await ask(client, node, ProduceRequest(None, -1, _WITHIN_MS, wanted), _CONNECTION, _PATIENCE_S)
        return [error for _, partitions in answer.topics for _, error, *_ in partitions]


def _name_of(code: int) -> str:
    """Kafka's own name for an error."""
    return str(for_code(code).__name__).removesuffix("Error")
