"""The services as processes that may be killed and paused, started with a failpoint armed now and then."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.links import Link
from tests.faults.nursery import Child, Nursery
from tests.faults.wrong_clocks import ByItsOwnClock

SESSION_MS = 1500
IDLE_MS = 1500


@dataclass
class Instance:
    """One process of a service. `failpoint` is where it was told to die or stop by itself, `link` its way out."""

    service: str
    process: Child | ByItsOwnClock
    failpoint: str
    link: Link
    started: float
    paused: float | None = None
    _worked: bool = False

    @property
    def dead(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def stopped(self) -> bool:
        """Whether it has been stopped by a signal and not continued."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return text.rpartition(")")[2].split()[0] == "T"

    @property
    def works(self) -> bool:
        """Whether it has applied anything yet since it was started."""
        log = self.process.log
        self._worked = self._worked or (log.exists() and b"batch_applied" in log.read_bytes())
        return self._worked

    @property
    def last_words(self) -> str:
        """The last line it logged."""
        lines = self.process.log.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        return lines[-1][-300:]

    def put_clock_right(self) -> None:
        """Its clock, if it has one of its own, is right from now on."""
        if isinstance(self.process, ByItsOwnClock):
            self.process.clock.set(0)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still lives."""
        if not self.dead:
            self.process.send_signal(number)


class Instances:
    """All processes of a campaign: those in service, and zombies that were paused and replaced."""

    def __init__(self, environment: dict[str, str], name: str, links: Sequence[Link]) -> None:
        self._environment = environment
        self.links = links
        self._name = name
        self._nursery = Nursery()
        self._numbers = itertools.count()
        self._said: Counter[str] = Counter()
        self._read: dict[Path, int] = {}
        self.logs: list[Path] = []
        self.running: list[Instance] = []
        self.zombies: list[Instance] = []

    def start(self, service: str, failpoint: str = "", ahead_s: float | None = None, name: str = "") -> Instance:
        """Start one, armed if asked, or with a clock of its own, or by a name that it goes by."""
        number = next(self._numbers)
        link = self.links[number % len(self.links)]
        environment = self._environment | link.environment | {
            "SECTION42_FAILPOINT": failpoint, "SECTION42_SESSION_TIMEOUT_MS": str(SESSION_MS),
            "SECTION42_IDLE_IN_TRANSACTION_MS": str(IDLE_MS), "SECTION42_HTTP_PORT": "0",
        }  # fmt: skip
        if name:
            environment["SECTION42_INSTANCE"] = name
        directory = Path(os.environ["SECTION42_TEST_RUN"])
        log = directory / f"{self._name}-{service}-{number}.log"
        process = (
            self._nursery.start(service, environment, log)
            if ahead_s is None
            else ByItsOwnClock(service, environment, log, ahead_s)
        )
        instance = Instance(service, process, failpoint, link, time.monotonic())
        self.running.append(instance)
        self.logs.append(log)
        return instance

    def of(self, service: str) -> list[Instance]:
        """The processes in service of one service."""
        return [instance for instance in self.running if instance.service == service]

    def kill(self, instance: Instance) -> None:
        """End it as a power cut would."""
        instance.send(signal.SIGKILL)
        instance.process.wait(10)
        self.forget(instance)

    def forget(self, instance: Instance) -> None:
        """It has ended, or is a zombie by now."""
        if instance in self.running:
            self.running.remove(instance)
        if instance in self.zombies:
            self.zombies.remove(instance)

    def bury(self, instance: Instance) -> None:
        """It is paused, and another takes its place."""
        self.running.remove(instance)
        self.zombies.append(instance)
        instance.paused = time.monotonic()

    def close(self) -> None:
        """Kill all that is left."""
        for instance in [*self.running, *self.zombies]:
            self.kill(instance)
        self._nursery.close()

    def said(self) -> Counter[str]:
        """How often all processes that ever ran have logged each event so far, and that a disk was full."""
        for path in self.logs:
            if not path.exists():
                continue
            at = self._read.get(path, 0)
            with path.open("rb") as file:
                file.seek(at)
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._read[path] = at + len(whole)
            for line in whole.splitlines():
                name = line.partition(b'"event": "')[2].partition(b'"')[0]
                if name:
                    self._said[name.decode()] += 1
                self._said["disk full"] += b"DiskFullError" in line
        return self._said
