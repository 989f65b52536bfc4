"""Rule 3: offsets live in Postgres. What Kafka says changes nothing; a log that does not continue ours is refused."""

import asyncio
import signal
import subprocess
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from services.command.positions import Acceptance, go_on_from
from services.intake.service import service as intake
from shared.chassis.delivery.applying import position_rows
from shared.chassis.delivery.applying.steps import batch
from shared.chassis.delivery.kafka.log_check import ANOTHER_TOPIC
from shared.chassis.delivery.kafka.positions import Position
from shared.chassis.process.errors import Fenced
from shared.contracts.topics import PARTITIONS
from tests.integration.delivery.conftest import InstallFor, make_topics
from tests.integration.delivery.harness import (
    QUICK,
    administering,
    concern_of,
    is_paused,
    is_ready,
    metric,
    reading,
    ready,
    report,
    states,
    transactions,
)
from tests.integration.delivery.in_process import found_in, record_of
from tests.support.installation import Installation, eventually

DOOR = "concern-reports"


async def post(installation: Installation, *names: str, partition: int = 0) -> None:
    """Reports, all to one partition, so that its offsets are known."""
    async with installation.producer() as producer:
        for name in names:
            record = record_of(report(name))
            sent = await producer.send(
                installation.prefix + DOOR, record.value, key=record.key, headers=record.headers, partition=partition
            )
            await sent


def names(kind: str, count: int = 10) -> list[str]:
    return [f"{kind}{n}" for n in range(count)]


async def concerns(installation: Installation) -> int:
    return len(await states(installation, "intake"))


async def settled(installation: Installation, count: int) -> None:
    async def all_there() -> bool:
        return await concerns(installation) >= count

    await eventually(all_there, f"{count} concerns are there")
    await installation.settled(["intake"])
    assert await concerns(installation) == count


async def set_by_hand(installation: Installation, offset: int) -> None:
    """What an operator does with Kafka's own tools: the group's offset is now another."""
    group = f"{installation.prefix}intake"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=installation.servers.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        where = TopicPartition(installation.prefix + DOOR, 0)
        consumer.assign([where])
        await consumer.commit({where: offset})
    finally:
        await consumer.stop()


async def test_offsets_set_by_hand_in_kafka_change_nothing(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    await post(installation, *names("a"))
    for turn, offset in enumerate((0, 15, 30)):  # earliest, between what was read and the end, latest
        installation.stop(installation.start("intake", **QUICK)) if turn else None
        await set_by_hand(installation, offset)
        process = installation.start("intake", **QUICK)
        await settled(installation, 10 * (turn + 1))
        installation.stop(process)
        if turn < 2:
            await post(installation, *names("bc"[turn]))

    tallies = await installation.sql("intake", "SELECT outcome, records FROM tallies ORDER BY outcome")
    assert [tuple(row) for row in tallies] == [("applied", 30), ("read", 30)], (
        "nothing was read twice and nothing passed over"
    )


async def refused(process: subprocess.Popen[bytes], partitions: int = 1) -> None:
    await eventually(lambda: _refused(process, partitions), f"{partitions} partitions are refused")
    says_ready, body = await asyncio.to_thread(ready, process)
    assert not says_ready
    assert "does not fit our position" in body


async def _refused(process: subprocess.Popen[bytes], partitions: int) -> bool:
    return await asyncio.to_thread(metric, process, "safeguarding_positions_refused") == partitions


async def delete_before(installation: Installation, offset: int) -> None:
    async with administering(installation) as client:
        await client.delete_records(
            {TopicPartition(installation.prefix + DOOR, 0): RecordsToDelete(before_offset=offset)}
        )


async def repair(installation: Installation, partition: str = "0") -> None:
    """`section42 positions intake --accept concern-reports 0 --at begin`."""
    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    await go_on_from(*where, Acceptance(DOOR, partition, "begin", "it is all there is", "jane"))


@pytest.mark.parametrize("while_it", ["is stopped", "is paused"])
async def test_records_deleted_before_we_read_them_stop_their_partition_and_no_other(
    install_for: InstallFor, while_it: str
) -> None:
    installation = await install_for("intake")
    await post(installation, *names("a"))
    process = installation.start("intake", **QUICK)
    await settled(installation, 10)

    if while_it == "is stopped":
        installation.stop(process)
    else:
        process.send_signal(signal.SIGSTOP)
    await post(installation, *names("lost", 5), *names("b", 5))
    await delete_before(installation, 15)
    if while_it == "is stopped":
        process = installation.start("intake", **QUICK)
    else:
        process.send_signal(signal.SIGCONT)
    await refused(process)
    await post(installation, *names("c", 5), partition=1)
    before = {concern_of(name) for name in names("a")}
    await eventually(
        lambda: _holds(installation, before | set(map(concern_of, names("c", 5)))), "other partitions go on"
    )
    lost = {concern_of(name) for name in names("lost", 5)}
    assert not (await states(installation, "intake")).keys() & {concern_of(name) for name in names("b", 5)}

    await repair(installation)
    await eventually(
        lambda: _holds(installation, set(map(concern_of, names("b", 5)))), "it goes on where the log begins"
    )
    await is_ready(process)
    await eventually(lambda: _refused(process, 0), "the alert is over")
    read = (await states(installation, "intake")).keys() & lost
    assert len(read) < 5, "a paused process may have had the first of them in its socket"
    assert len(await states(installation, "intake")) == 20 + len(read)


async def _holds(installation: Installation, concerns: set[UUID]) -> bool:
    return concerns <= (await states(installation, "intake")).keys()


async def make_anew(installation: Installation) -> None:
    """Delete the door and make it again, under the same name."""
    async with administering(installation) as client:
        await client.delete_topics([installation.prefix + DOOR])

        async def gone() -> bool:
            return all(t["error_code"] for t in await client.describe_topics([installation.prefix + DOOR]))

        await eventually(gone, "the topic is gone")
    await make_topics(installation, {DOOR})


@pytest.mark.parametrize("while_it", ["is stopped", "runs", "is paused"])
@pytest.mark.parametrize("count", [3, 30])
async def test_a_topic_made_anew_is_refused_whatever_its_length_and_nothing_of_it_is_applied(
    install_for: InstallFor, while_it: str, count: int
) -> None:
    """Shorter than before, or longer; one that is paused wakes up with a position that fits the new log as well."""
    installation = await install_for("intake")
    await post(installation, *names("a"))
    process = installation.start("intake", **QUICK)
    await settled(installation, 10)

    if while_it == "is stopped":
        installation.stop(process)
    elif while_it == "is paused":
        process.send_signal(signal.SIGSTOP)
    await make_anew(installation)
    await post(installation, *names("b", count))
    if while_it == "is stopped":
        process = installation.start("intake", **QUICK)
    elif while_it == "is paused":
        process.send_signal(signal.SIGCONT)
    await refused(process, PARTITIONS)
    assert await concerns(installation) == 10
    assert '"position_refused"' in installation.log_of(process)

    await repair(installation, "all")
    await settled(installation, 10 + count)
    await is_ready(process)
    given_up = "SELECT from_offset, to_offset, records, exact, reason FROM given_up WHERE partition = 0"
    assert [tuple(row) for row in await installation.sql("intake", given_up)] == [(10, 10, 0, False, ANOTHER_TOPIC)]


async def test_a_topic_that_is_gone_is_told_of_and_refused_once_it_is_back(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    await post(installation, *names("a"))
    process = installation.start("intake", **QUICK)
    await settled(installation, 10)

    async with administering(installation) as client:
        await client.delete_topics([installation.prefix + DOOR])

    async def told() -> bool:
        return f"not in Kafka: {DOOR}" in (await asyncio.to_thread(ready, process))[1]

    await eventually(told, "it says that the topic is not there")
    await make_topics(installation, {DOOR})
    await refused(process, PARTITIONS)


async def test_a_log_that_ends_before_our_position_is_refused(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    await post(installation, *names("a"))
    process = installation.start("intake", **QUICK)
    await settled(installation, 10)
    installation.stop(process)
    where: Any = installation.prefix + DOOR
    await installation.sql("intake", "UPDATE positions SET next_offset = 11 WHERE topic = $1 AND partition = 0", where)

    process = installation.start("intake", **QUICK)
    await refused(process)

    async with reading(installation) as consumer:
        ends = await consumer.end_offsets([TopicPartition(where, 0)])
    assert list(ends.values()) == [10]


async def test_the_gaps_that_a_sender_s_transactions_leave_in_the_log_are_no_loss(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process)
    sender = AIOKafkaProducer(
        bootstrap_servers=installation.servers.bootstrap_servers, transactional_id=f"{installation.prefix}sender"
    )
    await sender.start()
    try:
        for count, turn in ((5, "a"), (10, "b"), (15, "c")):
            async with sender.transaction():
                for name in names(turn, 5):
                    record = record_of(report(name))
                    where = installation.prefix + DOOR
                    await sender.send(where, record.value, key=record.key, headers=record.headers, partition=0)
            await eventually(partial(_count, installation, count), f"{count} are read")
    finally:
        await sender.stop()

    assert await asyncio.to_thread(metric, process, "safeguarding_positions_refused") == 0


async def _count(installation: Installation, count: int) -> bool:
    return await concerns(installation) == count


# --- Fencing ----------------------------------------------------------------------------------------------------------


async def test_who_reads_on_from_a_place_that_another_has_left_is_fenced_and_changes_nothing(
    install_for: InstallFor,
) -> None:
    installation = await install_for()
    owner, zombie = (transactions(installation, intake) for _ in range(2))
    await owner.run(lambda connection: position_rows.begin(connection, {("t", 0): 0, ("t", 1): 0}))
    records = [record_of(report(str(n))) for n in range(3)]
    await owner.apply(batch(found_in(owner, records[0]), {("t", 0): 0}, {("t", 0): Position(1, b"1")}))

    both = {("t", 0): Position(2, b"2"), ("t", 1): Position(1, b"1")}
    with pytest.raises(Fenced):
        await zombie.apply(batch(found_in(zombie, records[1]), {("t", 0): 0, ("t", 1): 0}, both))

    assert await concerns(installation) == 1
    assert not await installation.sql("intake", "SELECT 1 FROM positions WHERE partition = 1 AND next_offset > 0")
    assert len(await installation.sql("intake", "SELECT 1 FROM inbox")) == 1
    await asyncio.gather(owner.close(), zombie.close())


@pytest.mark.parametrize("place", ["after-read", "before-apply"])
async def test_a_process_that_wakes_up_after_it_was_succeeded_does_nothing_twice(
    install_for: InstallFor, place: str
) -> None:
    installation = await install_for("intake")
    await post(installation, *names("a"))
    zombie = installation.start("intake", SECTION42_FAILPOINT=f"{place}:stop:1", **QUICK)
    await eventually(lambda: is_paused(zombie), "it is paused with a batch in hand")
    installation.start("intake", **QUICK)
    await settled(installation, 10)

    zombie.send_signal(signal.SIGCONT)
    await eventually(lambda: '"fenced"' in installation.log_of(zombie), "it finds that another has moved on")
    await post(installation, *names("b"))
    await settled(installation, 20)

    tallies = await installation.sql("intake", "SELECT outcome, records FROM tallies ORDER BY outcome")
    assert [tuple(row) for row in tallies] == [("applied", 20), ("read", 20)]
    assert len(await installation.facts("receipts")) == 20
