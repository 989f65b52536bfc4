"""Starts and stops: told to stop at any moment after a start, and replaced one by one under the same names."""

from __future__ import annotations

import random
import signal
import time

from tests.faults.agenda import Kind
from tests.faults.processes import Instances
from tests.faults.supervisor import Supervisor

_EARLY_S = (0.0, 4.0)
_WORKS_S = 20.0
_KILLED = 0.25


class Restarts:
    """Kinds of fault that a supervisor of services does in the course of its day."""

    def __init__(self, supervisor: Supervisor, instances: Instances, seed: int) -> None:
        self._supervisor = supervisor
        self._instances = instances
        self._dice = random.Random(f"restarts {seed}")
        self.kinds = {"term-early": Kind(3, self._early), "rolling": Kind(2, self._rolling)}

    async def _early(self) -> None:
        """Told to stop at some moment after its start: it ends in order, or by the signal before it hears of any."""
        service = self._dice.choice(list(self._supervisor.shape))
        self._instances.kill(self._instances.of(service)[0])
        self._supervisor.died(service)
        instance = self._instances.start(service)
        after_s = self._dice.uniform(*_EARLY_S)
        await self._supervisor.wait(after_s)
        if instance not in self._instances.running:
            return  # it died by itself, of which `unplanned` tells
        code = await self._supervisor.terminate(instance)
        self._supervisor.fired["term-early"] += 1
        if code != 0 and not (code == -signal.SIGTERM and not instance.last_words):
            self._supervisor.unplanned[f"{service}, told to stop after {after_s:.1f} s, ended with {code}"] += 1

    async def _rolling(self) -> None:
        """All of a service go by names; then each is asked to end, or dies, and comes back by the name it had."""
        service = self._dice.choice(list(self._supervisor.shape))
        self._supervisor.silence(service)
        self._supervisor.died(service)
        named = {f"{service}-{n}": self._supervisor.start_named(service, f"{service}-{n}")
                 for n in range(self._supervisor.shape[service])}  # fmt: skip
        for name, instance in named.items():
            await self._supervisor.wait(_WORKS_S, lambda one=instance: one.works)  # type: ignore[misc]
            if instance not in self._instances.running:
                continue
            if self._dice.random() < _KILLED:
                self._instances.kill(instance)
                self._supervisor.died(service)
                self._supervisor.start_named(service, name)
                continue
            began = time.monotonic()
            code = await self._supervisor.terminate(instance, name=name)
            if code != 0:
                took = time.monotonic() - began
                self._supervisor.unplanned[f"{name}, to be replaced, ended with {code} after {took:.0f} s"] += 1
        self._supervisor.fired["rolling"] += 1
