"""`python -m tests.bench.growth`: what a page, a scrape, a case and a year's figures cost as concerns add up.

The first concerns go through the real services; then every case is copied under other ids, as often as it takes, and
the services write down what stands beside the copies. One concern in seven is left undecided, and no enquiry ends.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.table import Table

from deploy.local.stack import Servers, Stack
from services import SERVICES
from services.command.registry import load
from services.command.token import make
from shared.chassis.delivery.applying.projecting import Projecting
from shared.chassis.process.settings import Settings, role_of, service_database_url
from shared.chassis.views import Scope
from tests.bench import piling
from tests.bench.inputs import Work, work
from tests.bench.options import DIRECTORY, Options
from tests.bench.sending import post, sender
from tests.bench.system import System, started, timed
from tests.support.installation import Installation, install

_UUID = re.compile(r"\b([0-9a-f]{8})(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")
_ASKED = 15
BETWEEN_SCRAPES_S = 1.1
_COLUMNS = ("key", "recorded", "due", "body")
_progress = Console(stderr=True)


@dataclass
class Size:
    """What was measured with so many concerns: milliseconds by what was asked, and what else was seen."""

    concerns: int
    cases: int = 0
    written_per_s: float = 0.0
    ms: dict[str, float] = field(default_factory=dict)
    year_s: float = 0.0
    year_mb: float = 0.0


async def measure(servers: Servers, sizes: Sequence[int], options: Options) -> list[Size]:
    """Every size in turn, each a multiple of the first and made of the one before it."""
    installation = await install(servers)
    try:
        base = sizes[0]
        lot = work(base)
        await _begin(installation, lot, options)
        tokens = await make(installation.database_url, SERVICES, "bench", tuple(Scope), 1)
        found, copies = [], 0
        for size in sizes:
            one = Size(size)
            _progress.print(f"{size:,} concerns: copying cases", style="dim")
            one.cases, one.written_per_s = await _grow(installation, copies, size // base)
            copies = size // base
            _progress.print(f"{size:,} concerns: {one.cases:,} cases in all", style="dim")
            async with started(installation, options) as system:
                await system.ready()
                one.ms = await _asked(installation, system, tokens)
            one.year_s, one.year_mb = await _a_year(installation)
            found.append(one)
        return found
    finally:
        await installation.close()


async def _begin(installation: Installation, lot: Work, options: Options) -> None:
    decided = [records for n, records in enumerate(lot.decisions.values()) if n % 7]
    async with sender(installation.servers.bootstrap_servers) as producer:
        await post(producer, installation.prefix, lot.reports)
        await post(producer, installation.prefix, [record for records in decided for record in records])
    async with started(installation, options):
        await installation.settled(deadline_s=options.deadline_s)


async def _grow(installation: Installation, copies: int, wanted: int) -> tuple[int, float]:
    """Copy the first cases until there are so many of each; how many there are then, and how fast they were listed."""
    written, took = 0, 0.0
    for service in SERVICES:
        url = service_database_url({"DATABASE_URL": installation.database_url}, service)
        connection = await asyncpg.connect(url, server_settings={"search_path": service})
        try:
            if not copies:
                await installation.sql(service, "CREATE TABLE base AS SELECT key, recorded, due, body FROM cases")
                await installation.sql(service, f"GRANT SELECT ON base TO {role_of(service)}")
            first = await connection.fetch("SELECT key, recorded, due, body::text FROM base")
            for number in range(copies or 1, wanted):
                await connection.copy_records_to_table("cases", records=_copied(first, number), columns=_COLUMNS)
            began = time.perf_counter()
            settings = Settings(installation.kafka, url)
            written += await Projecting(load(service), settings).bring_up(connection)
            took += time.perf_counter() - began
        finally:
            await connection.close()
        await installation.sql(service, "VACUUM ANALYZE")
    every = [await installation.sql(service, "SELECT count(*) FROM cases") for service in SERVICES]
    return sum(rows[0][0] for rows in every), written / took if took else 0.0


def _copied(first: Sequence[Any], number: int) -> list[tuple[Any, ...]]:
    """The cases under other ids, the same other id for the same id everywhere."""
    other = _other(number)
    return [(UUID(_UUID.sub(other, str(key))), recorded, due, None if body is None else _UUID.sub(other, body))
            for key, recorded, due, body in first]  # fmt: skip


def _other(number: int) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{int(found[1], 16) ^ number:08x}"


async def _asked(installation: Installation, system: System, token: str) -> dict[str, float]:
    """The median of some calls of each kind, each over HTTP, in milliseconds."""
    concern, adult = (await installation.sql("triage", "SELECT key, body->>'adult_id' FROM cases"
                      " WHERE body->>'awaiting' IS NULL AND body->>'adult_id' IS NOT NULL LIMIT 1"))[0]  # fmt: skip
    ((officer_team,),) = await installation.sql("triage", "SELECT body->>'team' FROM list_rows LIMIT 1")
    ((enquiry,),) = await installation.sql("enquiry", "SELECT key FROM cases WHERE body->>'type' = 'enquiry' LIMIT 1")
    calls = {
        "triage: a page of the worklist": ("triage", "/api/worklist"),
        "triage: a team's": ("triage", f"/api/worklist?team={officer_team}&overdue=true"),
        "triage: an adult's": ("triage", f"/api/worklist?adult_id={adult}"),
        "triage: what nobody has": ("triage", "/api/worklist?stage=awaiting_authority"),
        "triage: a concern": ("triage", f"/api/concerns/{concern}"),
        "enquiry: a page of the worklist": ("enquiry", "/api/worklist"),
        "enquiry: an enquiry": ("enquiry", f"/api/enquiries/{enquiry}"),
        "audit: overdue decisions": ("audit", "/api/overdue-decisions"),
        "audit: data quality": ("audit", "/api/data-quality"),
        "audit: an adult": ("audit", f"/api/adults/{adult}"),
    }
    found = {}
    for name, (service, path) in calls.items():
        found[name] = await _median(system, service, path, token, 0)
    for service in ("triage", "enquiry", "audit"):
        found[f"{service}: a scrape"] = await _median(system, service, "/metrics", token, BETWEEN_SCRAPES_S)
    return found


async def _median(system: System, service: str, path: str, token: str, pause_s: float) -> float:
    taken = []
    for _ in range(_ASKED):
        await asyncio.sleep(pause_s)
        taken.append(await asyncio.to_thread(_timed, system.url(service, path), token))
    return statistics.median(taken)


def _timed(url: str, token: str) -> float:
    request = urllib.request.Request(  # noqa: S310  our own services
        url, headers={"Authorization": f"Bearer {token}"}
    )
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  the same
        answer.read()
    return (time.perf_counter() - began) * 1000


async def _a_year(installation: Installation) -> tuple[float, float]:
    """Seconds and most megabytes of `section42 figures` for the year that runs."""
    year = time.gmtime().tm_year - (time.gmtime().tm_mon < 4)
    return await timed(installation, "figures", "--year", f"{year}-{(year + 1) % 100:02}", "--json")


def show(found: Sequence[Size], console: Console) -> None:
    """Print the table: a row for each thing that is asked, a column for each size."""
    table = Table("", *(f"{one.concerns:,}" for one in found), "last to first")
    table.add_row("cases of all services", *(f"{one.cases:,}" for one in found), "")
    table.add_row("cases listed a second", *(f"{one.written_per_s:,.0f}" for one in found), "")
    for name in found[0].ms:
        values = [one.ms[name] for one in found]
        table.add_row(f"{name}, ms", *(f"{value:.1f}" for value in values), f"{values[-1] / values[0]:.2f}")
    table.add_row("a year's figures, s", *(f"{one.year_s:.1f}" for one in found), "")
    table.add_row("at most, MB", *(f"{one.year_mb:.0f}" for one in found), "")
    console.print(table)


def main() -> int:
    """Measure each size, and what piles up; print the tables."""
    default = piling.Piles()
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--sizes", default="6400,64000,640000", help="concerns, each a multiple of the first")
    parser.add_argument("--adults", type=int, default=default.adults, help="who come a hundred times each")
    parser.add_argument("--backlog", type=int, default=default.backlog, help="reports that wait for the services")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    stack = Stack(DIRECTORY, own=True)
    out = Console(width=None if sys.stdout.isatty() else 120)
    try:
        servers = stack.up()
        show(asyncio.run(measure(servers, sizes, Options())), out)
        piles = piling.Piles(asked.adults, asked.backlog)
        piling.show(asyncio.run(piling.measure(servers, stack.postgres.pid, piles, Options())), out)
    finally:
        stack.down(erase=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
