"""A campaign: four services, some twice, under a steady load, while faults are injected; and what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import asyncpg

from services import SERVICES
from tests.faults.accidents import Accidents, Killable
from tests.faults.agenda import Kind
from tests.faults.coordinator import Coordinator
from tests.faults.journals import taken_twice
from tests.faults.links import links
from tests.faults.load import Load
from tests.faults.log import Where
from tests.faults.monitor import Monitor, spread
from tests.faults.nuisances import Nuisances
from tests.faults.oracle import Findings, examine
from tests.faults.outages import Outages
from tests.faults.processes import Instances
from tests.faults.restarts import Restarts
from tests.faults.standbys import Standbys
from tests.faults.supervisor import Spell, Supervisor
from tests.faults.transactions import KINDS
from tests.faults.upheavals import Upheavals
from tests.support import beside, told_once
from tests.support.disk import Disk
from tests.support.installation import Installation

SETTLE_S = 180.0
_FAULT_S = 1.3  # about what a fault takes
_STOP_S = 20.0


@dataclass(frozen=True)
class Plan:
    """How long, how fast, how cruel. With a driven clock, `months` pass outside while it runs."""

    seed: int
    faults: int = 80
    concerns_per_s: float = 6.0
    every_s: float = 0.5
    deadline_s: float = 90.0
    months: float = 15.0
    in_transactions: float = 0.15
    spared: frozenset[str] = frozenset()
    """Kinds that need not happen, though they may; every other that is not a matter of course must."""


@dataclass
class Report:
    """What a campaign did and found."""

    seed: int
    driven: bool
    seconds: float = 0.0
    settle_s: float = 0.0
    posted: int = 0
    faults: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    unplanned: dict[str, int] = field(default_factory=dict)
    first_commit_s: dict[str, float] = field(default_factory=dict)
    caught_up_s: dict[str, dict[str, float]] = field(default_factory=dict)
    outages_s: dict[str, dict[str, float]] = field(default_factory=dict)
    back_s: dict[str, dict[str, float]] = field(default_factory=dict)
    ends_s: dict[str, float] = field(default_factory=dict)
    ways: dict[str, int] = field(default_factory=dict)
    transactions: dict[str, int] = field(default_factory=dict)
    sometimes: dict[str, int] = field(default_factory=dict)
    never: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    allowed: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    where: Where | None = None

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(replace(self, where=None))


def where_of(installation: Installation) -> Where:
    """What the oracle and the load may know of an installation."""
    servers = installation.servers
    return Where(servers.bootstrap_servers, installation.database_url, installation.prefix, installation.driven)


@dataclass
class Running:
    """An installation under load: what a test or a campaign acts on."""

    where: Where
    instances: Instances
    monitor: Monitor
    load: Load
    supervisor: Supervisor
    accidents: Accidents
    upheavals: Upheavals
    outages: Outages
    others: dict[str, Kind]
    settle_s: float = 0.0

    @property
    def must(self) -> dict[str, Kind]:
        """The kinds of fault that a campaign must not end without."""
        return self.upheavals.kinds | self.outages.kinds | self.others

    async def settle(self, deadline_s: float = SETTLE_S) -> Findings:
        """End the load, let everybody finish, and hold what came of it against the rules."""
        self.load.stopping = True
        await self._posting
        await self.supervisor.calm()
        self.settle_s = await self.monitor.quiet(deadline_s, self.load.now())
        findings = await examine(self.where, self.load.acknowledged, self.load.never_said)
        findings.differences += [*await told_twice(self.where), *await taken_twice(self.where)]
        findings.differences += await beside_cases(self.where)
        said = self.instances.said()
        findings.sometimes |= {name: said[name] for name in ("fenced", "transaction_retried", "relay_restarted")}
        return findings

    def enough(self) -> bool:
        """Whether every way out of trouble has been taken at least once: fenced, tried again, published again."""
        said, fired = self.instances.said(), self.supervisor.fired
        relays = sum(fired[f"{place}:{how}"] for place in ("relay-sent", "relay-deleted") for how in ("kill", "stop"))
        return bool(said["fenced"] and said["transaction_retried"] and relays > 1)

    _posting: asyncio.Task[None] = field(init=False, repr=False)


@asynccontextmanager
async def under_load(
    installation: Installation,
    plan: Plan,
    servers: dict[str, Killable] | None = None,
    standbys: Standbys | None = None,
    disk: Disk | None = None,
) -> AsyncIterator[Running]:
    """All services running, and stories being told."""
    where, seed = where_of(installation), plan.seed
    async with links(where.bootstrap, where.database_url) as several:
        instances = Instances(installation.environment(), installation.database, several)
        monitor = Monitor(where)
        days_per_s = plan.months * 30 / (plan.faults * _FAULT_S)
        load = Load(where, seed, plan.concerns_per_s, days_per_s, plan.in_transactions)
        supervisor = Supervisor(where, instances, monitor, seed)
        accidents = Accidents(where, supervisor, instances, servers)
        upheavals = Upheavals(installation, where, supervisor, seed, standbys)
        full = None if disk is None or standbys is None else (disk, standbys)
        outages = Outages(where, supervisor, instances, seed, full)
        others = Nuisances(where, supervisor, seed).kinds | Restarts(supervisor, instances, seed).kinds
        running = Running(where, instances, monitor, load, supervisor, accidents, upheavals, outages, others)
        coordinator = Coordinator(where, load, seed)
        tasks = [asyncio.create_task(monitor.run()), asyncio.create_task(coordinator.run())]
        running._posting = asyncio.create_task(load.run())
        try:
            yield running
        finally:
            for task in (*tasks, running._posting):
                task.cancel()
            await asyncio.wait((*tasks, running._posting), timeout=_STOP_S)
            instances.close()


async def campaign(
    installation: Installation,
    plan: Plan,
    servers: dict[str, Killable] | None = None,
    progress: Callable[[Running], None] | None = None,
    standbys: Standbys | None = None,
    disk: Disk | None = None,
) -> Report:
    """Run one campaign and say what came of it. Standbys take over where there are any, and `disk` is theirs."""
    began = time.monotonic()
    report = Report(plan.seed, installation.driven)
    async with under_load(installation, plan, servers, standbys, disk) as running:
        running.supervisor.start()
        telling = asyncio.create_task(_tell(running, progress or _silent))
        running.supervisor.kinds |= running.accidents.kinds | running.must
        spell = Spell(plan.faults, plan.every_s, plan.deadline_s, running.enough)
        must = [kind for kind in running.must if kind not in plan.spared]
        await running.supervisor.run(spell, must, running.upheavals.look)
        findings = await running.settle()
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
    supervisor, monitor = running.supervisor, running.monitor
    report.seconds, report.settle_s = round(time.monotonic() - began, 1), round(running.settle_s, 1)
    report.posted, report.faults = running.load.posted, supervisor.count
    report.fired, report.unplanned = dict(sorted(supervisor.fired.items())), dict(supervisor.unplanned)
    caught_up: dict[str, list[float]] = {"death": []}
    for one in monitor.recoveries:
        caught_up.setdefault(one.why, []).extend([] if one.caught_up_s is None else [one.caught_up_s])
    alone = [r.first_commit_s for r in monitor.recoveries if r.alone and r.first_commit_s is not None]
    report.first_commit_s = spread(alone)
    report.caught_up_s = {why: spread(seconds) for why, seconds in caught_up.items()}
    report.outages_s = {name: spread(seconds) for name, seconds in running.accidents.outages.items()}
    report.back_s = {name: spread(seconds) for name, seconds in running.outages.back_s.items()}
    report.ends_s, report.ways = spread(supervisor.ends_s), dict(sorted(running.outages.ways.items()))
    report.sometimes, report.counts = findings.sometimes, findings.counts
    report.allowed, report.differences = findings.allowed, findings.differences
    report.where = running.where
    report.transactions = dict(sorted(running.load.transactions.items()))
    marks = {kind: supervisor.fired[kind] for kind in running.must}
    marks |= {f"transaction-{kind}": running.load.transactions[kind] for kind in KINDS}
    report.sometimes |= marks
    report.never = [kind for kind, times in marks.items() if not times and kind not in plan.spared]
    return report


async def told_twice(where: Where) -> list[str]:
    """What cannot be where each fact is told once, by a checker that shares no code with the oracle either."""
    log = await told_once.read_everything(where.bootstrap, where.prefix)
    return [
        f"told: {what}" for what in told_once.faults_of_any(told_once.with_kept(where.prefix, where.kept.values(), log))
    ]


async def beside_cases(where: Where) -> list[str]:
    """Lists and counts that are not what the cases say, whatever befell whoever wrote them."""
    connection = await asyncpg.connect(where.database_url)
    try:
        return [f"beside {one}" for service in SERVICES for one in await beside.differences(connection, service)]
    finally:
        await connection.close()


async def _tell(running: Running, progress: Callable[[Running], None]) -> None:
    while True:
        progress(running)
        await asyncio.sleep(5)


def _silent(_: Running) -> None:
    pass
