"""A writer whose records are many and small holds up its own partition, and no other."""

from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from shared.chassis.delivery.kafka.polling import ServiceConsumer
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import administering
from tests.support.installation import eventually

MANY, AT_ONCE = 40_000, 500


async def test_every_partition_has_its_turn_however_much_was_fetched_of_one(install_for: InstallFor) -> None:
    installation = await install_for()
    topic, kafka = installation.prefix + "flooded", installation.servers.bootstrap_servers
    async with administering(installation) as client:
        await client.create_topics([NewTopic(topic, 3, 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka, compression_type="gzip", max_batch_size=2**20) as producer:
        for partition in (0, 1):
            for _ in range(MANY // 20_000):
                batch = producer.create_batch()
                for _ in range(20_000):
                    assert batch.append(key=None, value=b"\0\1\2\3", timestamp=None) is not None
                await (await producer.send_batch(batch, topic, partition=partition))
    async with ServiceConsumer(bootstrap_servers=kafka, group_id=None, auto_offset_reset="earliest") as consumer:
        partitions = [TopicPartition(topic, number) for number in range(3)]
        consumer.assign(partitions)
        last: dict[TopicPartition, int] = {}

        async def poll() -> dict[TopicPartition, list[Any]]:
            found: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=1000, max_records=AT_ONCE)
            for where, records in found.items():
                assert records[0].offset == last.get(where, -1) + 1, "in order, and none is passed over"
                last[where] = records[-1].offset
            return found

        async def fetched(*wanted: TopicPartition) -> None:
            await eventually(lambda: consumer._fetcher._records.keys() >= {*wanted}, "the client has fetched them")

        await poll()
        await fetched(*partitions[:2])
        await installation.post_raw("flooded", b"good", partition=2)
        await fetched(*partitions)
        polls = 1
        while partitions[2] not in await poll():
            polls += 1
        while len(last) < 3 or sum(last.values()) < 2 * MANY - 2:
            await poll()

    assert polls <= len(partitions), f"the good record came with poll {polls} of {2 * MANY // AT_ONCE}"
