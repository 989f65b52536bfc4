"""Services forked from one warm process, so that a death costs a tenth of a second and not two of imports.

Each is a process of its own that runs the very command an operator would. Run as a program this module is the
nursery: it takes a line of JSON for each wish, forks, and answers; it ends, with all its children, with its parent.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]


class Child:
    """A service out of the nursery, with as much of `subprocess.Popen` as is needed here."""

    def __init__(self, nursery: Nursery, pid: int, log: Path) -> None:
        self._nursery = nursery
        self.pid = pid
        self.log = log
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"poll": self.pid})
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; its pid is nobody else's until `poll` has seen its end."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = 10) -> int:
        """Wait for its end."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.005)
        assert self.returncode is not None
        return self.returncode


class Nursery:
    """The parent's end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
        )
        self._numbers = 0

    def start(self, service: str, environment: dict[str, str], log: Path) -> Child:
        """A service with this environment, its log in this file."""
        pid = self.ask({"start": service, "environment": environment, "log": str(log)})
        assert pid is not None
        return Child(self, pid, log)

    def ask(self, wish: dict[str, Any]) -> int | None:
        """One wish, one answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(wish).encode() + b"\n")
        stdin.flush()
        answer: int | None = json.loads(stdout.readline())
        return answer

    def close(self) -> None:
        """End it, and whatever it still has."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


def main() -> None:
    """Import what services import, then fork on demand until the parent is gone."""
    import services.command.app  # noqa: PLC0415  this is what is to be warm
    import shared.chassis.app  # noqa: F401, PLC0415
    from services import SERVICES  # noqa: PLC0415
    from services.command.registry import load  # noqa: PLC0415

    with suppress(ImportError):
        import uvloop  # noqa: F401, PLC0415
    for service in SERVICES:
        load(service)
    alive: set[int] = set()
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        if "poll" in wish:
            ended, status = os.waitpid(wish["poll"], os.WNOHANG)
            alive.discard(ended)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            answer = os.fork()
            if answer == 0:
                _become(wish, services.command.app.main)
            alive.add(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in alive:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _become(wish: dict[str, Any], command: Any) -> None:
    """Be that service from now on."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(wish["environment"])
        file = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for old, new in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(old, new)
        random.seed()
        sys.argv = ["section42", "run", wish["start"]]
        command()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
