"""Processes that outlive their starter: started detached, known by pid and start time, ended by id.

A pid alone may be handed to a stranger once its owner has died; a pid with its start time may not. A
signal goes through a pidfd that was opened before the start time was compared, so it cannot hit a
successor either.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

POLL_SECONDS = 0.01
OTHERS = 0o077
"""The rights of everybody but the owner: what is written here may hold a password, or somebody's story."""


class ServerError(RuntimeError):
    """A local server did not start, or did not stop."""


@dataclass(frozen=True)
class Process:
    """One process and no other: `started` is its boot and its start time in clock ticks."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now, unless all that is left of it is its exit code."""
        fields = _stat(pid)
        if fields is None or (fields[0] in "ZX" and int(fields[17]) <= 1):  # the threads still there
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return cls(pid, f"{boot}/{fields[19]}")

    @property
    def alive(self) -> bool:
        """Whether it still runs; a dead child of ours is reaped on the way."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return Process.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a process that has ended is left in peace."""
        with self._pidfd() as fd:
            if fd is not None:
                signal.pidfd_send_signal(fd, number)

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended, all its threads and sockets with it, within so many seconds."""
        with self._pidfd() as fd:
            if fd is not None:
                ended = select.poll()
                ended.register(fd, select.POLLIN)
                ended.poll(seconds * 1000)
        return not self.alive

    def end(self, *signals: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, giving it so many seconds, until the process has ended."""
        for number, seconds in signals:
            self.send(number)
            if self.wait(seconds):
                return
        raise ServerError(f"process {self.pid} did not end")

    def works_in(self, directory: Path) -> bool:
        """Whether this is the process's working directory (as far as we may see)."""
        with suppress(OSError):
            return Path(f"/proc/{self.pid}/cwd").readlink() == directory
        return False

    @contextmanager
    def _pidfd(self) -> Iterator[int | None]:
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            yield None
            return
        try:
            yield fd if self.alive else None
        finally:
            os.close(fd)


def running() -> list[Process]:
    """Every process of this machine that we can see."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [process for pid in pids if (process := Process.of(pid)) is not None]


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
) -> Process:
    """Start a process in a session of its own, so that it survives this one; its output goes to `log`.

    What it writes, and what whoever it starts writes, is its owner's alone.
    """
    with appending(log) as output:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            umask=OTHERS,
            **as_user(user),
        )
    process = Process.of(child.pid)
    code = child.poll() if process is None else 0
    child.returncode = code  # Popen lets go of it here: Process reaps it, whoever its parent is
    if process is None:
        raise ServerError(f"{argv[0]} ended at once with code {code}; see {log}")
    return process


def private(directory: Path) -> Path:
    """A directory that its owner alone may list; others may pass, since a server's OS user has its data further in."""
    directory.mkdir(parents=True, exist_ok=True)
    if directory.stat().st_uid == os.geteuid():
        directory.chmod(0o711)
    return directory


def appending(path: Path) -> BinaryIO:
    """A file that its owner alone may read, also where it was there before; whoever writes goes on at its end."""
    private(path.parent)
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")
    os.fchmod(file.fileno(), 0o600)
    return file


def as_user(user: str | None) -> dict[str, Any]:
    """The arguments of `subprocess` that run a command as another user (None: as ourselves)."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def until(ready: Callable[[], bool], process: Process, *, seconds: float, log: Path) -> None:
    """Return once `ready()` is true; raise with the end of the log if the process dies or time runs out."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.alive or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
            state = "is not ready" if process.alive else "died"
            raise ServerError(f"process {process.pid} {state}; the end of {log}:\n{tail}")
        time.sleep(POLL_SECONDS)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the machine-wide lock that this file stands for; the kernel frees it if we die."""
    with appending(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_record(path: Path) -> dict[str, Any]:
    """What the record says; empty if there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the record as a whole: a reader sees the old one or the new one."""
    private(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def recorded(path: Path) -> Process | None:
    """The live process a record names, if there is one."""
    found = read_record(path)
    if not found.get("pid"):
        return None
    process = Process(found["pid"], found["started"])
    return process if process.alive else None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the command name: state, parent, ..., start time at 19."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
