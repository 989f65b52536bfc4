"""Rule 18: control records are no records. What a sender commits is applied, what it takes back never is."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from deploy.recount.kafka import everything
from services.command.lag import bounds_of, open_transactions, partitions_of
from services.command.logs_seen import told
from services.command.read import read
from services.command.servers import consumer
from services.command.status import status
from services.command.status_found import Status
from shared.chassis.delivery.consuming.standing import Standing
from shared.chassis.delivery.kafka.log_reader import LogReader
from shared.chassis.delivery.kafka.open_transactions import LONG_S
from shared.chassis.delivery.kafka.positions import Position
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.process.clock import WallClock
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    administering,
    concern_of,
    gives_signs_of_life,
    is_ready,
    metric,
    reading,
    report,
    states,
)
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually
from tests.support.transactional import Librdkafka, java

DOOR = "concern-reports"
pytestmark = pytest.mark.usefixtures("ended")
JAVA: list[subprocess.Popen[bytes]] = []


@pytest.fixture
def ended() -> Any:
    """No Java client outlives its test."""
    yield
    while JAVA:
        process = JAVA.pop()
        process.kill()
        process.wait()


def reports(kind: str, count: int = 5) -> list[KeptRecord]:
    return [record_of(report(f"{kind}{n}")) for n in range(count)]


def ids(*kinds: str, count: int = 5) -> set[Any]:
    return {concern_of(f"{kind}{n}") for kind in kinds for n in range(count)}


def door(installation: Installation) -> str:
    return installation.prefix + DOOR


@asynccontextmanager
async def sender(installation: Installation, name: str = "sender") -> AsyncIterator[Librdkafka]:
    async with Librdkafka(installation.servers.bootstrap_servers, installation.prefix + name) as one:
        yield one


async def plainly(installation: Installation, records: Iterable[KeptRecord], partition: int = 0) -> None:
    """Sent in no transaction."""
    async with installation.producer() as producer:
        for record in records:
            sent = await producer.send(
                door(installation), record.value, key=record.key, headers=record.headers, partition=partition
            )
            await sent


async def concerns(installation: Installation) -> set[Any]:
    return set(await states(installation, "intake"))


async def holds(installation: Installation, wanted: set[Any]) -> None:
    async def all_there() -> bool:
        return wanted <= await concerns(installation)

    await eventually(all_there, f"{len(wanted)} concerns are there")


async def ends(installation: Installation) -> dict[int, int]:
    async with reading(installation) as client:
        there = await client.end_offsets([TopicPartition(door(installation), n) for n in range(6)])
    return {partition.partition: end for partition, end in there.items()}


async def at_the_end(installation: Installation) -> None:
    """Every position has passed the markers too, and there is no lag left."""

    async def passed() -> bool:
        rows = await installation.sql("intake", "SELECT partition, next_offset FROM positions WHERE topic = $1",
                                      door(installation))  # fmt: skip
        return bool(dict(rows) == await ends(installation))

    await eventually(passed, "every position is at the end")


async def shows(process: subprocess.Popen[bytes], name: str, value: float) -> None:
    """A gauge of what is looked at every second."""

    async def says_so() -> bool:
        return await asyncio.to_thread(metric, process, name) == value

    await eventually(says_so, f"{name} is {value}", 20)


async def look(installation: Installation) -> Status:
    return await status(installation.kafka, installation.database_url, installation.prefix)


def of_intake(found: Status) -> list[str]:
    """What is wrong; the others are not here, and miss their topics."""
    return [line for line in found.problems if not line.startswith(("triage ", "enquiry ", "audit "))]


async def accounted(installation: Installation, reports_read: int) -> None:
    """Neither a marker nor what was taken back is a report, for the services, for a reader or for the second count."""
    found = await look(installation)
    assert found.reports_read == reports_read == sum(line.received for line in found.senders)
    assert (of_intake(found), found.services[0].lag_records) == ([], 0)
    chosen = {"bootstrap_servers": installation.servers.bootstrap_servers}
    assert len(await everything(installation.prefix, chosen)) == reports_read
    assert len([seen async for seen in read(installation.kafka, installation.prefix, DOOR)]) == reports_read


async def test_what_librdkafka_commits_is_applied_and_what_it_takes_back_never_is(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process)
    async with sender(installation) as one:
        for kind, committed in (("a", True), ("b", False), ("c", True), ("d", False)):
            await one.begin(door(installation), reports(kind))
            await (one.commit() if committed else one.abort())
    await holds(installation, ids("a", "c"))
    await at_the_end(installation)

    assert await concerns(installation) == ids("a", "c")
    assert await asyncio.to_thread(metric, process, "safeguarding_positions_refused") == 0
    assert "does_not_continue" not in installation.log_of(process)
    await shows(process, "safeguarding_lag_records", 0)
    await accounted(installation, 10)


async def test_what_was_posted_while_nobody_read_is_read_by_the_same_rule(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    async with sender(installation) as one:
        for kind, committed in (("a", False), ("b", True), ("c", False)):
            await one.begin(door(installation), reports(kind))
            await (one.commit() if committed else one.abort())
    await gives_signs_of_life(installation, "intake")

    before = await look(installation)
    assert before.services[0].lag_records == 18, "an upper bound, and said to be one"
    assert (of_intake(before), before.reports_unread) == ([], 18)
    installation.start("intake", **QUICK)
    await holds(installation, ids("b"))
    await at_the_end(installation)
    await accounted(installation, 5)


async def test_an_open_transaction_holds_its_partition_and_no_other_and_is_told_of_by_name(
    install_for: InstallFor,
) -> None:
    """Committed late: then it is applied, with all that came behind it."""
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process)
    async with sender(installation, "slow-sender") as one:
        await one.begin(door(installation), reports("open"))
        await plainly(installation, reports("behind"))
        await plainly(installation, reports("beside"), partition=1)
        await holds(installation, ids("beside"))

        async def held_up() -> bool:
            return await asyncio.to_thread(metric, process, "safeguarding_open_transaction_seconds") > 0

        await eventually(held_up, "the service sees that it is held up")
        assert await concerns(installation) == ids("beside")
        await shows(process, "safeguarding_lag_records", 10)
        assert await lines(installation, at_least_s=LONG_S) == [], "it has only just begun"
        (line,) = await lines(installation, at_least_s=0)
        assert line.startswith(f"the transaction of {installation.prefix}slow-sender has been open for ")
        assert line.endswith(f"nobody can read on behind it in {DOOR} 0")
        await one.commit()
    await holds(installation, ids("open", "behind"))
    await at_the_end(installation)

    await shows(process, "safeguarding_open_transaction_seconds", 0)
    await accounted(installation, 15)


async def lines(installation: Installation, at_least_s: float) -> list[str]:
    now = WallClock().now()
    async with consumer(installation.kafka) as reader:
        bounds = await bounds_of(reader, await partitions_of(reader, [door(installation)]))
        return told(await open_transactions(reader, bounds, now, at_least_s), installation.prefix, now)


async def test_a_service_logs_once_whose_transaction_has_been_open_for_a_minute(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    where = door(installation), 0
    async with sender(installation, "hanging") as one:
        await one.begin(door(installation), reports("open"))
        async with reading(installation) as client:
            await partitions_of(client, [door(installation)])
            reader, standing = LogReader(client._client), Standing("intake")
            standing.saw(where, Position(0, None), (await reader.bounds([where]))[where])
            with structlog.testing.capture_logs() as logged:
                standing.tell_of_open_transactions()
            assert logged == []
            stable, since = standing._held_up[where]
            standing._held_up[where] = stable, since - LONG_S
            with structlog.testing.capture_logs() as logged:
                standing.tell_of_open_transactions()
                standing.tell_of_open_transactions()
        await one.abort()

    (line,) = logged
    assert (line["event"], line["hint"]) == ("transaction_open", "section42 status")
    assert "hanging" not in str(line), "what a sender calls it, whoever asks is told"
    assert (line["topic"], line["partition"], line["offset"]) == (*where, 0)


async def test_a_marker_at_the_end_of_a_truncated_partition_is_no_loss(install_for: InstallFor) -> None:
    """Retention takes everything, markers and what was taken back included, while nobody reads."""
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    async with sender(installation) as one:
        await one.begin(door(installation), reports("a"))
        await one.commit()
        await holds(installation, ids("a"))
        await one.begin(door(installation), reports("b"))
        await one.abort()
    await at_the_end(installation)
    rows = await installation.sql("intake", "SELECT last_offset, next_offset FROM positions WHERE next_offset > 0")
    assert [tuple(row) for row in rows] == [(4, 12)], "the last record, and where to go on behind what is none"
    installation.stop(process)
    async with administering(installation) as client:
        await client.delete_records({TopicPartition(door(installation), 0): RecordsToDelete(before_offset=12)})

    process = installation.start("intake", **QUICK)
    await plainly(installation, reports("c"))
    await holds(installation, ids("c"))
    assert await asyncio.to_thread(metric, process, "safeguarding_positions_refused") == 0
    assert await concerns(installation) == ids("a", "c")
    found = await look(installation)
    assert (found.reports_read, of_intake(found)) == (10, [])


async def test_kafka_s_own_java_client_commits_is_taken_back_by_its_successor_and_by_the_broker(
    install_for: InstallFor, tmp_path: Path
) -> None:
    """One that commits; one that is killed and whose successor takes it back; one that the broker ends in the end."""
    installation = await install_for("intake")
    servers, topic = installation.servers.bootstrap_servers, door(installation)
    process = installation.start("intake", **QUICK)

    def sending(name: str, transactional_id: str, **options: str) -> subprocess.Popen[bytes]:
        JAVA.append(java(servers, topic, report(name), tmp_path / name,
                         transactional_id=f"{installation.prefix}{transactional_id}", **options))  # fmt: skip
        return JAVA[-1]

    async def on_the_log(more_than: int) -> bool:
        return sum((await ends(installation)).values()) > more_than

    async def killed_in_the_middle(name: str, transactional_id: str, **options: str) -> None:
        before = sum((await ends(installation)).values())
        hanging = sending(name, transactional_id, num_records="100000", throughput="5",
                          transaction_duration_ms="600000", **options)  # fmt: skip
        await eventually(lambda: on_the_log(before), "its records are on the log")
        hanging.kill()
        hanging.wait()

    once = {"num_records": "3", "throughput": "-1", "transaction_duration_ms": "1000"}
    assert await asyncio.to_thread(sending("committed", "java", **once).wait) == 0
    await holds(installation, {concern_of("committed")})

    await killed_in_the_middle("taken-back", "java")
    assert await asyncio.to_thread(sending("successor", "java", **once).wait) == 0
    await holds(installation, {concern_of("successor")})

    await killed_in_the_middle("left-open", "another", timeout_ms="2000")
    for partition in range(6):
        await plainly(installation, reports(f"behind-{partition}-", 1), partition)
    behind = {concern_of(f"behind-{partition}-0") for partition in range(6)}
    await holds(installation, behind)
    await at_the_end(installation)

    assert await concerns(installation) == behind | {concern_of("committed"), concern_of("successor")}
    assert await asyncio.to_thread(metric, process, "safeguarding_positions_refused") == 0
    await accounted(installation, 12)
