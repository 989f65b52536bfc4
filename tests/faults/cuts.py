"""What an accident, or an operator's mistake, does to a service from outside: its sessions cut, its offsets changed."""

from __future__ import annotations

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest

from tests.faults.log import Where


async def cut_off(where: Where, service: str) -> None:
    """Every session of one service with the database ends."""
    connection = await asyncpg.connect(where.database_url, timeout=5)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE $1",
            f"section42-{service}-%",
        )
    finally:
        await connection.close()


async def set_offsets(where: Where, group: str, topics: tuple[str, ...], how: str) -> None:
    """The offsets of a group that nobody is in: deleted, or set to the `begin` or the `end` of every log."""
    if how == "delete":
        admin = AIOKafkaAdminClient(bootstrap_servers=where.bootstrap)
        await admin.start()
        try:
            coordinator = await admin.find_coordinator(group)
            answer = await admin._send_request(DeleteGroupsRequest([group]), coordinator)
            if any(code for _, code in answer.results):
                raise RuntimeError(answer.results)
        finally:
            await admin.close()
        return
    consumer = AIOKafkaConsumer(bootstrap_servers=where.bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(where.prefix + topic, n) for topic in topics for n in range(6)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.commit({p: ends[p] if how == "end" else 0 for p in partitions})
    finally:
        await consumer.stop()
