"""What becomes of the way to the servers: not there yet when services start, half open, or a disk that takes no more.

The servers themselves go on, and so do the load and whoever watches, which go to them directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter

import asyncpg

from tests.faults.agenda import Kind
from tests.faults.links import SERVERS
from tests.faults.log import Where
from tests.faults.processes import Instances
from tests.faults.standbys import Standbys
from tests.faults.supervisor import Supervisor
from tests.support.disk import Disk
from tests.support.proxy import Proxy
from tests.support.told_once import database_of

_LATE_S = (0.5, 5.0)
_HALF_OPEN_S = (1.0, 6.0)
_DEAD_S = 20.0
"""How long a server believes in a connection that passes nothing: that of a client that has gone without a word."""
_READ_ONLY_S = (1.0, 4.0)
_FULL_S = (1.0, 4.0)
_MET_S = 20.0
_WORKS_S = 30.0


class Outages:
    """Kinds of fault of links; `back_s` is how long the services took to work from the moment a server was there."""

    def __init__(
        self,
        where: Where,
        supervisor: Supervisor,
        instances: Instances,
        seed: int,
        disk: tuple[Disk, Standbys] | None = None,
    ) -> None:
        self._where = where
        self._supervisor = supervisor
        self._instances = instances
        self._dice = random.Random(f"outages {seed}")
        self.back_s: dict[str, list[float]] = {}
        self.ways: Counter[str] = Counter()
        self.kinds = {"postgres-read-only": Kind(2, self._read_only)}
        if disk is not None:
            self.kinds["disk-full"] = Kind(2, lambda: self._disk_full(*disk))
        for server in SERVERS:
            self.kinds[f"{server}-late"] = Kind(2, lambda server=server: self._late(server))  # type: ignore[misc]
            self.kinds[f"half-open-{server}"] = Kind(2, lambda server=server: self._half_open(server))  # type: ignore[misc]

    async def _late(self, server: str) -> None:
        """Everybody is killed and started while a server is away, or is there and says nothing; then it is back."""
        links, way = [link.to(server) for link in self._instances.links], self._way(f"{server}-late", "away", "silent")
        silent = way == "silent"
        for link in links:
            await _be_away(link, silent=silent)
        try:
            await self._supervisor.everything()
            await self._supervisor.wait(self._dice.uniform(*_LATE_S))
        finally:
            for link in links:
                await _be_back(link, silent=silent)
        self.ways[f"{server}-late:{way}"] += 1
        self._supervisor.fired[f"{server}-late"] += 1
        await self._work_again(f"{server}-late")

    async def _half_open(self, server: str) -> None:
        """A link passes nothing and is not closed. Then it passes what waited, or is cut, or only new ones ever do."""
        instance, way = self._supervisor.somebody(), self._way(f"half-open-{server}", "late", "cut", "dead")
        link = instance.link.to(server)
        self._supervisor.monitor.died(instance.service, alone=False, why=f"half-open-{server}:{way}")
        if way == "dead":
            link.halve(_DEAD_S)
            await self._supervisor.wait(self._dice.uniform(*_HALF_OPEN_S))
        else:
            link.open.clear()
            await self._supervisor.wait(self._dice.uniform(*_HALF_OPEN_S))
            if way == "cut":
                link.cut()
            link.open.set()
        self.ways[f"half-open-{server}:{way}"] += 1
        self._supervisor.fired[f"half-open-{server}"] += 1

    def _way(self, kind: str, *ways: str) -> str:
        """One of those in which it has happened least."""
        return min(ways, key=lambda way: (self.ways[f"{kind}:{way}"], self._dice.random()))

    async def _read_only(self) -> None:
        """The database takes no writes for some seconds, and whoever is connected is cut off."""
        try:
            await self._take_writes(yes=False)
            await self._supervisor.wait(self._dice.uniform(*_READ_ONLY_S))
        finally:
            await self._take_writes(yes=True)
        self._supervisor.fired["postgres-read-only"] += 1
        await self._work_again("postgres-read-only")

    async def _disk_full(self, disk: Disk, postgres: Standbys) -> None:
        """The database's disk takes no more, until seconds after somebody met that: there may be room in old pages.

        Where Postgres gives up over it, it is started again.
        """
        before, met_at = self._instances.said()["disk full"], 0.0
        try:
            began, more_s = time.monotonic(), self._dice.uniform(*_FULL_S)
            while time.monotonic() < (met_at + more_s if met_at else began + _MET_S):
                await asyncio.to_thread(disk.fill)
                await self._supervisor.wait(0.1)
                if not met_at and self._instances.said()["disk full"] > before:
                    met_at = time.monotonic()
        finally:
            disk.free()
            await asyncio.to_thread(postgres.start)
        self._supervisor.fired["disk-full"] += bool(met_at)
        await self._work_again("disk-full")

    async def _take_writes(self, *, yes: bool) -> None:
        """Who is connected is cut off, since a session keeps to what was so when it began."""
        name = self._where.database_url.partition("?")[0].rpartition("/")[2]
        server = database_of(self._where.database_url, "postgres")
        connection = await asyncpg.connect(server, timeout=5, command_timeout=20)
        try:
            await connection.execute(
                f"ALTER DATABASE {name} SET default_transaction_read_only = {'off' if yes else 'on'}"
            )
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = $1 AND application_name LIKE 'section42-%'",
                name,
            )
        finally:
            with contextlib.suppress(TimeoutError):
                await connection.close(timeout=5)

    async def _work_again(self, name: str) -> None:
        """How long it takes until each service's work goes on."""
        began, monitor = time.monotonic(), self._supervisor.monitor
        before = {service: dict(at) for service, at in monitor.positions.items()}
        if await self._supervisor.wait(_WORKS_S, lambda: all(monitor.positions[s] != at for s, at in before.items())):
            self.back_s.setdefault(name, []).append(time.monotonic() - began)
        else:
            self._supervisor.unplanned[f"within {_WORKS_S:.0f} s of {name} not every service worked"] += 1


async def _be_away(link: Proxy, *, silent: bool) -> None:
    if silent:
        link.open.clear()
        link.cut()
    else:
        await link.go_away()


async def _be_back(link: Proxy, *, silent: bool) -> None:
    if silent:
        link.open.set()
    else:
        await link.come_back()
    await asyncio.sleep(0)
