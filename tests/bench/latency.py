"""How long a concern takes at a steady rate: from the sender's clock to triage's commit, and to audit's.

One concern in five is watched: its case is asked for, in triage's table and in audit's, every millisecond from its
posting until both are there. So a figure is at most a millisecond and one small query too long, never too short.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.local.stack import Servers
from shared.kernel.identity import derived
from tests.bench import standing
from tests.bench.inputs import NOW, Decided, Record, Work
from tests.bench.inputs import work as make_work
from tests.bench.options import BenchError, Options
from tests.bench.sending import now, sender
from tests.bench.system import started
from tests.support.installation import install

STAGES = ("triage", "audit")
_WARM_UP_S_MAX = 5.0
_ONE_IN = 5
_DECIDED_AFTER_S = 0.5
_LOOK_S = 0.001
_POLL_S = 0.05
_SEEN = """
SELECT key FROM triage.cases WHERE key = ANY($1::uuid[]) AND body IS NOT NULL
UNION ALL SELECT key FROM audit.cases WHERE key = ANY($2::uuid[]) AND body IS NOT NULL
"""


@dataclass
class Window:
    """The latencies of one stretch of time in ms, by stage."""

    ms: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in STAGES})

    def percentile(self, stage: str, share: float) -> float:
        """What so large a share of the concerns took at most."""
        ordered = sorted(self.ms[stage])
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Watcher:
    """Asks for the cases that are on their way and notes when each was first there."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, dict[UUID, tuple[float, Window]]] = {stage: {} for stage in STAGES}
        self._woken = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many cases have not come yet."""
        return sum(map(len, self._waiting.values()))

    def posted(self, concern_id: UUID, at: float, window: Window) -> None:
        """A concern is on its way. An adult nobody has met gets an id that derives from the concern's."""
        self._waiting["triage"][concern_id] = at, window
        self._waiting["audit"][derived("adult", str(concern_id))] = at, window
        self._woken.set()

    async def run(self) -> None:
        """Look, until cancelled."""
        seen = await self._connection.prepare(_SEEN)
        while True:
            if not self.waiting:
                self._woken.clear()
                await self._woken.wait()
            rows = await seen.fetch(*(list(self._waiting[stage]) for stage in STAGES))
            there = time.perf_counter()
            for (key,) in rows:
                for stage, waiting in self._waiting.items():
                    if key in waiting:
                        posted, window = waiting.pop(key)
                        window.ms[stage].append((there - posted) * 1000)
            await asyncio.sleep(_LOOK_S)


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
            watcher = Watcher(connection)
            watching = asyncio.create_task(watcher.run())
            await _post_steadily(producer, installation.prefix, work, watcher, owners, options.latency_rate)
            await _settled(connection, watcher, watching, work, options)
            await standing.verify(connection, installation, work)
    finally:
        await connection.close()
        await installation.close()
    return windows[1:]


async def _post_steadily(
    producer: AIOKafkaProducer, prefix: str, work: Work, watcher: Watcher, owners: list[Window], rate: float
) -> None:
    """Post each report when its turn has come, and its decision half a second later."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
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
        if number % _ONE_IN == 0:
            watcher.posted(UUID(concern_id.decode()), time.perf_counter(), window)
        await send(report)
        loop.call_later(_DECIDED_AFTER_S, lambda d=decided: deciding.append(loop.create_task(decide(d))))  # type: ignore[misc]
    await asyncio.sleep(2 * _DECIDED_AFTER_S)
    await asyncio.gather(*deciding)
    await asyncio.gather(*sent)


async def _settled(
    connection: asyncpg.Connection, watcher: Watcher, watching: asyncio.Task[None], work: Work, options: Options
) -> None:
    wanted = standing.to_read(work)
    deadline = time.perf_counter() + options.deadline_s
    while watcher.waiting and not watching.done():
        await asyncio.sleep(_POLL_S)
        if time.perf_counter() > deadline:
            raise BenchError(f"{watcher.waiting} concerns never came to triage and audit")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    if not watching.cancelled():
        watching.result()
    while wanted.items() - (await standing.read_so_far(connection)).items() or await standing.unpublished(connection):
        await asyncio.sleep(_POLL_S)
        if time.perf_counter() > deadline:
            raise BenchError(f"not settled: to read {wanted}, read {await standing.read_so_far(connection)}")
