"""Everything at once: clients that send all they have in as few batches as they can, and one huge report."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, concerns_of, read_all, report, states
from tests.support.installation import Installation

DOOR = "concern-reports"
PARTITIONS, EACH = 6, 3_334
"""Some 20,000 reports of 1.2 kB: more than four megabytes a partition."""
ROOM = 1 << 26
Headers = list[tuple[str, str | bytes | None]]


def made(name: str, **more: Any) -> tuple[bytes, Headers]:
    """A report as a record in binary mode: its value and its headers."""
    event = report(name, **more)
    return json.dumps(event["data"]).encode(), [
        (f"ce_{name}", str(said).encode()) for name, said in event.items() if name != "data"
    ]


def numbered(partition: int, n: int) -> tuple[str, bytes, Headers]:
    name = f"burst-{partition}-{n}"
    return name, *made(name, narrative="The woman in flat 2. " * 55)


async def one_batch_a_partition(installation: Installation) -> None:
    """As kafkajs does: all that is sent at once to a partition is one batch."""
    servers = installation.servers.bootstrap_servers
    async with AIOKafkaProducer(bootstrap_servers=servers, max_batch_size=ROOM, max_request_size=ROOM) as producer:
        sent = []
        for partition in range(PARTITIONS):
            batch = producer.create_batch()
            for n in range(EACH):
                name, value, headers = numbered(partition, n)
                assert batch.append(timestamp=None, key=name.encode(), value=value, headers=headers) is not None
            assert batch.size() > 4_000_000
            sent.append(await producer.send_batch(batch, installation.prefix + DOOR, partition=partition))
        await asyncio.gather(*sent)


async def librdkafka(installation: Installation) -> None:
    """As it comes: nothing but where Kafka is."""
    failed: list[str] = []

    def told(error: object, _: object) -> None:
        failed.extend([str(error)] if error is not None else [])

    producer = Producer({"bootstrap.servers": installation.servers.bootstrap_servers})
    for partition in range(PARTITIONS):
        for n in range(EACH):
            name, value, headers = numbered(partition, n)
            producer.produce(installation.prefix + DOOR, value, name.encode(), headers=headers, on_delivery=told)
    await asyncio.to_thread(producer.flush, 60)
    assert failed == []


@pytest.mark.parametrize("client", [one_batch_a_partition, librdkafka])
async def test_twenty_thousand_reports_at_once_all_arrive(
    install_for: InstallFor, client: Callable[[Installation], Awaitable[None]]
) -> None:
    installation = await install_for("intake")
    await client(installation)
    installation.start("intake", **QUICK)
    await installation.settled(["intake"], deadline_s=120)

    receipts = await read_all(installation, ["receipts"])
    assert len(receipts.facts) == receipts.records == PARTITIONS * EACH
    assert len(await states(installation, "intake")) == PARTITIONS * EACH


async def test_that_a_report_is_too_large_is_said_in_an_answer(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    servers = installation.servers.bootstrap_servers
    async with AIOKafkaProducer(bootstrap_servers=servers, max_batch_size=ROOM, max_request_size=ROOM) as producer:
        for name, more in (("large", {"notes": "x" * 3_000_000}), ("small", {})):
            value, headers = made(name, **more)
            await producer.send_and_wait(installation.prefix + DOOR, value, key=b"wmas/large", headers=headers)
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    refused = await installation.facts("receipts", "safeguarding.concern.report-refused.v1")
    assert [(said["reference"], said["reasons"][0]["code"]) for said in refused] == [("large", "too_large")]
    assert len(await concerns_of(installation)) == 1
