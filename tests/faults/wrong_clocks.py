"""Services whose clock is wrong for some seconds: whole processes of their own, since a fork keeps its parent's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.faketime import Clock

AHEAD_S = {"clock-slow": -3600.0, "clock-ahead": 200 * 86_400.0}
_ROOT = Path(__file__).parents[2]


class ByItsOwnClock(subprocess.Popen[bytes]):
    """A service that lives by `clock`, its log in this file."""

    def __init__(self, service: str, environment: dict[str, str], log: Path, ahead_s: float) -> None:
        self.log = log
        self.clock = Clock(log.with_suffix(".clock"))
        self.clock.set(ahead_s)
        with log.open("wb") as out:
            super().__init__(
                [sys.executable, "-m", "services.command.app", "run", service],
                env=environment | self.clock.environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, cwd=_ROOT,
            )  # fmt: skip
