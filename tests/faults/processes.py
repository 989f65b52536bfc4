"""The services as processes that may be killed and paused, started with a failpoint armed now and then."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SESSION_MS = 1500
IDLE_MS = 1500


class System(Protocol):
    """What starts a service: an installation of the tests."""

    def start(self, service: str, **extra: str) -> subprocess.Popen[bytes]: ...

    def log_of(self, process: subprocess.Popen[bytes]) -> str: ...


@dataclass
class Instance:
    """One process of a service. `failpoint` is where it was told to die or stop by itself."""

    service: str
    process: subprocess.Popen[bytes]
    failpoint: str
    started: float
    paused: float | None = None

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

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still lives."""
        if not self.dead:
            self.process.send_signal(number)


class Instances:
    """All processes of a campaign: those in service, and zombies that were paused and replaced."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._said: Counter[str] = Counter()
        self._read: dict[str, int] = {}
        self.running: list[Instance] = []
        self.zombies: list[Instance] = []

    def start(self, service: str, failpoint: str = "") -> Instance:
        """Start one, armed if asked."""
        process = self._system.start(
            service, SECTION42_FAILPOINT=failpoint, SECTION42_SESSION_TIMEOUT_MS=str(SESSION_MS),
            SECTION42_IDLE_IN_TRANSACTION_MS=str(IDLE_MS),
        )  # fmt: skip
        instance = Instance(service, process, failpoint, time.monotonic())
        self.running.append(instance)
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

    def said(self, logs: list[Any]) -> Counter[str]:
        """How often the processes logged each event so far; `logs` are the files of all that ever ran."""
        for path in logs:
            at = self._read.get(str(path), 0)
            with Path(path).open("rb") as file:
                file.seek(at)
                text = file.read()
            self._read[str(path)] = at + text.rfind(b"\n") + 1
            for line in text[: text.rfind(b"\n") + 1].splitlines():
                name = line.partition(b'"event": "')[2].partition(b'"')[0]
                if name:
                    self._said[name.decode()] += 1
        return self._said
