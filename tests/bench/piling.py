"""What piles up: the concerns of one adult, what a service would have to decide anew, and a backlog.

Part of `python -m tests.bench.growth`. Some adults have a hundred concerns each, in turn, so that what the first ones
cost stands beside what the hundredth ones do; the second ten and the last ten are measured, for the first ten also
warm the services up. Then audit is made anew from its journal. Last, reports wait while no service runs.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from deploy.local.stack import Servers
from services import SERVICES
from tests.bench.inputs import Record, work
from tests.bench.machine import cpu_s, family_cpu_s, memory
from tests.bench.options import Options
from tests.bench.sending import post, sender
from tests.bench.system import System, started, timed
from tests.support.installation import Installation, install

TIMES = 100
"""How many concerns each adult has."""
_TENTH = TIMES // 10
_LOT = 100_000
_progress = Console(stderr=True)


@dataclass(frozen=True)
class Piles:
    """How much is piled up."""

    adults: int = 300
    backlog: int = 1_000_000


@dataclass
class Piled:
    """What was measured: CPU microseconds a concern, services and Postgres; seconds; the most megabytes held."""

    early_us: float = 0.0
    late_us: float = 0.0
    rebuilt: int = 0
    rebuild_s: float = 0.0
    rebuild_mb: float = 0.0
    backlog: int = 0
    backlog_s: float = 0.0
    backlog_mb: dict[str, float] = field(default_factory=dict)


async def measure(servers: Servers, postgres: int | None, piles: Piles, options: Options) -> Piled:
    """One after the other, each on a fresh installation but audit's, which is made of the adults' concerns."""
    found = Piled()
    async with _installed(servers) as installation:
        await _the_hundredth(installation, postgres, piles, options, found)
        await _made_anew(installation, found)
    async with _installed(servers) as installation:
        await _caught_up(installation, piles, options, found)
    return found


async def _the_hundredth(
    installation: Installation, postgres: int | None, piles: Piles, options: Options, found: Piled
) -> None:
    lot = work(TIMES * piles.adults, name="hundredth", adults=piles.adults)
    turn = piles.adults * _TENTH
    decisions = list(lot.decisions.values())
    async with sender(installation.servers.bootstrap_servers) as producer, started(installation, options) as system:
        for nth in range(10):
            _progress.print(f"{piles.adults} adults: concerns {nth * _TENTH + 1} to {(nth + 1) * _TENTH}", style="dim")
            some = slice(nth * turn, (nth + 1) * turn)
            before = _spent(system, postgres)
            await post(producer, installation.prefix, lot.reports[some])
            await installation.quiet(deadline_s=options.deadline_s)
            await post(producer, installation.prefix, [record for of in decisions[some] for record in of])
            await installation.quiet(deadline_s=options.deadline_s)
            cost = (_spent(system, postgres) - before) / turn * 1e6
            if nth == 1:
                found.early_us = cost
            found.late_us = cost


def _spent(system: System, postgres: int | None) -> float:
    services = sum(map(cpu_s, system.pids.values()))
    return services + (0.0 if postgres is None else family_cpu_s(postgres))


async def _made_anew(installation: Installation, found: Piled) -> None:
    _progress.print("audit is made anew", style="dim")
    ((found.rebuilt,),) = await installation.sql("audit", "SELECT sum(next_offset)::bigint FROM positions")
    found.rebuild_s, found.rebuild_mb = await timed(installation, "rebuild", "audit")


async def _caught_up(installation: Installation, piles: Piles, options: Options, found: Piled) -> None:
    found.backlog = piles.backlog
    async with sender(installation.servers.bootstrap_servers) as producer:
        for begin in range(0, piles.backlog, _LOT):
            _progress.print(f"{begin:,} reports wait", style="dim")
            await post(producer, installation.prefix, _reports(min(_LOT, piles.backlog - begin), f"wait-{begin}"))
    began = time.perf_counter()
    async with started(installation, options) as system:
        _progress.print(f"{piles.backlog:,} reports wait, and the services begin", style="dim")
        await installation.quiet(deadline_s=max(options.deadline_s, piles.backlog / 100))
        found.backlog_s = time.perf_counter() - began
        found.backlog_mb = {service: memory(system.pids[service]).peak for service in SERVICES}


def _reports(concerns: int, name: str) -> list[Record]:
    return work(concerns, name=name).reports


@asynccontextmanager
async def _installed(servers: Servers) -> AsyncIterator[Installation]:
    installation = await install(servers)
    try:
        yield installation
    finally:
        await installation.close()


def show(found: Piled, console: Console) -> None:
    """Print the table."""
    table = Table("what piles up", "", "")
    ratio = f"{found.late_us / found.early_us:.2f} times" if found.early_us else ""
    table.add_row("an adult's 11th to 20th concern, µs of services and Postgres", f"{found.early_us:,.0f}", "")
    table.add_row("an adult's 91st to 100th", f"{found.late_us:,.0f}", ratio)
    rate = f"{found.rebuilt / found.rebuild_s:,.0f} a second" if found.rebuild_s else ""
    table.add_row("events that audit decided on anew", f"{found.rebuilt:,}", f"{rate}, {found.rebuild_mb:.0f} MB")
    most = max(found.backlog_mb.items(), key=lambda held: held[1], default=("", 0.0))
    table.add_row("reports that waited", f"{found.backlog:,}", f"caught up in {found.backlog_s:,.0f} s")
    table.add_row("the most that a service held meanwhile, MB", f"{most[1]:.0f}", most[0])
    console.print(table)
