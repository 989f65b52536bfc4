"""`section42 topics` on a real broker."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError

from services.command import topics
from services.command.problems import CommandError
from services.command.servers import admin
from services.command.topics import provision
from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS, Topic
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
            "clock has max.decompressed.message.bytes=2147483639, declared is 1048576",
            "clock has message.timestamp.type=CreateTime, declared is LogAppendTime",
            "clock has retention.ms=1000, declared is 2592000000",
        ]
        assert len((await provision(fresh.kafka, fresh.prefix)).differing) == 5
    finally:
        await fresh.close()


async def test_kafka_refuses_a_record_that_unpacks_to_more_than_a_fact_may_have(installation: Installation) -> None:
    door = f"{installation.prefix}concern-reports"
    options = {"max_request_size": 1 << 24, "max_batch_size": 1 << 24, "compression_type": "zstd"}
    async with AIOKafkaProducer(bootstrap_servers=installation.servers.bootstrap_servers, **options) as producer:
        assert (await producer.send_and_wait(door, bytes(900_000))).topic == door
        with pytest.raises(KafkaError):
            await producer.send_and_wait(door, bytes(1_200_000))


async def test_a_kafka_that_does_not_know_the_bound_yet_gets_its_topics_without_it(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one before 4.4 answers to the setting, so does this one to a setting that nobody knows."""
    config = Topic.config.fget  # type: ignore[attr-defined]
    unheard_of = "max.decompressed.message.bytes.of.tomorrow"
    monkeypatch.setattr(Topic, "config", property(lambda topic: config(topic) | {unheard_of: "1"}))
    monkeypatch.setattr(topics, "UNPACKED_MAX", unheard_of)
    fresh = await install(servers, topics=False)
    try:
        made = await provision(fresh.kafka, fresh.prefix, partitions=1)
        again = await provision(fresh.kafka, fresh.prefix, partitions=1)

        assert len(made.created) == again.present == len(TOPICS) + len(JOURNALS)
        assert made.differing == again.differing == [topics._OLDER_KAFKA]
    finally:
        await fresh.close()


async def test_any_other_setting_that_kafka_does_not_take_ends_it(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Topic.config.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Topic, "config", property(lambda topic: config(topic) | {"no.such.setting": "1"}))
    fresh = await install(servers, topics=False)
    try:
        with pytest.raises(CommandError, match=r"no\.such\.setting"):
            await provision(fresh.kafka, fresh.prefix, partitions=1)
    finally:
        await fresh.close()
