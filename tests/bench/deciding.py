"""A case-management system: it decides each concern as soon as it sees it routed, and has the decision approved."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import PARTITIONS
from shared.contracts.triage import ConcernRouted
from tests.bench.inputs import Record, Work
from tests.bench.sending import post, sender
from tests.support.installation import Installation

_ROUTED = ConcernRouted.type.encode()


async def decide_as_routed(installation: Installation, work: Work) -> None:
    """Follow the topic `triage` until every concern of this work has been decided."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=installation.servers.bootstrap_servers,
        group_id=None,
        fetch_min_bytes=65_536,
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(installation.prefix + ConcernRouted.topic, n) for n in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        left = set(work.decisions)
        async with sender(installation.servers.bootstrap_servers) as producer:
            while left:
                said: list[Record] = []
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        headers = dict(record.headers)
                        concern_id = headers["ce_subject"]
                        if headers["ce_type"] == _ROUTED and concern_id in left:
                            left.remove(concern_id)
                            said += work.decisions[concern_id]
                await post(producer, installation.prefix, said)
    finally:
        await consumer.stop()
