"""How long a concern takes at a steady rate: from the sender's clock to triage's commit, and to audit's.

When a transaction was committed Postgres is asked afterwards (`track_commit_timestamp`), so that nothing watches while
there is something to measure: whoever asked every millisecond took a tenth of the machine. It notes the instant before
it flushes, so what a flush takes by the middle of many is added to every concern.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.local.stack import Servers
from shared.chassis.process.clock import WallClock
from shared.contracts.intake import ConcernReceived
from shared.kernel.identity import event_identity
from tests.bench import standing
from tests.bench.inputs import NOW, Decided, Record, Work
from tests.bench.inputs import work as make_work
from tests.bench.options import BenchError, Options
from tests.bench.sending import now, sender
from tests.bench.system import started
from tests.support.installation import Installation, install

STAGES = ("triage", "audit")
_WARM_UP_S_MAX = 5.0
_DECIDED_AFTER_S = 0.5
_POLL_S = 0.05
_FLUSHES = 100
_MS = timedelta(milliseconds=1)
_TAKEN = "SELECT identity, pg_xact_commit_timestamp(xmin) FROM inbox WHERE identity = ANY($1::uuid[])"


@dataclass
class Window:
    """The latencies of one stretch of time in ms, by stage."""

    ms: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in STAGES})

    def percentile(self, stage: str, share: float) -> float:
        """What so large a share of the concerns took at most."""
        ordered = sorted(self.ms[stage])
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


_Posted = dict[str, tuple[datetime, Window]]
"""When each concern was posted, by its id, and in which window that counts."""


async def measure(servers: Servers, options: Options) -> list[Window]:
    """As many windows as there are runs, after one that only warms up; the counts are verified at the end."""
    lengths = [min(_WARM_UP_S_MAX, options.latency_s), *[options.latency_s] * options.runs]
    work = make_work(round(sum(lengths) * options.latency_rate), name="latency", again=False)
    windows = [Window() for _ in lengths]
    owners = [
        w for w, length in zip(windows, lengths, strict=True) for _ in range(round(length * options.latency_rate))
    ]
    installation = await install(servers)
    connection = await asyncpg.connect(installation.database_url)
    try:
        async with started(installation, options) as system, sender(servers.bootstrap_servers) as producer:
            await system.ready()
            posted = await _post_steadily(producer, installation.prefix, work, owners, options.latency_rate)
            await _settled(connection, work, options)
            await standing.verify(connection, installation, work)
        flush_ms = await _flush_ms(connection)
        for stage in STAGES:
            await _took(installation, stage, posted, flush_ms)
    finally:
        await connection.close()
        await installation.close()
    return windows[1:]


async def _post_steadily(
    producer: AIOKafkaProducer, prefix: str, work: Work, owners: list[Window], rate: float
) -> _Posted:
    """Post each report when its turn has come, and its decision half a second later."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    posted: _Posted = {}
    clock = WallClock()
    sent: list[asyncio.Future[object]] = []
    deciding: list[asyncio.Task[None]] = []

    async def send(record: Record) -> None:
        value = record.value.replace(NOW, now())
        sent.append(await producer.send(
            prefix + record.topic, value, key=record.key, partition=record.partition, headers=record.headers
        ))  # fmt: skip

    async def decide(decided: Decided) -> None:
        for record in decided:
            await send(record)

    pairs = zip(work.reports, work.decisions.items(), owners, strict=True)
    for number, (report, (concern_id, decided), window) in enumerate(pairs):
        await asyncio.sleep(max(began + number / rate - time.perf_counter(), 0))
        posted[concern_id.decode()] = clock.now(), window
        await send(report)
        loop.call_later(_DECIDED_AFTER_S, lambda d=decided: deciding.append(loop.create_task(decide(d))))  # type: ignore[misc]
    await asyncio.sleep(2 * _DECIDED_AFTER_S)
    await asyncio.gather(*deciding)
    await asyncio.gather(*sent)
    return posted


async def _settled(connection: asyncpg.Connection, work: Work, options: Options) -> None:
    wanted = standing.to_read(work)
    deadline = time.perf_counter() + options.deadline_s
    while wanted.items() - (await standing.read_so_far(connection)).items() or await standing.unpublished(connection):
        await asyncio.sleep(_POLL_S)
        if time.perf_counter() > deadline:
            raise BenchError(f"not settled: to read {wanted}, read {await standing.read_so_far(connection)}")


async def _took(installation: Installation, stage: str, posted: _Posted, flush_ms: float) -> None:
    """Put into each window how long its concerns took to a stage's commit. Raises BenchError where one is not there."""
    facts = await installation.facts("concerns", ConcernReceived.type)
    concerns = {event_identity(f["headers"]["ce_source"], f["headers"]["ce_id"]): f["concern_id"] for f in facts}
    rows = await installation.sql(stage, _TAKEN, list(concerns))
    taken: dict[str, datetime] = {concerns[str(identity)]: committed for identity, committed in rows}
    if missing := posted.keys() - taken.keys():
        raise BenchError(f"{len(missing)} concerns never came to {stage}")
    for concern_id, (at, window) in posted.items():
        window.ms[stage].append((taken[concern_id] - at) / _MS + flush_ms)


async def _flush_ms(connection: asyncpg.Connection) -> float:
    """What a flush adds to a commit here, in ms: the middle of many with it, less the middle of many without."""
    taken: dict[str, list[float]] = {"on": [], "off": []}
    for _ in range(_FLUSHES):
        for setting, times in taken.items():
            await connection.execute(f"SET synchronous_commit = {setting}")
            began = time.perf_counter()
            await connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'flushed')")
            times.append((time.perf_counter() - began) * 1000)
    return max(median(taken["on"]) - median(taken["off"]), 0.0)
