"""Rule 19: what nobody of a service reads is told of, though each of its instances reads all it is given."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import NewPartitions

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, administering, is_ready, metric, ready, report
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually

pytestmark = pytest.mark.timeout(400)
DOOR = "concern-reports"
WITHIN_S = 90.0
"""A minute, and what a busy machine needs."""


@asynccontextmanager
async def stranger(installation: Installation, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Somebody who joins a group of ours, polls as one does, and tells nobody what becomes of it."""
    client = AIOKafkaConsumer(
        installation.prefix + DOOR, bootstrap_servers=installation.servers.bootstrap_servers, group_id=group,
        enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=500,
    )  # fmt: skip
    await client.start()

    async def poll() -> None:
        while True:
            await client.getmany(timeout_ms=200)

    polling = asyncio.create_task(poll())
    try:
        yield client
    finally:
        polling.cancel()
        await client.stop()


async def posted(installation: Installation, name: str, *partitions: int) -> None:
    for number in partitions:
        record = record_of(report(f"{name}-{number}"))
        await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=number)


async def every_broker_knows(installation: Installation, partitions: int) -> None:
    """A broker that was asked to add some tells of them a moment later."""

    async def known() -> bool:
        async with installation.producer() as producer:
            return len(await producer.partitions_for(installation.prefix + DOOR)) == partitions

    await eventually(known, f"there are {partitions} partitions", WITHIN_S)


async def accepted(installation: Installation) -> int:
    return len(await installation.facts("receipts", "safeguarding.concern.report-accepted.v1"))


async def all_accepted(installation: Installation, count: int) -> None:
    """Each once: who is ready has read them, and tells of it a moment later."""

    async def all_of_them() -> bool:
        return await accepted(installation) >= count

    await eventually(all_of_them, f"{count} are accepted", WITHIN_S)
    assert await accepted(installation) == count


async def test_a_stranger_in_our_group_is_told_of_and_what_it_was_given_is_read_once_it_is_gone(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, WITHIN_S)
    async with stranger(installation, f"{installation.prefix}intake") as client:
        await eventually(lambda: bool(client.assignment()), "it is given something", WITHIN_S)
        theirs = sorted(partition.partition for partition in client.assignment())
        await posted(installation, "unread", *theirs)

        async def told() -> bool:
            well, said = await asyncio.to_thread(ready, process)
            return not well and f"nobody of intake has read {DOOR}" in said

        await eventually(told, "it says that nobody reads", WITHIN_S, 0.5)
        assert await asyncio.to_thread(metric, process, "safeguarding_lag_records", topic=DOOR) == len(theirs)
        assert await asyncio.to_thread(metric, process, "safeguarding_lag_seconds", topic=DOOR) > 10
        assert await asyncio.to_thread(metric, process, "safeguarding_standing_seconds", topic=DOOR) > 10
        assert await accepted(installation) == 0

    await is_ready(process, WITHIN_S)
    await all_accepted(installation, len(theirs))
    assert await asyncio.to_thread(metric, process, "safeguarding_lag_records", topic=DOOR) == 0


async def test_two_instances_at_work_shout_at_nobody_and_one_that_is_stopped_is_told_of_by_the_other(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    long = QUICK | {"SECTION42_SESSION_TIMEOUT_MS": "120000"}
    one, other = installation.start("intake", **long), installation.start("intake", **long)
    for process in (one, other):
        await is_ready(process, WITHIN_S)

    async def read(number: int) -> bool:
        assert (await asyncio.to_thread(ready, one))[0]
        return await accepted(installation) == number

    for number in range(1, 5):
        await posted(installation, f"both-{number}", *range(6))
        await eventually(lambda number=number: read(6 * number), "all is read", WITHIN_S)  # type: ignore[misc]
    other.send_signal(signal.SIGSTOP)
    try:
        await posted(installation, "stopped", *range(6))

        async def told() -> bool:
            return f"nobody of intake has read {DOOR}" in (await asyncio.to_thread(ready, one))[1]

        await eventually(told, "the one tells of the other", WITHIN_S, 0.5)
    finally:
        other.send_signal(signal.SIGCONT)
    await is_ready(one, WITHIN_S)
    await all_accepted(installation, 30)


async def test_partitions_that_are_added_are_read_within_seconds(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, WITHIN_S)
    async with administering(installation) as client:
        await client.create_partitions({installation.prefix + DOOR: NewPartitions(8)})
    await every_broker_knows(installation, 8)
    await posted(installation, "new", 6, 7)

    async def read() -> bool:
        return await accepted(installation) == 2

    await eventually(read, "what lies in the new partitions is read", 45)
    await is_ready(process, WITHIN_S)
