"""Where we reach inside the libraries, because they have no public way: each place once, and each with a test.

`tests/integration/delivery/test_inside_aiokafka.py` fails when a version of aiokafka, or of FastStream, no longer keeps
these things there. How packed batches are bounded is another matter (`unpacking`), with a test of its own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from faststream.kafka import KafkaBroker


async def read_with(broker: KafkaBroker, kind: Callable[..., AIOKafkaConsumer]) -> None:
    """Have a broker's subscribers read with consumers of this kind.

    FastStream 0.7 names aiokafka's class itself whenever a broker connects, which this one does here and once.
    """
    await broker.connect()
    config: Any = broker.config.broker_config
    config.builder = partial(kind, **config.builder.keywords)


def client_of(consumer: AIOKafkaConsumer) -> AIOKafkaClient:
    """The connections of a consumer, to ask brokers what a consumer does not ask."""
    return consumer._client


async def ask(client: AIOKafkaClient, node: int, request: Any, group: str, seconds: float) -> Any:
    """Ask a broker, over a line of this name. Raises TimeoutError.

    Answers come in order: whatever is asked next would wait behind this one, so a line that is silent is hung up.
    """
    try:
        return await asyncio.wait_for(client.send(node, request, group=group), seconds)
    except TimeoutError:
        connection = client._conns.pop((node, group), None)
        if connection is not None:
            connection.close()
        raise


def fetched_by(consumer: AIOKafkaConsumer) -> "OrderedDict[TopicPartition, Any]":
    """What a consumer has fetched and not handed out, in the order in which it hands it out."""
    fetched: OrderedDict[TopicPartition, Any] = consumer._fetcher._records
    return fetched


def takes_no_part(consumer: AIOKafkaConsumer | None) -> bool:
    """Whether a consumer has given up taking part in its group, of which it tells nobody."""
    coordinator = getattr(consumer, "_coordinator", None)
    return coordinator is not None and coordinator._coordination_task.done()
