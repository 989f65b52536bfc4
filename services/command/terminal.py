"""Speaking to whoever runs a command: answers on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.command.problems import MisuseError

_WIDE = 250
out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def say(text: str) -> None:
    """One line of the answer."""
    print(text, flush=True)


def say_json(value: Any) -> None:
    """One value as a line of JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    print(json.dumps(value, default=str, ensure_ascii=False), flush=True)


def warn(text: str) -> None:
    """One line beside the answer."""
    print(text, file=sys.stderr, flush=True)


def age(seconds: float | None) -> str:
    """How long, in the largest unit that fits."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


@contextmanager
def posting(file: str) -> Iterator[tuple[Iterable[bytes], Callable[[int], None]]]:
    """The lines of a file, or of standard input for "-", and a progress bar where somebody watches."""
    if file == "-":
        with _progress(None) as on_progress:
            yield sys.stdin.buffer, on_progress
        return
    path = Path(file)
    if not path.is_file():
        raise MisuseError(f"there is no file {file}")
    with path.open("rb") as lines:
        total = sum(1 for _ in lines) if sys.stderr.isatty() else None
        lines.seek(0)
        with _progress(total) as on_progress:
            yield lines, on_progress


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A count of what has been done, where somebody watches; called with how many more."""
    with _progress(None, what) as on_progress:
        done = 0

        def more(by: int) -> None:
            nonlocal done
            done += by
            on_progress(done)

        yield more


@contextmanager
def _progress(total: int | None, what: str = "posting") -> Iterator[Callable[[int], None]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda lines: bar.update(task, completed=lines)
