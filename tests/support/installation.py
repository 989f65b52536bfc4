"""One whole installation on the run's servers: a database and a topic prefix of its own, services as real processes."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.stack import Servers
from services import SERVICES
from services.command.migrate import migrate
from services.command.registry import load
from services.command.topics import provision
from shared.chassis.process.settings import KafkaSettings
from shared.contracts import CATALOGUE, DOORS, source_of, writer_of
from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS
from shared.kernel.identity import timed
from tests.support.beside import differences

DEADLINE_S = 120.0
_ROOT = Path(__file__).parents[2]
_NUMBERS = itertools.count()
_TEMPLATE = "section42_template"


def source_for(type_: str) -> str:
    """What an event names as its source: its service where it is a fact of ours, else a sender."""
    event = CATALOGUE.get(type_)
    return "/tests" if event is None or event.topic in DOORS else source_of(writer_of(event))


@dataclass
class Installation:
    """A system under test. Its services run as processes that a test may kill, pause and resume."""

    servers: Servers
    prefix: str
    database: str
    driven: bool = False
    root: Path = _ROOT
    """Whose program runs: this project's, or that of a changed copy."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _events: Iterable[int] = field(default_factory=itertools.count)

    @property
    def kafka(self) -> KafkaSettings:
        """Where Kafka is."""
        return KafkaSettings(tuple(self.servers.bootstrap_servers.split(",")))

    @property
    def database_url(self) -> str:
        """The administrator's way into this installation's database."""
        return urlunsplit(urlsplit(self.servers.database_url)._replace(path=f"/{self.database}"))

    def environment(self, **extra: str) -> dict[str, str]:
        """What a service or a command of this installation finds in its environment."""
        return os.environ | {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers.bootstrap_servers,
            "DATABASE_URL": self.database_url,
            "SECTION42_TOPIC_PREFIX": self.prefix,
            "SECTION42_CLOCK": "driven" if self.driven else "wall",
            "SECTION42_TEST_NUMBERS": "yes",
            "SECTION42_SESSION_TIMEOUT_MS": "6000",
            **extra,
        }

    def start(self, service: str, **extra: str) -> subprocess.Popen[bytes]:
        """Start one instance of a service, its log beside the servers'."""
        log = Path(os.environ["SECTION42_TEST_RUN"]) / f"{self.database}-{service}-{next(_NUMBERS)}.log"
        port = {"SECTION42_HTTP_PORT": str(free_port())} | extra
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.command.app", "run", service],
                env=self.environment(**port), stdout=out, stderr=subprocess.STDOUT, cwd=self.root,
            )  # fmt: skip
        process.log = log  # type: ignore[attr-defined]
        process.port = int(port["SECTION42_HTTP_PORT"])  # type: ignore[attr-defined]
        self.running.append(process)
        return process

    def start_all(self, **extra: str) -> dict[str, subprocess.Popen[bytes]]:
        """Start every service."""
        return {service: self.start(service, **extra) for service in SERVICES}

    def stop(self, process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> int:
        """End one process and wait for it; its exit code."""
        process.send_signal(how)
        code = process.wait(timeout=40)
        self.running.remove(process)
        return code

    def log_of(self, process: subprocess.Popen[bytes]) -> str:
        """What a process has logged so far."""
        return Path(process.log).read_text()  # type: ignore[attr-defined]

    def event(self, type_: str, data: Mapping[str, Any], *, at: datetime | None = None, **more: str) -> dict[str, Any]:
        """A CloudEvent in structured mode, with an id of its own."""
        at = at or datetime.now(UTC)
        event_id = timed(at, self.prefix, str(next(self._events)))  # type: ignore[call-overload]
        envelope = {"specversion": "1.0", "id": event_id, "source": source_for(type_), "type": type_}
        return {**envelope, "time": at.isoformat(), **more, "data": dict(data)}

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A sender."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.servers.bootstrap_servers, acks="all", enable_idempotence=True, linger_ms=5
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def post(self, *events: Mapping[str, Any]) -> None:
        """Post events to their doors, in order, in binary mode, keyed as the contracts say."""
        async with self.producer() as producer:
            sent = []
            for event in events:
                declared = CATALOGUE[event["type"]]
                data = event["data"]
                by_sender = declared.key_field == "door_key"
                key = f"{data['sender']}/{data['reference']}" if by_sender else data[declared.key_field]
                headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
                sent.append(await producer.send(
                    self.prefix + declared.topic, json.dumps(data).encode(), key=str(key).encode(), headers=headers
                ))  # fmt: skip
            await asyncio.gather(*sent)

    async def post_raw(
        self, topic: str, value: bytes | None, *, key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (), partition: int | None = None,
    ) -> Any:  # fmt: skip
        """Post bytes as they are."""
        async with self.producer() as producer:
            sent = await producer.send(self.prefix + topic, value, key=key, headers=list(headers), partition=partition)
            return await sent

    async def records(self, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
        """Every record of a topic, to its end as it is now."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.bootstrap_servers, group_id=None)
        await consumer.start()
        try:
            count = next(t.partitions for t in TOPICS if t.name == topic)
            partitions = [TopicPartition(self.prefix + topic, number) for number in range(count)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            begins = await consumer.beginning_offsets(partitions)
            for partition in partitions:
                consumer.seek(partition, begins[partition])
            found: list[ConsumerRecord[bytes, bytes]] = []
            wanted = sum(ends[p] - begins[p] for p in partitions)
            while len(found) < wanted:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found.extend(batch)
            return sorted(found, key=lambda r: (r.partition, r.offset))
        finally:
            await consumer.stop()

    async def facts(self, topic: str, type_: str | None = None) -> list[dict[str, Any]]:
        """The facts of a topic as dictionaries, each once by its id, with `ce_` headers beside the data."""
        seen: dict[str, dict[str, Any]] = {}
        for record in await self.records(topic):
            headers = {name: (value or b"").decode() for name, value in record.headers}
            if type_ is None or headers.get("ce_type") == type_:
                seen.setdefault(headers["ce_id"], json.loads(record.value) | {"headers": headers})
        return list(seen.values())

    async def sql(self, service: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask a service's schema as the administrator."""
        connection = await asyncpg.connect(self.database_url, server_settings={"search_path": service})
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
            return rows
        finally:
            await connection.close()

    async def state_hash(self, service: str) -> str:
        """One hash over every case of a service."""
        query = "SELECT md5(string_agg(key::text || coalesce(body::text, '-'), ',' ORDER BY key)) FROM cases"
        return str((await self.sql(service, query))[0][0])

    async def settled(self, services: Sequence[str] = SERVICES, deadline_s: float = DEADLINE_S) -> None:
        """Wait until all is read and published; what stands beside the cases is then what they say."""
        await self.quiet(services, deadline_s)
        for service in services:
            assert await self.beside(service) == []

    async def quiet(self, services: Sequence[str] = SERVICES, deadline_s: float = DEADLINE_S) -> None:
        """Wait until every service has read all there is and published all it has, twice in a row and unchanged."""
        before: object = None

        async def quiet() -> bool:
            nonlocal before
            now = await self._standing(services)
            same, before = now == before and now is not None, now
            return same

        await eventually(quiet, f"{services} settle", deadline_s)

    async def beside(self, service: str) -> list[str]:
        """Where the lists and counts of a service are not what its cases make of them."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await differences(connection, service)
        finally:
            await connection.close()

    async def _standing(self, services: Sequence[str]) -> object:
        """Where everybody is, or None while somebody is behind."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.bootstrap_servers, group_id=None)
        await consumer.start()
        try:
            topics = {s: [self.prefix + t for t in load(s).topics] for s in services}
            counts = {self.prefix + t.name: t.partitions for t in TOPICS}
            wanted = {TopicPartition(t, n) for names in topics.values() for t in names for n in range(counts[t])}
            ends = await consumer.end_offsets(wanted)
        finally:
            await consumer.stop()
        standing = []
        for service in services:
            rows = await self.sql(service, "SELECT topic, partition, next_offset FROM positions")
            at = {(topic, number): offset for topic, number, offset in rows}
            if any(at.get((p.topic, p.partition), 0) < ends[p] for p in wanted if p.topic in topics[service]):
                return None
            if (await self.sql(service, "SELECT count(*) FROM outbox"))[0][0]:
                return None
            standing.append(sorted(at.items()))
        return standing

    async def close(self) -> None:
        """End what still runs and forget the database and the topics."""
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()
        connection = await asyncpg.connect(self.servers.database_url)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        finally:
            await connection.close()
        client = AIOKafkaAdminClient(bootstrap_servers=self.servers.bootstrap_servers)
        await client.start()
        try:
            await client.delete_topics([self.prefix + topic.name for topic in (*TOPICS, *JOURNALS, *HEARTBEATS)])
        finally:
            await client.close()


async def install(servers: Servers, *, driven: bool = False, topics: bool = True) -> Installation:
    """A fresh installation: its database copied from one that was migrated once, its topics made."""
    name = f"t{os.getpid()}_{next(_NUMBERS)}"
    connection = await asyncpg.connect(servers.database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(4242)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _TEMPLATE):
            await connection.execute(f"CREATE DATABASE {_TEMPLATE}_new")
            await migrate(urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{_TEMPLATE}_new")))
            await connection.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    finally:
        await connection.close()
    installation = Installation(servers, f"{name}.", name, driven)
    if topics:
        await provision(installation.kafka, installation.prefix)
    return installation


async def eventually(true: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S, pause_s: float = 0.05) -> None:
    """Wait until it is true; fail, saying what did not come to pass, at the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        answer = true()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        if time.monotonic() > end:
            raise AssertionError(f"within {deadline_s} s it did not come to pass that {what}")
        await asyncio.sleep(pause_s)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
