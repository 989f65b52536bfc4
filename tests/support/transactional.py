"""Senders that write in transactions: librdkafka, and Kafka's own Java client, which no Python speaks for."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from confluent_kafka import Producer

from deploy.local.jars import kafka_libs
from deploy.local.kafka import java_program

_PATIENCE_S = 30.0


class Sendable(Protocol):
    """As much of a record as its sender decides."""

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Librdkafka:
    """One sender with one transaction at a time; `async with` begins its life, not a transaction."""

    def __init__(self, bootstrap_servers: str, name: str) -> None:
        self._options = {"bootstrap.servers": bootstrap_servers, "transactional.id": name, "linger.ms": 0}
        self._options["partitioner"] = "murmur2_random"  # as Kafka's own clients, and aiokafka, choose

    async def __aenter__(self) -> Self:
        self._producer = Producer(self._options)
        await asyncio.to_thread(self._producer.init_transactions, _PATIENCE_S)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        del kind, error, at
        await asyncio.to_thread(self._producer.purge)

    async def begin(self, topic: str, records: Iterable[Sendable], partition: int = 0) -> None:
        """Open a transaction, and see these records on the log; by their keys where the partition is -1."""
        self._producer.begin_transaction()
        for record in records:
            headers: Any = list(record.headers)
            self._producer.produce(topic, record.value, key=record.key, headers=headers, partition=partition)
        left = await asyncio.to_thread(self._producer.flush, _PATIENCE_S)
        assert left == 0

    async def commit(self) -> None:
        await asyncio.to_thread(self._producer.commit_transaction, _PATIENCE_S)

    async def abort(self) -> None:
        await asyncio.to_thread(self._producer.abort_transaction, _PATIENCE_S)


def java(
    bootstrap_servers: str, topic: str, event: dict[str, Any], at: Path, **options: str
) -> subprocess.Popen[bytes]:
    """Kafka's own performance tool sends one event, again and again, in transactions of its own Java client.

    The options are the tool's, with `_` for `-`; `transaction_timeout_ms` is the client's.
    """
    at.write_text(json.dumps(event), encoding="utf-8")
    client = {"linger.ms": "0"} | (
        {"transaction.timeout.ms": options.pop("timeout_ms")} if "timeout_ms" in options else {}
    )
    command = [java_program(), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{kafka_libs()}/*"]
    command += ["org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server", bootstrap_servers]
    command += ["--topic", topic, "--payload-file", str(at)]
    command += [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    command += ["--command-property", *(f"{name}={value}" for name, value in client.items())]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
