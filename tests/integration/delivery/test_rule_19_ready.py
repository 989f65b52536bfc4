"""Rule 19: not ready means cannot read, write or publish just now, whether anybody posts or not."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.local.stack import Servers, Stack
from shared.contracts.topics import heartbeat_of
from tests.integration.delivery.conftest import InstallFor, make_topics
from tests.integration.delivery.harness import QUICK, administering, is_ready, metric, ready, report, set_topic, states
from tests.support.disk import Disk, small_disk
from tests.support.installation import Installation, eventually, install
from tests.support.servers import OwnServers

WITHIN_S = 25.0
"""With half a minute that the alert waits, and a scrape, that is within a minute."""
BACK_S = 60.0
ROOM_MIB = 220


def troubles(process: subprocess.Popen[bytes]) -> list[str]:
    """Why a process is not ready; nothing where it is, or does not answer."""
    well, said = ready(process)
    return [] if well or not said else list(json.loads(said)["troubles"])


async def says(process: subprocess.Popen[bytes], words: str) -> None:
    """It tells of that within the time there is."""
    heard: list[str] = []

    async def told() -> bool:
        heard[:] = await asyncio.to_thread(troubles, process)
        return any(words in trouble for trouble in heard)

    await eventually(told, f"it says {words!r} (it said {heard})", WITHIN_S, 0.2)


async def read_one(installation: Installation, name: str) -> None:
    await installation.post(report(name))

    async def there() -> bool:
        return bool(await states(installation, "intake"))

    await eventually(there, "a report is read")


@asynccontextmanager
async def of_its_own(servers: Servers) -> AsyncIterator[Installation]:
    """Intake's topics in servers of the test's own."""
    installation = await install(servers, topics=False)
    names = {"concern-reports", "intake-decisions", "concerns", "receipts", "intake.journal", "intake.heartbeat"}
    await make_topics(installation, names | {"concern-reports.dead-letters", "intake-decisions.dead-letters"})
    try:
        yield installation
    finally:
        for process in installation.running:
            process.kill()
            process.wait()


async def test_a_broker_that_has_fallen_silent_is_told_of_though_nobody_posts(
    servers: Servers, own_servers: OwnServers
) -> None:
    stack = await asyncio.to_thread(own_servers, kafka=True, postgres=False)
    async with of_its_own(Servers(stack.kafka.bootstrap, servers.database_url)) as installation:
        process = installation.start("intake", **QUICK)
        await is_ready(process, BACK_S)
        broker = stack.kafka.process
        assert broker is not None
        broker.send(signal.SIGSTOP)
        try:
            await says(process, "Kafka has said nothing of")
            assert any("Kafka takes no writes" in trouble for trouble in await asyncio.to_thread(troubles, process))
            lag = await asyncio.to_thread(metric, process, "safeguarding_lag_records", topic="concern-reports")
            assert math.isnan(lag), "nobody knows it"
        finally:
            broker.send(signal.SIGCONT)
        await is_ready(process, BACK_S)
        assert await asyncio.to_thread(metric, process, "safeguarding_lag_records", topic="concern-reports") == 0


async def test_a_broker_that_takes_no_writes_is_told_of_though_it_answers_every_question(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)

    await set_topic(installation, heartbeat_of("intake"), max_message_bytes=1)  # no single broker lacks replicas
    await says(process, "Kafka takes no writes (MessageSizeTooLarge)")
    await set_topic(installation, heartbeat_of("intake"))
    await is_ready(process, BACK_S)


async def test_a_topic_that_cannot_be_written_is_told_of_before_anything_has_to_be(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)

    async with administering(installation) as client:
        await client.delete_topics([installation.prefix + "receipts"])
    await says(process, "receipts: UnknownTopicOrPartition: section42 topics")
    await make_topics(installation, {"receipts"})
    await is_ready(process, BACK_S)


async def test_a_database_that_takes_no_writes_is_told_of_though_it_answers_every_question(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)

    await only_read(installation, "on")
    await says(process, "the database takes no writes (ReadOnlySQLTransactionError)")
    await only_read(installation, "off")
    await is_ready(process, BACK_S)


async def test_a_row_that_somebody_holds_is_no_database_that_takes_no_writes(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)
    holder = await asyncpg.connect(installation.database_url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT FROM intake.clock_step FOR UPDATE")
            end = time.monotonic() + WITHIN_S
            while time.monotonic() < end:
                assert not await asyncio.to_thread(troubles, process)
                await asyncio.sleep(0.5)
    finally:
        await holder.close()


async def only_read(installation: Installation, how: str) -> None:
    """A database that only answers, as a standby does, or one whose administrator has put the brake on."""
    connection = await asyncpg.connect(installation.servers.database_url)
    try:
        await connection.execute(f"ALTER DATABASE {installation.database} SET default_transaction_read_only = {how}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", installation.database
        )
    finally:
        await connection.close()


@pytest.fixture
def on_a_small_disk(own_servers: OwnServers) -> Iterator[tuple[Stack, Disk]]:
    """A Postgres on a disk of its own, which a test may fill."""
    stack = own_servers(kafka=False, postgres=False)
    with small_disk(stack.directory, ROOM_MIB) as disk:
        try:
            yield stack, disk
        finally:
            stack.postgres.stop()


async def test_a_full_disk_is_told_of_before_anything_has_to_be_written(
    servers: Servers, on_a_small_disk: tuple[Stack, Disk]
) -> None:
    """A disk that is full takes rows that fit into a page there is: what tells is whether a new one can be had."""
    stack, disk = on_a_small_disk
    url = await asyncio.to_thread(stack.postgres.start)
    async with of_its_own(Servers(servers.bootstrap_servers, url)) as installation:
        process = installation.start("intake", **QUICK)
        await is_ready(process, BACK_S)
        await read_one(installation, "a")

        async def told() -> bool:
            disk.fill()
            return "the database takes no writes (DiskFullError)" in (await asyncio.to_thread(ready, process))[1]

        await eventually(told, "it says that the disk is full", WITHIN_S, 0.2)
        disk.free()
        await is_ready(process, BACK_S)
