"""Kills, pauses and cuts off the services of an installation, and starts them again: by the dice, from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

import asyncpg

from tests.faults.cuts import cut_off, set_offsets
from tests.faults.log import Where
from tests.faults.monitor import READS, Monitor
from tests.faults.places import choose
from tests.faults.processes import SESSION_MS, Instance, Instances

SHAPE = {"intake": 2, "triage": 1, "enquiry": 1, "audit": 2}
"""How many instances of each service run."""
_ARMED = 0.6
_OVERTIME = 2  # how many times as long as planned it may take until it is enough
_ZOMBIES_MOST = 2
_STARTING_MOST = 2
_STARTS_S = 20.0
_TERM_S = 45.0


class Killable(Protocol):
    """A server of the test's own."""

    def kill(self) -> None: ...

    def start(self) -> str: ...


class Supervisor:
    """Injects faults until there were enough. `fired` counts each kind, `unplanned` ends that nobody asked for."""

    def __init__(
        self,
        where: Where,
        instances: Instances,
        monitor: Monitor,
        seed: int,
        servers: dict[str, Killable] | None = None,
    ) -> None:
        self._where = where
        self._instances = instances
        self._monitor = monitor
        self._dice = random.Random(f"faults {seed}")
        self._servers = servers or {}
        self.shape = dict(SHAPE)
        self.fired: Counter[str] = Counter()
        self.unplanned: Counter[str] = Counter()
        self.outages: dict[str, list[float]] = {name: [] for name in self._servers}
        self._faults: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "kill": (40, self._kill), "pause": (9, self._pause), "connections": (12, self._connections),
            "service": (6, self._service), "everything": (2, self.everything), "offsets": (4, self._offsets),
            "term": (6, self._term), "term-twice": (4, self._term_twice),
            **{name: (6, lambda name=name: self._server(name)) for name in self._servers},  # type: ignore[misc]
        }  # fmt: skip

    def start(self, *, armed: bool = True) -> None:
        """Start what the shape asks for and does not run, in random order."""
        services = [
            service for service, count in self.shape.items() for _ in range(count - len(self._instances.of(service)))
        ]
        self._dice.shuffle(services)
        for service in services:
            self._start(service, armed=armed)

    async def run(self, faults: int, every_s: float, deadline_s: float, enough: Callable[[], bool]) -> None:
        """Inject so many faults and until it is `enough`, not faster than asked, nor than processes come back."""
        began = time.monotonic()
        next_at = began + every_s
        while (over := (time.monotonic() - began) / deadline_s) < _OVERTIME and (
            (self.count < faults and over < 1) or not enough()
        ):
            await asyncio.sleep(0.02)
            await self.look()
            if time.monotonic() < next_at or self._starting() > _STARTING_MOST:
                continue
            names = list(self._faults)
            name = self._dice.choices(names, [self._faults[n][0] for n in names])[0]
            await self._faults[name][1]()
            next_at = time.monotonic() + self._dice.uniform(0.3, 1.7) * every_s

    async def calm(self) -> None:
        """No more faults: wake and bury the zombies, and let an unarmed process stand in every place."""
        for zombie in list(self._instances.zombies):
            zombie.send(signal.SIGCONT)
            self._instances.kill(zombie)
        for instance in list(self._instances.running):
            if instance.failpoint or instance.dead or instance.stopped:
                self._instances.kill(instance)
        self.start(armed=False)

    @property
    def count(self) -> int:
        """All faults so far."""
        return sum(self.fired.values())

    async def look(self) -> None:
        """Notice who died or stopped at a failpoint, start others in their places, and wake zombies in time."""
        for instance in list(self._instances.running):
            if instance.dead:
                code = instance.process.returncode
                if code == -signal.SIGKILL and instance.failpoint:
                    self.fired[instance.failpoint.rpartition(":")[0]] += 1
                else:
                    self.unplanned[f"{instance.service} ended with {code}: {instance.last_words}"] += 1
                self._instances.forget(instance)
                self._died(instance.service)
                self._start(instance.service)
            elif instance.stopped:
                self.fired[instance.failpoint.rpartition(":")[0]] += 1
                self._replace(instance)
        now = time.monotonic()
        for zombie in list(self._instances.zombies):
            paused = now - (zombie.paused or now)
            if zombie.dead:
                self._instances.forget(zombie)
            elif paused > 2.5 * SESSION_MS / 1000 + 3:
                self._instances.kill(zombie)
            elif paused > 2.5 * SESSION_MS / 1000 and zombie.stopped:
                zombie.send(signal.SIGCONT)

    def _start(self, service: str, *, armed: bool = True) -> None:
        failpoint = ""
        if armed and self._dice.random() < _ARMED:
            timers = service == "audit" and self._where.driven
            may_stop = len(self._instances.zombies) < _ZOMBIES_MOST
            failpoint = choose(self._dice, self.fired, timers=timers, may_stop=may_stop)
        self._instances.start(service, failpoint)

    def _starting(self) -> int:
        """How many have not done anything yet, and might still come to it."""
        soon = time.monotonic() - _STARTS_S
        return sum(instance.started > soon and not instance.works for instance in self._instances.running)

    def _died(self, service: str) -> None:
        self._monitor.died(service, alone=not self._instances.of(service))

    def pause(self, instance: Instance) -> None:
        """Stop a process where it is, and start another in its place: a zombie, which will wake in time."""
        instance.send(signal.SIGSTOP)
        self.fired["pause"] += 1
        self._replace(instance)

    def kill(self, instance: Instance) -> None:
        """End a process as a power cut would, and start another in its place."""
        self._instances.kill(instance)
        self.fired["kill"] += 1
        self._died(instance.service)
        self._start(instance.service)

    def _replace(self, instance: Instance) -> None:
        self._instances.bury(instance)
        self._died(instance.service)
        self._start(instance.service)

    def _somebody(self) -> Instance:
        working = [instance for instance in self._instances.running if instance.works]
        return self._dice.choice(working if working and self._dice.random() < 0.85 else self._instances.running)

    async def _kill(self) -> None:
        self.kill(self._somebody())

    async def _pause(self) -> None:
        if len(self._instances.zombies) < _ZOMBIES_MOST:
            self.pause(self._somebody())

    async def _connections(self) -> None:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await cut_off(self._where, self._dice.choice(list(READS)))
            self.fired["connections"] += 1

    async def _service(self) -> None:
        service = self._dice.choice(list(self.shape))
        for instance in self._instances.of(service):
            self._instances.kill(instance)
        self.fired["service"] += 1
        self._died(service)
        self.start()

    async def everything(self) -> None:
        """Every process of every service is killed at once, and all are started in random order."""
        for instance in list(self._instances.running):
            self._instances.kill(instance)
        self.fired["everything"] += 1
        for service in self.shape:
            self._died(service)
        self.start()

    async def _offsets(self) -> None:
        """The group's offsets in Kafka are lost, or set to the beginning or the end, while nobody is there."""
        service, how = self._dice.choice(list(self.shape)), self._dice.choice(("delete", "begin", "end"))
        for instance in [*self._instances.of(service), *(z for z in self._instances.zombies if z.service == service)]:
            self._instances.kill(instance)
        self._died(service)
        await asyncio.sleep(1.3 * SESSION_MS / 1000)
        group = f"{self._where.prefix}{service}"
        with contextlib.suppress(Exception):
            await asyncio.wait_for(set_offsets(self._where, group, READS[service], how), 10)
            self.fired[f"offsets-{how}"] += 1
        self.start()

    async def _term(self) -> None:
        await self._terminate_some("term")

    async def _term_twice(self) -> None:
        await self._terminate_some("term-twice", self._dice.uniform(0, 0.5))

    async def _terminate_some(self, name: str, again_after_s: float | None = None) -> None:
        working = [instance for instance in self._instances.running if instance.works]
        if working:
            instance = self._dice.choice(working)
            code = await self.terminate(instance, again_after_s)
            self.fired[name] += 1
            if code != 0 and not instance.failpoint:
                self.unplanned[f"{instance.service} ended with {code} on {name}"] += 1

    async def terminate(self, instance: Instance, again_after_s: float | None = None) -> int | None:
        """Ask a process to end in order, and start another in its place; its exit code, None if it does not end."""
        instance.send(signal.SIGTERM)
        if again_after_s is not None:
            await asyncio.sleep(again_after_s)
            instance.send(signal.SIGTERM)
        end = time.monotonic() + _TERM_S
        while not instance.dead and not instance.stopped and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        code = instance.process.returncode
        self._instances.kill(instance)
        self._died(instance.service)
        self._start(instance.service)
        return code

    async def _server(self, name: str) -> None:
        """A server is killed, is away for a moment, and comes back."""
        began = time.monotonic()
        await asyncio.to_thread(self._servers[name].kill)
        await asyncio.sleep(self._dice.uniform(0, 3))
        await asyncio.to_thread(self._servers[name].start)
        self.fired[name] += 1
        self.outages[name].append(time.monotonic() - began)
