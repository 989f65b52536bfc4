"""Rule 15: what a record costs, it costs its sender. Batches that unpack to hundreds of megabytes, in every codec."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from shared.contracts.topics import dead_letters_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, read_all, report
from tests.support.installation import Installation, eventually

DOOR = "concern-reports"
RECORD = bytes(500_000)
BOMBS = {"gzip": 400, "snappy": 20, "lz4": 200, "zstd": 400}
"""How many of these records go into a batch: up to 200 MB; what snappy and LZ4 pack less well has to fit the topic."""
MORE_MB = 120


def most_memory_mb(pid: int) -> int:
    """The most memory a process has had."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(kilobytes) // 1024


async def bomb(installation: Installation, codec: str, records: int, partition: int) -> int:
    """Send a batch of so many records, each within Kafka's own bound; the offset of the first."""
    options = {"max_batch_size": 1 << 28, "max_request_size": 1 << 28, "compression_type": codec}
    async with AIOKafkaProducer(bootstrap_servers=installation.servers.bootstrap_servers, **options) as producer:
        batch = producer.create_batch()
        for _ in range(records):
            assert batch.append(timestamp=None, key=b"k", value=RECORD) is not None
        sent = await producer.send_batch(batch, installation.prefix + DOOR, partition=partition)
        return int((await sent).offset)


async def test_batches_that_unpack_to_200_mb_are_set_aside_by_place_and_everybody_else_is_served(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    service = installation.start("intake", **QUICK)
    await installation.post(*(report(f"before-{n}") for n in range(20)))
    await installation.settled(["intake"])
    usual = most_memory_mb(service.pid)

    first = {codec: await bomb(installation, codec, many, 0) for codec, many in BOMBS.items()}
    for _ in range(2):
        for partition in range(1, 6):
            await bomb(installation, "zstd", BOMBS["zstd"], partition)
    await installation.post(*(report(f"beside-{n}") for n in range(20)))
    sent = sum(BOMBS.values()) + 10 * BOMBS["zstd"]

    async def all_are_answered() -> bool:
        letters = await read_all(installation, [dead_letters_of(DOOR)])
        return len(letters.facts) == sent

    await installation.settled(["intake"])
    await eventually(all_are_answered, "every record of every bomb has a dead letter")

    letters = [fact.body for fact in (await read_all(installation, [dead_letters_of(DOOR)])).facts.values()]
    assert {reason["code"] for letter in letters for reason in letter["reasons"]} == {"batch_not_unpacked"}
    places = {(letter["partition"], letter["offset"]) for letter in letters}
    assert places >= {(0, first[codec] + n) for codec, many in BOMBS.items() for n in range(many)}
    receipts = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    assert {fact["reference"] for fact in receipts} >= {
        f"{when}-{n}" for when in ("before", "beside") for n in range(20)
    }
    assert most_memory_mb(service.pid) - usual < MORE_MB

    # What stands before the position is looked at by another reader, which finds the same stand-in.
    installation.stop(service)
    again = installation.start("intake", **QUICK)
    await installation.post(report("after"))
    await installation.settled(["intake"])
    assert "positions_refused" not in installation.log_of(again)
    assert most_memory_mb(again.pid) - usual < MORE_MB
    await reading_commands_bear_it_too(installation, usual)


async def reading_commands_bear_it_too(installation: Installation, usual: int) -> None:
    said = await asyncio.create_subprocess_exec(
        sys.executable, "-c", READ, env=installation.environment(), stdout=subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(said.communicate(), 120)
    assert said.returncode == 0
    assert int(out.split()[-1]) - usual < MORE_MB
    assert b"after" in out


READ = """
import sys
from services.command.app import main
sys.argv = ["section42", "read", "concern-reports", "--no-follow"]
try:
    code = main()
except SystemExit as end:
    code = end.code
print()
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(code or 0)
"""
