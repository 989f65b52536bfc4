"""One Kafka and one Postgres for a whole test run, shared by all its workers, and private ones on demand.

The process that started the run (under xdist the controller) names a directory `.local/test-<pid>-<start>`
in the environment that its workers inherit; whichever worker needs the servers first starts them there;
the first process stops them when the run is over. A run that was killed is cleared up by the next one.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.jars import LOCAL
from deploy.local.process import Process
from deploy.local.stack import Servers, Stack
from deploy.local.supervise import stop_services

RUN = "SECTION42_TEST_RUN"
RECORDS = {"kafka.json", "postgres.json", "services.json"}

__all__ = ["OwnServers", "Run", "Servers", "Stack", "shared_servers"]


@dataclass(frozen=True)
class Run:
    """A test run, as the process that started it sees it."""

    directory: Path

    @classmethod
    def begin(cls) -> Run | None:
        """A new run, or None in a worker of one that has begun."""
        if RUN in os.environ:
            return None
        for left in LOCAL.glob("test-*-*"):
            _, pid, start = left.name.split("-")
            if _start(int(pid)) != start:
                cls(left).end()
        run = cls(LOCAL / f"test-{os.getpid()}-{_start(os.getpid())}")
        run.directory.mkdir(parents=True)
        os.environ[RUN] = str(run.directory)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a SIGTERM ends the run as Ctrl-C does
        return run

    def end(self, *, keep_logs: bool = False) -> None:
        """Stop every server and service below the run's directory and remove it, its logs if they may go."""
        records = [found for depth in ("", "*/", "*/*/") for found in self.directory.glob(f"{depth}*.json")]
        for directory in {found.parent for found in records if found.name in RECORDS}:
            stop_services(directory)
            stack = Stack(directory, own=True)
            stack.kafka.erase()
            stack.postgres.erase()
        if not keep_logs:
            shutil.rmtree(self.directory, ignore_errors=True)


class OwnServers:
    """Starts a private Kafka, a private Postgres or both, for a test that kills them; `end` removes them."""

    _numbers = itertools.count()

    def __init__(self) -> None:
        self._stacks: list[Stack] = []

    def __call__(
        self, *, kafka: bool = True, postgres: bool = True, environment: Mapping[str, str] | None = None
    ) -> Stack:
        """A stack whose asked-for servers run; the test may stop, kill and start them again."""
        name = f"own-{os.getpid()}-{next(self._numbers)}"
        stack = Stack(Path(os.environ[RUN]) / name, own=True, environment=environment)
        self._stacks.append(stack)
        if kafka and postgres:
            stack.up()
        elif kafka:
            stack.kafka.start()
        elif postgres:
            stack.postgres.start()
        return stack

    def end(self) -> None:
        while self._stacks:
            stack = self._stacks.pop()
            stop_services(stack.directory)
            stack.down(erase=True)


def shared_servers() -> Servers:
    """The servers of this run; the first worker to ask starts them, the others wait for it."""
    return Stack(Path(os.environ[RUN])).up()


def _start(pid: int) -> str:
    """What tells this process from a later one with the same pid."""
    process = Process.of(pid)
    return "" if process is None else process.started.rpartition("/")[2]
