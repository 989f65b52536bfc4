"""The services of one installation as processes, their logs kept, one of them under a profiler if asked."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from deploy.local.jars import LOCAL
from services import SERVICES
from tests.bench.options import BenchError, Options
from tests.support.installation import Installation, free_port

_ROOT = Path(__file__).parents[2]
_PROGRAM = ("-m", "services.command.app", "run")
_SAMPLED = ("-m", "tests.bench.sampled")
_OUTCOME = re.compile(
    r'^safeguarding_events_total\{outcome="(\w+)",service="\w+",type="([^"]*)"\} (\S+)$', re.MULTILINE
)
_STOP_S = 30.0


def compiled(environment: dict[str, str]) -> dict[str, str]:
    """The same environment, in which Python keeps what it has compiled, as an installed program does."""
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(LOCAL / "bench-compiled")}


def profile_of(service: str, options: Options) -> Path:
    """Where the profile of a service is kept."""
    return options.directory / f"{service}.profile.json"


class System:
    """The services as they run: their pids and where they tell what they have done."""

    def __init__(self, installation: Installation, options: Options) -> None:
        self._installation = installation
        self._options = options
        self._logs = options.directory / "logs"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Every service's process."""
        return {service: process.pid for service, process in self._running.items()}

    def start(self) -> None:
        """Start them all; none is waited for."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for service in SERVICES:
            self._ports[service] = free_port()
            environment = self._installation.environment(SECTION42_HTTP_PORT=str(self._ports[service]))
            program: tuple[str, ...] = _PROGRAM
            if service in self._options.profiled:
                program = (*_SAMPLED, str(profile_of(service, self._options)))
            with (self._logs / f"{service}.log").open("wb") as log:
                self._running[service] = subprocess.Popen(
                    [sys.executable, *program, service],
                    env=compiled(environment), stdout=log, stderr=subprocess.STDOUT, cwd=_ROOT,
                )  # fmt: skip

    def check(self) -> None:
        """Raise BenchError when a service has ended."""
        for service, process in self._running.items():
            if process.poll() is not None:
                tail = (self._logs / f"{service}.log").read_text(errors="replace")[-2000:]
                raise BenchError(f"{service} ended with code {process.returncode}; the end of its log:\n{tail}")

    async def until_one_ends(self) -> None:
        """Look every second, and raise BenchError when a service has ended."""
        while True:
            self.check()
            await asyncio.sleep(1)

    async def ready(self, deadline_s: float = 30.0) -> None:
        """Return once every service says it is ready."""
        async with asyncio.timeout(deadline_s):
            for service in SERVICES:
                while not await asyncio.to_thread(self._is_ready, service):
                    self.check()
                    await asyncio.sleep(0.05)

    async def outcomes(self, service: str) -> Counter[tuple[str, str]]:
        """What became of the events a service has read, by type and outcome, as its metrics count them."""
        text = await asyncio.to_thread(self._get, service, "/metrics")
        return Counter({(type_, outcome): round(float(n)) for outcome, type_, n in _OUTCOME.findall(text)})

    def url(self, service: str, path: str) -> str:
        """Where something of a service is asked for."""
        return f"http://127.0.0.1:{self._ports[service]}{path}"

    async def stop(self) -> None:
        """End all of them, in order where they can; by SIGINT, after which a profiler still writes its figures."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self._running.values():
            try:
                await asyncio.to_thread(process.wait, _STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _is_ready(self, service: str) -> bool:
        try:
            self._get(service, "/health/ready")
        except OSError:
            return False
        return True

    def _get(self, service: str, path: str) -> str:
        with urllib.request.urlopen(self.url(service, path), timeout=30) as answer:  # noqa: S310  our own
            found: bytes = answer.read()
        return found.decode()


async def timed(installation: Installation, *command: str) -> tuple[float, float]:
    """Seconds that a command of ours takes on this installation, and the most megabytes. Raises BenchError."""

    def run() -> tuple[int, float]:
        program = [sys.executable, "-m", "services.command.app", *command]
        process = subprocess.Popen(program, env=compiled(installation.environment()), stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, used.ru_maxrss / 1024

    began = time.perf_counter()
    code, megabytes = await asyncio.to_thread(run)
    if code:
        raise BenchError(f"`section42 {' '.join(command)}` ended with {code}")
    return time.perf_counter() - began, megabytes


@asynccontextmanager
async def started(installation: Installation, options: Options) -> AsyncIterator[System]:
    """The system, started, and stopped whatever happens. Raises BenchError as soon as one of the services ends."""
    system = System(installation, options)
    system.start()
    watching = asyncio.create_task(system.until_one_ends())
    watching.add_done_callback(partial(_interrupt, asyncio.current_task()))
    try:
        yield system
    except asyncio.CancelledError:
        if watching.done():
            watching.result()
        raise
    finally:
        watching.cancel()
        await system.stop()


def _interrupt(measuring: asyncio.Task[object] | None, watching: asyncio.Task[None]) -> None:
    """Whoever measures would wait for ever for a service that has ended."""
    if measuring is not None and not watching.cancelled():
        measuring.cancel()
