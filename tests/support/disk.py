"""A small disk, which a test may fill: a file system in memory. Root alone may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = bytes(64 * 1024)


class Disk:
    """What is mounted at `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filling = directory / "filling"

    def fill(self) -> None:
        """Leave no room, also not what has been let go since it was filled last."""
        with self._filling.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(_CHUNK)
            except OSError:
                return

    def free(self) -> None:
        """Give the room back."""
        self._filling.unlink(missing_ok=True)


@contextmanager
def small_disk(directory: Path, mib: int) -> Iterator[Disk]:
    """Mount one of that size; whatever runs on it must have ended when it goes."""
    if os.geteuid() != 0:
        raise PermissionError("a small disk is mounted to be filled, and only root may do that: run this as root")
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "tmpfs", str(directory)], check=True)
    try:
        yield Disk(directory)
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)
