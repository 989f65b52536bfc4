"""A clock of some processes' own, which a test sets while they run (libfaketime): the machine's stays as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_LIBRARY = "faketime/libfaketimeMT.so.1"


class Clock:
    """`environment` is for whoever is to live by it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)
        self.environment = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            # Read anew each time, so that it moves when the test says so; how long things take is not touched.
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def set(self, ahead_s: float) -> None:
        """From now on it is so far ahead of the machine's."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{ahead_s:+f}\n", encoding="ascii")
        draft.chmod(0o644)
        draft.replace(self._file)


def at_start(ahead_s: float) -> dict[str, str]:
    """The environment of a process whose clock is so far ahead for life.

    A JVM has to be told so: where its monotonic clock is left alone its timed waits do not wait (libfaketime 0.9.10),
    and where that moves with the other no step may happen while it runs.
    """
    return {"LD_PRELOAD": str(library()), "FAKETIME": f"{ahead_s:+f}"}


@contextmanager
def clock() -> Iterator[Clock]:
    """A clock that is right, in a file that any OS user may read."""
    with tempfile.TemporaryDirectory(prefix="s42-clock-") as directory:
        Path(directory).chmod(0o755)
        yield Clock(Path(directory) / "ahead")


def library() -> Path:
    """Where Debian puts it, or the distribution's own place; a test that needs it fails where it is missing."""
    for found in (*Path("/usr/lib").glob(f"*/{_LIBRARY}"), Path("/usr/lib") / _LIBRARY):
        if found.exists():
            return found
    pytest.fail("libfaketime is not here: sudo apt-get install -y libfaketime")
