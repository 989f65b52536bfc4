"""The history as a file of lines: made once for an installation, from a seed, and the same whenever it is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from deploy.demo.history import events


def history_file(directory: Path, seed: int, scale: float, on_progress: Callable[[int], None]) -> Path:
    """Where the history is; it is made there first, all of it or nothing, where it is not."""
    path = directory / f"history-{seed}-{scale:g}.jsonl"
    if path.exists():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8") as lines:
        for number, event in enumerate(events(seed, scale), start=1):
            lines.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
            if number % 1000 == 0:
                on_progress(number)
    unfinished.rename(path)
    return path
