"""`section42 topics` on a real broker."""

import asyncio

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

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


async def test_what_differs_is_changed_where_nothing_is_lost_by_it(servers: Servers) -> None:
    fresh = await install(servers, topics=False)
    month = "2592000000"
    own = {
        "clock": (2, {"retention.ms": "1000", "segment.ms": "3600000"}),
        "triage-decisions": (6, {"retention.ms": "-1", "min.insync.replicas": "2"}),
        "concerns": (6, {"retention.bytes": "1000000", "cleanup.policy": "compact"}),
    }
    try:
        async with admin(fresh.kafka) as client:
            await client.create_topics(
                [NewTopic(fresh.prefix + name, n, 1, topic_configs=config) for name, (n, config) in own.items()]
            )
        found = await provision(fresh.kafka, fresh.prefix)
        again = await provision(fresh.kafka, fresh.prefix)
        async with admin(fresh.kafka) as client:
            asked = [ConfigResource(ConfigResourceType.TOPIC, f"{fresh.prefix}clock")]
            (answer,) = await client.describe_configs(asked)
            clock = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await fresh.close()

    def bare(lines: list[str]) -> list[str]:
        return [line.removeprefix(fresh.prefix).partition(";")[0] for line in lines]

    assert found.present == 3
    assert {"clock: retention.ms was 1000, is 2592000000", "concerns: cleanup.policy was compact, is delete"} <= set(
        bare(found.changed)
    )
    assert bare(found.differing) == ["clock has 2 partitions, declared are 1"]
    assert bare(found.losing) == [
        "concerns has retention.bytes=1000000, which deletes what is to be kept",
        f"triage-decisions has retention.ms=-1, declared is {month}",
        "triage-decisions has min.insync.replicas=2, declared is 1",
    ]
    assert (again.changed, again.differing, again.losing) == ([], found.differing, found.losing)
    assert (clock["retention.ms"], clock["message.timestamp.type"]) == (month, "LogAppendTime")
    assert clock["segment.ms"] == "3600000", "what somebody has set for themselves is left"
