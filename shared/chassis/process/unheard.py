"""Standard output that keeps nobody waiting: where nobody fetches what is said, lines are dropped, and counted.

A pipe holds 64 kB. Whoever writes to a full one waits until somebody reads, every probe of ours with it; whoever writes
to one that has been closed is told so by an error, in the middle of something else. Nothing is kept here for later, so
that what was said is said, however a process ends.
"""

import contextlib
import os
import select
import stat
import threading
import time
from collections.abc import Callable

_PIECE = 4096
"""What a pipe takes at once if it takes anything (PIPE_BUF)."""
_PATIENCE_MS = 250
_PATIENT_AGAIN_S = 10.0


class Lines:
    """Writes lines to a file descriptor, and drops what finds no room."""

    def __init__(self, fd: int, missed: Callable[[int], str]) -> None:
        """`missed` makes the line that says how many were dropped, once there is room again."""
        self._fd = _of_our_own(fd)
        self._missed = missed
        self._lock = threading.RLock()
        self._since_told = 0
        self._torn = False
        self._patient_from = 0.0
        self.dropped = 0

    def write(self, line: str) -> None:
        """Write it whole, or count it."""
        with self._lock:
            if self._since_told and self._wrote(self._missed(self._since_told)):
                self._since_told = 0
            if self._since_told or not self._wrote(line):
                self._since_told += 1
                self.dropped += 1

    def flush(self) -> None:
        """Nothing is kept."""

    def _wrote(self, line: str) -> bool:
        data = b"\n" * self._torn + line.encode(errors="backslashreplace")
        left = data
        with contextlib.suppress(OSError):  # closed, or full after all because others write to it as well
            while left and self._room():
                left = left[os.write(self._fd, left[:_PIECE]) :]
        self._torn = bool(left) and (self._torn or len(left) < len(data))
        return not left

    def _room(self) -> bool:
        """Whether it takes a piece; a reader that is merely slow is waited for a moment, now and then."""
        asked = select.poll()
        asked.register(self._fd, select.POLLOUT)
        if asked.poll(0):
            return True
        if (now := time.monotonic()) < self._patient_from:
            return False
        self._patient_from = now + _PATIENT_AGAIN_S
        return bool(asked.poll(_PATIENCE_MS))


def _of_our_own(fd: int) -> int:
    """The same pipe, opened once more so that it never waits: how others write to it is left as it is."""
    with contextlib.suppress(OSError):
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            return os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return fd
