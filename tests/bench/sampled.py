"""A service under a sampling profiler: every few ms of processor time, where the interpreter is.

`python -m tests.bench.sampled FILE SERVICE` runs the service and writes what it found when the service ends. A sample
costs microseconds and is taken by processor time, so neither calls nor waiting are made to look dearer than they are.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.table import Table

_EVERY_S = 0.004  # Linux counts no finer by default
_STARTING = "<starting>"
_MODULES_SHOWN = 3


class Sampler:
    """Counts samples by the function and by the line that was running, and by every function that waited for it."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.within: Counter[str] = Counter()
        self._names: dict[Any, str] = {}

    def start(self) -> None:
        """Sample from now on, for as long as this process lives."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def write(self, path: Path) -> None:
        """Stop, and keep what was found."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = {"cpu_s": time.process_time(), "own": self.own, "lines": self.lines, "within": self.within}
        path.write_text(json.dumps(found))

    def _take(self, _number: int, frame: FrameType | None) -> None:
        stack: list[FrameType] = []
        while frame is not None:
            stack.append(frame)
            frame = frame.f_back
        names = [self._name(each) for each in stack]
        if any("_find_and_load" in name for name in names):
            names, line = [_STARTING], _STARTING
        else:
            line = f"{names[0]}:{stack[0].f_lineno}"
        self.own[names[0]] += 1
        self.lines[line] += 1
        self.within.update(set(names))

    def _name(self, frame: FrameType) -> str:
        code = frame.f_code
        name = self._names.get(code)
        if name is None:
            where = "/".join(Path(code.co_filename).parts[-_MODULES_SHOWN:])
            name = self._names[code] = f"{code.co_qualname} ({where})"
        return name


def show(path: Path, service: str, console: Console, *, top: int = 40) -> None:
    """Print where a service spent its processor time: by function alone, by line, and with what it called."""
    found = json.loads(path.read_text())
    seconds = found["cpu_s"]
    each = seconds / sum(found["own"].values())
    for part, title in (("own", "own time"), ("lines", "own time by line"), ("within", "time with all it called")):
        table = Table("share", "seconds", "where", title=f"{service}: {title}, of {seconds:.1f} s of processor time")
        for name, count in Counter(found[part]).most_common(top):
            table.add_row(f"{100 * count * each / seconds:.1f} %", f"{count * each:.2f}", name)
        console.print(table)


def main() -> None:
    """Run the service named on the command line until it is told to stop."""
    path, service = Path(sys.argv[1]), sys.argv[2]
    sampler = Sampler()
    sampler.start()
    from services.command.registry import load  # noqa: PLC0415  the imports are sampled too
    from shared.chassis.app import run  # noqa: PLC0415

    try:
        run(load(service))
    finally:
        sampler.write(path)


if __name__ == "__main__":
    main()
