"""Runs the naive version of the system (`naive`) and takes its time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import asyncpg

from deploy.local.stack import Servers
from tests.bench.inputs import Work
from tests.bench.naive import STAGES, TABLES
from tests.bench.options import BenchError, Options
from tests.bench.sending import post, sender
from tests.bench.system import compiled
from tests.support.installation import Installation, install

_POLL_S = 0.1
_SO_FAR = "SELECT " + ", ".join(f"(SELECT count(*) FROM naive_{stage}.events)" for stage in STAGES)


async def measure(servers: Servers, work: Work, options: Options) -> float:
    """Concerns a second, from the first commit of any stage until all have applied everything."""
    installation = await install(servers)
    try:
        connection = await asyncpg.connect(installation.database_url)
        async with sender(servers.bootstrap_servers) as producer:
            await post(producer, installation.prefix, work.reports)
            await post(producer, installation.prefix, [r for d in work.decisions.values() for r in d])
        for stage in STAGES:
            await connection.execute(TABLES.format(stage=stage))
        processes = [_start(installation, stage, options) for stage in STAGES]
        try:
            return work.concerns / await _until_done(connection, processes, work, options)
        finally:
            for process in processes:
                process.kill()
                process.wait()
            await connection.close()
    finally:
        await installation.close()


def _start(installation: Installation, stage: str, options: Options) -> subprocess.Popen[bytes]:
    environment = installation.environment(
        BOOTSTRAP=installation.servers.bootstrap_servers, URL=installation.database_url, PREFIX=installation.prefix
    )
    log = options.directory / "logs" / f"naive-{stage}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.bench.naive", stage],
            env=compiled(environment), stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip


async def _until_done(
    connection: asyncpg.Connection, processes: list[subprocess.Popen[bytes]], work: Work, options: Options
) -> float:
    concerns, converted = work.concerns, work.converted
    wanted = (concerns, 3 * concerns, converted, 3 * concerns + converted)
    first = 0.0
    deadline = time.perf_counter() + options.deadline_s
    while True:
        now_at = tuple(await connection.fetchrow(_SO_FAR))
        seen = time.perf_counter()
        if not first and any(now_at):
            first = seen - _POLL_S
        if now_at == wanted:
            return seen - first
        ended = [process.returncode for process in processes if process.poll() is not None]
        if ended or seen > deadline or any(n > w for n, w in zip(now_at, wanted, strict=True)):
            raise BenchError(f"the naive version came to {now_at} of {wanted}; ended with {ended}")
        await asyncio.sleep(_POLL_S)
