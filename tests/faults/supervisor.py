"""Kills, pauses and cuts off the services of an installation, and starts them again: by the dice, from a seed."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from services import SERVICES
from tests.faults.agenda import Agenda, Kind
from tests.faults.log import Where
from tests.faults.monitor import Monitor
from tests.faults.places import choose
from tests.faults.processes import SESSION_MS, Instance, Instances

SHAPE = dict.fromkeys(SERVICES, 1) | {"intake": 2, "audit": 2}
"""How many instances of each service run."""
_ARMED = 0.6
_OVERTIME = 5  # how many times as long as planned it may take until it is enough
_ZOMBIES_MOST = 2
_STARTING_MOST = 2
_STARTS_S = 20.0
_TERM_S = 30.0
_LOOK_S = 0.02


class Spell(NamedTuple):
    """How many faults, how far apart, for how long at the most, and what else has to have happened."""

    faults: int
    every_s: float
    deadline_s: float
    enough: Callable[[], bool]


class Supervisor:
    """Injects faults until there were enough. `fired` counts each kind, `unplanned` ends that nobody asked for."""

    def __init__(self, where: Where, instances: Instances, monitor: Monitor, seed: int) -> None:
        self._where = where
        self._instances = instances
        self.monitor = monitor
        self.dice = random.Random(f"faults {seed}")
        self.shape = dict(SHAPE)
        self.fired: Counter[str] = Counter()
        self.unplanned: Counter[str] = Counter()
        self.ends_s: list[float] = []
        self.kinds = {
            "kill": Kind(40, self._kill), "pause": Kind(9, self._pause), "everything": Kind(2, self.everything)
        }  # fmt: skip

    def start(self, *, armed: bool = True, recovering: bool = False) -> None:
        """Start what the shape asks for and does not run, in random order; `recovering` if their database went back."""
        services = [
            service for service, count in self.shape.items() for _ in range(count - len(self._instances.of(service)))
        ]
        self.dice.shuffle(services)
        for service in services:
            self._start(service, armed=armed, recovering=recovering)

    async def run(self, plan: Spell, must: Collection[str], also: Callable[[], Awaitable[None]]) -> Agenda:
        """Inject so many faults and until it is enough, not faster than asked, nor than processes come back.

        Each of the kinds in `must` has happened then, unless time ran out: the agenda knows. `also` is done all along.
        """
        agenda = Agenda.of(self.kinds, must, plan.faults, self.dice)
        began = time.monotonic()
        next_at = began + plan.every_s
        while (over := (time.monotonic() - began) / plan.deadline_s) < _OVERTIME and (
            (self.count < plan.faults and over < 1) or agenda.missing(self.fired) or not plan.enough()
        ):
            await asyncio.sleep(_LOOK_S)
            await self.look()
            await also()
            if time.monotonic() < next_at or self._starting() > _STARTING_MOST:
                continue
            await agenda.next(self.dice, self.fired, pressed=over >= 1).do()
            next_at = time.monotonic() + self.dice.uniform(0.3, 1.7) * plan.every_s
        return agenda

    async def wait(self, seconds: float, until: Callable[[], bool] = bool) -> bool:
        """Look after everybody for so long, or until it is so; whether it is."""
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            await asyncio.sleep(_LOOK_S)
            await self.look()
        return until()

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
                self.died(instance.service)
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

    def _start(self, service: str, *, armed: bool = True, recovering: bool = False) -> None:
        failpoint = ""
        if armed and self.dice.random() < _ARMED:
            timers = service == "audit" and self._where.driven
            may_stop = len(self._instances.zombies) < _ZOMBIES_MOST
            failpoint = choose(self.dice, self.fired, timers=timers, recovering=recovering, may_stop=may_stop)
        self._instances.start(service, failpoint)

    def _starting(self) -> int:
        """How many have not done anything yet, and might still come to it."""
        soon = time.monotonic() - _STARTS_S
        return sum(instance.started > soon and not instance.works for instance in self._instances.running)

    def died(self, service: str) -> None:
        """Somebody of this service has just died; the monitor wants to know."""
        self.monitor.died(service, alone=not self._instances.of(service))

    def pause(self, instance: Instance) -> None:
        """Stop a process where it is, and start another in its place: a zombie, which will wake in time."""
        instance.send(signal.SIGSTOP)
        self.fired["pause"] += 1
        self._replace(instance)

    def kill(self, instance: Instance) -> None:
        """End a process as a power cut would, and start another in its place."""
        self._instances.kill(instance)
        self.fired["kill"] += 1
        self.died(instance.service)
        self._start(instance.service)

    def silence(self, *services: str) -> None:
        """Nobody of these runs any more, paused ones included."""
        for zombie in [one for one in self._instances.zombies if one.service in services]:
            self._instances.kill(zombie)
        for service in services:
            for instance in self._instances.of(service):
                self._instances.kill(instance)

    def replace_by_clock(self, ahead_s: float) -> Instance:
        """One process for another whose clock is so far ahead."""
        instance = self.somebody()
        self._instances.kill(instance)
        self.died(instance.service)
        return self._instances.start(instance.service, ahead_s=ahead_s)

    def _replace(self, instance: Instance) -> None:
        self._instances.bury(instance)
        self.died(instance.service)
        self._start(instance.service)

    def somebody(self) -> Instance:
        """One of those in service, by the dice; seldom one that has not begun to work."""
        working = [instance for instance in self._instances.running if instance.works]
        return self.dice.choice(working if working and self.dice.random() < 0.85 else self._instances.running)

    async def _kill(self) -> None:
        self.kill(self.somebody())

    async def _pause(self) -> None:
        if len(self._instances.zombies) < _ZOMBIES_MOST:
            self.pause(self.somebody())

    async def everything(self) -> None:
        """Every process of every service is killed at once, and all are started in random order."""
        for instance in list(self._instances.running):
            self._instances.kill(instance)
        self.fired["everything"] += 1
        for service in self.shape:
            self.died(service)
        self.start()

    async def terminate(self, instance: Instance, again_after_s: float | None = None, name: str = "") -> int | None:
        """Ask a process to end in order, and start another in its place; its exit code, None if it does not end.

        The other goes by this name, if one is given; then it has no failpoint either.
        """
        began = time.monotonic()
        instance.send(signal.SIGTERM)
        if again_after_s is not None:
            await asyncio.sleep(again_after_s)
            instance.send(signal.SIGTERM)
        while not instance.dead and not instance.stopped and time.monotonic() < began + _TERM_S:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        code = instance.process.returncode
        if code == 0:
            self.ends_s.append(time.monotonic() - began)
        self._instances.kill(instance)
        self.died(instance.service)
        if name:
            self._instances.start(instance.service, name=name)
        else:
            self._start(instance.service)
        return code

    def start_named(self, service: str, name: str) -> Instance:
        """One more, by this name and without a failpoint."""
        return self._instances.start(service, name=name)
