"""What happens to services from outside: their sessions cut, their offsets changed, they are asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Protocol

import asyncpg

from tests.faults.agenda import Kind
from tests.faults.cuts import cut_off, set_offsets
from tests.faults.log import Where
from tests.faults.monitor import READS
from tests.faults.processes import SESSION_MS, Instances
from tests.faults.supervisor import Supervisor


class Killable(Protocol):
    """A server of the test's own."""

    def kill(self) -> None: ...

    def start(self) -> str: ...


class Accidents:
    """Kinds of fault that are done to the processes of a supervisor, or to the servers."""

    def __init__(
        self, where: Where, supervisor: Supervisor, instances: Instances, servers: dict[str, Killable] | None
    ) -> None:
        self._where = where
        self._supervisor = supervisor
        self._instances = instances
        self._servers = servers or {}
        self._dice = supervisor.dice
        self.outages: dict[str, list[float]] = {name: [] for name in self._servers}
        self.kinds = {
            "connections": Kind(12, self._connections), "service": Kind(6, self._service),
            "offsets": Kind(4, self._offsets), "term": Kind(6, self._term), "term-twice": Kind(4, self._term_twice),
            **{name: Kind(6, lambda name=name: self._server(name)) for name in self._servers},  # type: ignore[misc]
        }  # fmt: skip

    async def _connections(self) -> None:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await cut_off(self._where, self._dice.choice(list(READS)))
            self._supervisor.fired["connections"] += 1

    async def _service(self) -> None:
        service = self._dice.choice(list(self._supervisor.shape))
        for instance in self._instances.of(service):
            self._instances.kill(instance)
        self._supervisor.fired["service"] += 1
        self._supervisor.died(service)
        self._supervisor.start()

    async def _offsets(self) -> None:
        """The group's offsets in Kafka are lost, or set to the beginning or the end, while nobody is there."""
        service, how = self._dice.choice(list(self._supervisor.shape)), self._dice.choice(("delete", "begin", "end"))
        for instance in [*self._instances.of(service), *(z for z in self._instances.zombies if z.service == service)]:
            self._instances.kill(instance)
        self._supervisor.died(service)
        await asyncio.sleep(1.3 * SESSION_MS / 1000)
        group = f"{self._where.prefix}{service}"
        with contextlib.suppress(Exception):
            await asyncio.wait_for(set_offsets(self._where, group, READS[service], how), 10)
            self._supervisor.fired[f"offsets-{how}"] += 1
        self._supervisor.start()

    async def _term(self) -> None:
        await self._terminate_some("term")

    async def _term_twice(self) -> None:
        await self._terminate_some("term-twice", self._dice.uniform(0, 0.5))

    async def _terminate_some(self, name: str, again_after_s: float | None = None) -> None:
        working = [instance for instance in self._instances.running if instance.works]
        if working:
            instance = self._dice.choice(working)
            code = await self._supervisor.terminate(instance, again_after_s)
            self._supervisor.fired[name] += 1
            if code != 0 and not instance.failpoint:
                self._supervisor.unplanned[f"{instance.service} ended with {code} on {name}"] += 1

    async def _server(self, name: str) -> None:
        """A server is killed, is away for a moment, and comes back."""
        began = time.monotonic()
        await asyncio.to_thread(self._servers[name].kill)
        await asyncio.sleep(self._dice.uniform(0, 3))
        await asyncio.to_thread(self._servers[name].start)
        self._supervisor.fired[name] += 1
        self.outages[name].append(time.monotonic() - began)
