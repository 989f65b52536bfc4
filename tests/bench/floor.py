"""The floor: one process that reads, decodes, copies into a table without an index, and commits its offsets. No more.

`python -m tests.bench.floor BOOTSTRAP TOPIC URL EVENTS` prints the seconds it took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import asyncpg
import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.stack import Servers
from shared.contracts.topics import PARTITIONS
from tests.bench.inputs import Work
from tests.bench.options import BenchError, Options
from tests.bench.sending import post, sender
from tests.bench.system import compiled
from tests.support.installation import Installation, install

_BATCH = 500
_TOPIC = "concern-reports"
_TABLE = "CREATE TABLE floor (reference text, partition int, record_offset bigint, body bytea)"


async def measure(servers: Servers, work: Work, options: Options) -> float:
    """Events a second: reports, posted over and over, all of them beforehand."""
    installation = await install(servers)
    try:
        events = 0
        async with sender(servers.bootstrap_servers) as producer:
            while events < options.floor_events:
                some = work.reports[: options.floor_events - events]
                await post(producer, installation.prefix, some)
                events += len(some)
        connection = await asyncpg.connect(installation.database_url)
        try:
            await connection.execute(_TABLE)
            seconds = await _run(installation, events)
            found = await connection.fetchval("SELECT count(*) FROM floor")
        finally:
            await connection.close()
        if found != events:
            raise BenchError(f"the floor copied {found:,} events, not {events:,}")
        return events / seconds
    finally:
        await installation.close()


async def _run(installation: Installation, events: int) -> float:
    bootstrap, topic = installation.servers.bootstrap_servers, installation.prefix + _TOPIC
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.floor", bootstrap, topic, installation.database_url, str(events),
        env=compiled(installation.environment()), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    if process.returncode:
        raise BenchError(f"the floor ended with code {process.returncode}")
    return float(out)


async def consume(bootstrap: str, topic: str, url: str, events: int) -> float:
    """The seconds from the first read to the last commit."""
    connection = await asyncpg.connect(url)
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=f"{topic}.floor", enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    done = 0
    decode = msgspec.json.decode
    began = time.perf_counter()
    while done < events:
        rows: list[tuple[str, int, int, bytes]] = []
        for records in (await consumer.getmany(max_records=_BATCH, timeout_ms=200)).values():
            rows += [(decode(r.value)["reference"], r.partition, r.offset, r.value) for r in records]
        if rows:
            await connection.copy_records_to_table("floor", records=rows)
            await consumer.commit()
            done += len(rows)
    seconds = time.perf_counter() - began
    await consumer.stop()
    await connection.close()
    return seconds


if __name__ == "__main__":
    print(uvloop.run(consume(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
