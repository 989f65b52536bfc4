"""`section42 topics` on a real broker."""

import asyncio

from aiokafka.admin import NewTopic

from services.command.servers import admin
from services.command.topics import provision
from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS
from tests.support.installation import Installation, install
from tests.support.servers import Servers


async def test_the_declared_topics_are_there_and_a_second_run_changes_nothing(installation: Installation) -> None:
    again = await provision(installation.kafka, installation.prefix)

    assert again.created == []
    assert again.present == len(TOPICS) + len(JOURNALS) + len(HEARTBEATS)
    assert again.differing == []


async def test_two_runs_at_once_make_each_topic_once(servers: Servers) -> None:
    fresh = await install(servers, topics=False)
    try:
        first, second = await asyncio.gather(*(provision(fresh.kafka, fresh.prefix, partitions=1) for _ in range(2)))

        every = sorted(fresh.prefix + topic.name for topic in (*TOPICS, *JOURNALS, *HEARTBEATS))
        assert sorted(first.created + second.created) == every
    finally:
        await fresh.close()


async def test_a_topic_that_differs_is_reported_and_left_alone(servers: Servers) -> None:
    fresh = await install(servers, topics=False)
    try:
        async with admin(fresh.kafka) as client:
            await client.create_topics([NewTopic(f"{fresh.prefix}clock", 2, 1, topic_configs={"retention.ms": "1000"})])

        found = await provision(fresh.kafka, fresh.prefix, partitions=None)

        assert found.present == 1
        assert [line.removeprefix(fresh.prefix) for line in found.differing] == [
            "clock has 2 partitions, declared are 1",
            "clock has max.message.bytes=2097152, declared is 524288",
            "clock has message.timestamp.type=CreateTime, declared is LogAppendTime",
            "clock has retention.ms=1000, declared is 2592000000",
        ]
        assert len((await provision(fresh.kafka, fresh.prefix)).differing) == 4
    finally:
        await fresh.close()
