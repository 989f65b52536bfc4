"""Ours: the four real services with everything on, from the first service's start until nothing is left to do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg

from deploy.local.stack import Servers
from services import SERVICES
from tests.bench import standing
from tests.bench.deciding import decide_as_routed
from tests.bench.inputs import Work
from tests.bench.machine import Costs, Memory, backends, memory
from tests.bench.options import BenchError, Options
from tests.bench.sending import post, sender
from tests.bench.system import System, started
from tests.support.installation import Installation, install

_POLL_S = 0.05


@dataclass
class Run:
    """One run: its seconds, its applications, its memory and what it cost."""

    concerns: int
    from_start_s: float
    sustained_s: float
    applications: dict[str, int]
    memory: dict[str, Memory]
    cpu_s: dict[str, float]
    backend_cpu_s: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def concerns_per_s(self) -> float:
        """Concerns a second, from the first commit of any service to the end of all."""
        return self.concerns / self.sustained_s

    @property
    def applied(self) -> int:
        """Events applied, by all services together."""
        return sum(self.applications.values())


async def measure(servers: Servers, costs: Costs, work: Work, options: Options) -> Run:
    """One run on a database and topics of its own. Raises BenchError when a count is not exact."""
    installation = await install(servers)
    try:
        async with sender(servers.bootstrap_servers) as producer:
            await post(producer, installation.prefix, work.reports)
            if options.decisions == "beforehand":
                await post(producer, installation.prefix, [r for d in work.decisions.values() for r in d])
        connection = await asyncpg.connect(installation.database_url)
        try:
            return await _clocked(installation, connection, costs, work, options)
        finally:
            await connection.close()
    finally:
        await installation.close()


async def _clocked(
    installation: Installation, connection: asyncpg.Connection, costs: Costs, work: Work, options: Options
) -> Run:
    costs.begin()
    began = time.perf_counter()
    async with started(installation, options) as system:
        deciding = None
        if options.decisions == "routed":
            deciding = asyncio.create_task(decide_as_routed(installation, work))
        first, ended = await _until_done(connection, system, work, options)
        if deciding is not None:
            await deciding
        spent = costs.end(system.pids)
        by_backend = await backends(connection)
        held = {service: memory(pid) for service, pid in system.pids.items()}
        outcomes = {service: await system.outcomes(service) for service in SERVICES}
        await standing.verify(connection, installation, work)
    applied = {s: sum(n for (_, what), n in found.items() if what == "applied") for s, found in outcomes.items()}
    wanted = standing.applications(work)
    if {service: applied[service] for service in wanted} != wanted:
        raise BenchError(f"applied were {applied}, and should have been {wanted}")
    said = {s: {f"{type_} {what}": n for (type_, what), n in sorted(found.items())} for s, found in outcomes.items()}
    return Run(work.concerns, ended - began, ended - first, applied, held, spent, by_backend, said)


async def _until_done(
    connection: asyncpg.Connection, system: System, work: Work, options: Options
) -> tuple[float, float]:
    """When the first commit was seen, and when every service had read all it must and published all it had."""
    wanted = standing.to_read(work)
    first = 0.0
    deadline = time.perf_counter() + options.deadline_s
    while True:
        now_at = await standing.read_so_far(connection)
        seen = time.perf_counter()
        if not first and any(now_at.values()):
            first = seen - _POLL_S  # it was committed since the look before
        if all(now_at[s] >= count for s, count in wanted.items()) and not await standing.unpublished(connection):
            return first, seen
        if seen > deadline:
            raise BenchError(f"not done within {options.deadline_s:g} s: read {now_at}, to read {wanted}")
        system.check()
        await asyncio.sleep(_POLL_S)
