"""Speaking to whoever runs a command: answers on standard output, everything else on standard error.

What is told may come from anybody, so nothing of it reaches a terminal raw: what moves a cursor, changes a colour,
turns the direction of writing or is no character is written out as an escape, and so is what the terminal cannot show.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from services.command.problems import GoneError, MisuseError

_WIDE = 250
_LINE_EVERY_S = 5.0
_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, with the escape that begins a sequence, and a new line
    "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # without width, or turning directions
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of characters, and tags that nobody sees
)


class _Answers(Console):
    """Standard output for tables; who has gone is told of as by a plain line, and not by an exit code of rich's own."""

    def on_broken_pipe(self) -> None:
        raise GoneError


class Lines(Table):
    """A table whose cells may hold anything."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        """Add a row; a text is shown as it is written, and neither as markup nor as a sequence of escapes."""
        super().add_row(*(Text(plain(cell)) if isinstance(cell, str) else cell for cell in cells), **options)


out = _Answers(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDE)


def plain(text: str) -> str:
    """A text on one line, with an escape for whatever a terminal would not show as a character."""
    return _NOT_SHOWN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def say(text: str) -> None:
    """One line of the answer."""
    _print(plain(text))


def say_json(value: Any) -> None:
    """One value as a line of JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    narrow = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    said = json.dumps(value, default=str, ensure_ascii=narrow)
    _print(_NOT_SHOWN.sub(_escaped_in_json, said))


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise GoneError from None


def _escaped_in_json(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def warn(text: str) -> None:
    """One line beside the answer."""
    print(plain(text), file=sys.stderr, flush=True)


def age(seconds: float | None) -> str:
    """How long, in the largest unit that fits."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


@contextmanager
def posting(file: str) -> Iterator[tuple[Iterable[bytes], Callable[..., None]]]:
    """The lines of a file, or of standard input for "-", and who is told how many of them have been dealt with."""
    if file == "-":
        with _progress(None) as on_progress:
            yield sys.stdin.buffer, on_progress
        return
    path = Path(file)
    if not path.is_file():
        raise MisuseError(f"there is no file {file}")
    with path.open("rb") as lines:
        total = sum(1 for _ in lines)
        lines.seek(0)
        with _progress(total) as on_progress:
            yield lines, on_progress


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A count of what has been done; called with how many more."""
    with _progress(None, what) as on_progress:
        done = 0

        def more(by: int) -> None:
            nonlocal done
            done += by
            on_progress(done)

        yield more


@contextmanager
def bar_or_lines(*columns: ProgressColumn) -> Iterator[Progress | Callable[[str], None]]:
    """A bar on standard error where somebody watches; else whom to tell lines: one in five seconds is said."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Progress(*columns, console=console, transient=True) as bar:
            yield bar
        return
    last = time.monotonic()

    def tell(line: str) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _LINE_EVERY_S:
            warn(line)
            last = now

    yield tell


@contextmanager
def _progress(total: int | None, what: str = "posted") -> Iterator[Callable[..., None]]:
    """Who is told how many have been dealt with, and which stage that is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with bar_or_lines(*columns) as shown:
        if isinstance(shown, Progress):
            bar, task = shown, shown.add_task(what, total=total)
            yield lambda lines, stage=what: bar.update(task, completed=lines, description=stage)
        else:
            of = "" if total is None else f" of {total}"
            tell = shown
            yield lambda lines, stage=what: tell(f"{stage}: {lines}{of}")
