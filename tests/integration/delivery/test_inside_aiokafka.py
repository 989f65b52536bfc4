"""What we reach for inside aiokafka is where we reach for it: a version that keeps it elsewhere fails here first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faststream.kafka import KafkaBroker

from shared.chassis.delivery.kafka.inside import ask, client_of, fetched_by, read_with, takes_no_part
from shared.chassis.delivery.kafka.polling import ServiceConsumer
from shared.chassis.delivery.kafka.requests import TopicIdsRequest
from tests.architecture.tree import ROOT, modules, named
from tests.support.installation import Installation

INSIDE = "shared/chassis/delivery/kafka/inside.py"


def test_nobody_else_reaches_inside() -> None:
    reaching = {
        named(path)
        for path in modules()
        for name in ("._client.", "._client)", "._conns", "._fetcher", "._coordinator")
        if f"consumer{name}" in (text := path.read_text(encoding="utf-8")) or f"client{name}" in text
    }
    assert reaching <= {INSIDE, "deploy/recount/kafka.py"}, "the second count shares no code with the services"
    assert (ROOT / INSIDE).exists()


async def test_a_consumer_s_insides_are_where_they_were(installation: Installation) -> None:
    assert not takes_no_part(None)
    consumer = AIOKafkaConsumer(bootstrap_servers=installation.servers.bootstrap_servers, group_id=installation.prefix)
    consumer.subscribe([installation.prefix + "concern-reports"])
    assert not takes_no_part(consumer)
    await consumer.start()
    try:
        assert isinstance(client_of(consumer), AIOKafkaClient)
        assert isinstance(fetched_by(consumer), OrderedDict)
        assert isinstance(consumer._coordinator, GroupCoordinator)
        assert not takes_no_part(consumer)
    finally:
        await consumer.stop()
    assert takes_no_part(consumer)


async def test_a_broker_s_subscribers_read_with_the_consumer_they_are_given(installation: Installation) -> None:
    broker = KafkaBroker(installation.servers.bootstrap_servers, consumer_only=True, client_id="named", logger=None)
    subscriber = broker.subscriber(installation.prefix + "concern-reports", group_id=installation.prefix)
    await read_with(broker, ServiceConsumer)
    await broker.start()
    try:
        assert isinstance(subscriber.consumer, ServiceConsumer)
        assert subscriber.consumer._client._client_id == "named", "with all that the broker was told"
    finally:
        await broker.stop()


async def test_a_line_that_is_silent_is_hung_up_and_the_next_question_has_a_new_one(
    installation: Installation,
) -> None:
    client = AIOKafkaClient(bootstrap_servers=installation.servers.bootstrap_servers)
    await client.bootstrap()
    try:
        (node,) = [broker.nodeId for broker in client.cluster.brokers()]
        request = TopicIdsRequest([installation.prefix + "concern-reports"])
        first: Any = await ask(client, node, request, "look", 5)
        assert [name for _, name, *_ in first.topics] == [installation.prefix + "concern-reports"]
        line = client._conns[node, "look"]
        silent = asyncio.get_running_loop().create_future()
        line.send = lambda *_, **__: silent
        with pytest.raises(TimeoutError):
            await ask(client, node, request, "look", 0.05)
        assert not line.connected()
        assert (node, "look") not in client._conns
        assert (await ask(client, node, request, "look", 5)).topics == first.topics
    finally:
        await client.close()
