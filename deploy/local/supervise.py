"""A few commands kept running: each that dies is started again, all end together.

`start_services` leaves one detached process behind (this module run as a program); its record,
`services.json`, names it and its children, so that `stop_services` in any later process finds them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.local.jars import ROOT
from deploy.local.process import Process, appending, locked, read_record, recorded, spawn, until, write_record

STEADY_SECONDS = 2.0  # a child that lived this long died of something new: it starts again at once
LONGEST_PAUSE_SECONDS = 2.0
START_SECONDS = 30.0


@dataclass(frozen=True)
class Command:
    """One child: `env` adds to the supervisor's own environment, `log` takes all that it prints."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: str


@dataclass(frozen=True)
class Services:
    """What one supervisor runs; after a SIGTERM each child has `grace_seconds` to end by itself."""

    directory: Path
    commands: tuple[Command, ...]
    grace_seconds: float = 10.0

    @property
    def record(self) -> Path:
        return self.directory / "services.json"

    def to_json(self) -> dict[str, Any]:
        commands = [{**asdict(command), "argv": list(command.argv)} for command in self.commands]
        return {"directory": str(self.directory), "commands": commands, "grace_seconds": self.grace_seconds}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Services:
        commands = (Command(**{**each, "argv": tuple(each["argv"])}) for each in found["commands"])
        return cls(Path(found["directory"]), tuple(commands), found["grace_seconds"])


class Supervisor:
    """Runs the commands until it gets a SIGTERM."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._stopping = asyncio.Event()
        self._children: dict[str, dict[str, Any]] = {}

    async def run(self) -> None:
        """Return when a signal asked for it and every child has ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        await asyncio.gather(*(self._keep(command) for command in self.services.commands))

    async def _keep(self, command: Command) -> None:
        quick_deaths = 0
        restarts = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(command, restarts)
            lived = time.monotonic() - began
            quick_deaths = 1 if lived >= STEADY_SECONDS else quick_deaths + 1
            pause = backoff(quick_deaths)
            restarts += 1
            if not self._stopping.is_set():
                say(f"{command.name} ended with {code} after {lived:.1f} s; restart in {pause:.2f} s")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, command: Command, restarts: int) -> int | str:
        with appending(Path(command.log)) as log:
            try:
                child = await asyncio.create_subprocess_exec(
                    *command.argv,
                    env={**os.environ, **command.env},
                    cwd=ROOT,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                )
            except OSError as error:
                return str(error)
        known = {"pid": child.pid, "started": _started(child.pid), "restarts": restarts}
        self._children[command.name] = known
        self._write()
        ended = asyncio.ensure_future(child.wait())
        asked = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not ended.done():
            child.terminate()
            await asyncio.wait({ended}, timeout=self.services.grace_seconds)
        if not ended.done():
            say(f"{command.name} did not end in {self.services.grace_seconds} s and is killed")
            child.kill()
        return await ended

    def _write(self) -> None:
        me = {"pid": os.getpid(), "started": _started(os.getpid())}
        write_record(self.services.record, {**me, "services": self._children})


def backoff(quick_deaths: int) -> float:
    """Seconds to wait before the next start: none the first time, then doubling, jittered, capped."""
    if quick_deaths <= 1:
        return 0.0
    longest = min(LONGEST_PAUSE_SECONDS, 0.1 * 2.0 ** min(quick_deaths, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads restarts, keeps no secret


def start_services(services: Services) -> dict[str, int]:
    """Every command started once, each with its pid; a supervisor of the same commands is left as it is."""
    config = services.directory / "services.config.json"
    log = services.directory / "logs" / "supervisor.log"
    with locked(services.directory / "services.lock"):
        supervisor = recorded(services.record)
        if supervisor is None or read_record(config) != services.to_json():
            _stop(services.directory)
            write_record(config, services.to_json())
            argv = [sys.executable, "-m", "deploy.local.supervise", str(config)]
            supervisor = spawn(argv, log=log, cwd=ROOT)
            first = {"pid": supervisor.pid, "started": supervisor.started, "services": {}}
            write_record(services.record, first)
        names = {command.name for command in services.commands}
        until(lambda: set(service_pids(services.directory)) == names, supervisor, seconds=START_SECONDS, log=log)
    return service_pids(services.directory)


def stop_services(directory: Path) -> None:
    """End the supervisor and its children, in order as far as they let us; none running is no error."""
    with locked(directory / "services.lock"):
        _stop(directory)


def service_pids(directory: Path) -> dict[str, int]:
    """The children that run at this moment."""
    return {name: child.pid for name, child in _children(directory).items()}


def _stop(directory: Path) -> None:
    grace = read_record(directory / "services.config.json").get("grace_seconds", 0.0)
    supervisor = recorded(directory / "services.json")
    if supervisor is not None:
        supervisor.end((signal.SIGTERM, grace + 5), (signal.SIGKILL, 5))
    orphans = _children(directory).values()  # of a supervisor that was killed
    for child in orphans:
        child.send(signal.SIGTERM)
    for child in orphans:
        child.end((signal.SIGTERM, grace), (signal.SIGKILL, 5))
    (directory / "services.json").unlink(missing_ok=True)


def _children(directory: Path) -> dict[str, Process]:
    found = read_record(directory / "services.json").get("services", {})
    children = {name: Process(each["pid"], each["started"]) for name, each in found.items()}
    return {name: child for name, child in children.items() if child.alive}


def _started(pid: int) -> str:
    process = Process.of(pid)
    return "" if process is None else process.started


def say(text: str) -> None:
    """A line in the supervisor's log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, flush=True)


def main() -> None:
    """Run what the configuration named on the command line lists."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(Supervisor(Services.from_json(config)).run())


if __name__ == "__main__":
    main()
