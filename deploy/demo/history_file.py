"""The history as a file of lines: made once for an installation, from a seed, and the same whenever it is made."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.demo.history import events
from deploy.local.process import private


def history_file(directory: Path, seed: int, scale: float) -> Path:
    """Where the history is; it is made there first, all of it or nothing, where it is not."""
    path = directory / f"history-{seed}-{scale:g}.jsonl"
    if path.exists():
        return path
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    private(directory)
    unfinished.touch(mode=0o600)
    with unfinished.open("w", encoding="utf-8") as lines:
        for event in events(seed, scale):
            lines.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    unfinished.rename(path)
    return path
