"""What a run of the benchmark is asked for, and what it aims at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.local.jars import LOCAL

PARTS = ("floor", "naive", "ours", "latency")
DIRECTORY = LOCAL / "bench"

AIMS = {"concerns_per_s": 4_000.0, "share_of_floor": 0.25, "times_naive": 20.0}
"""At least so much (design section 6)."""

LIMITS_MS = {"triage": 25.0, "audit": 50.0}
"""The 99th percentile from post to commit, at most."""

MEMORY_LIMIT_MB = 150.0
"""What a service may take, at most, once it is past a burst."""


@dataclass(frozen=True)
class Options:
    """How much of what is measured.

    `decisions` says when people decide: `routed`, each as soon as its concern is seen on the topic `triage`, or
    `beforehand`, all of them before the first service has started, so that they wait for their concerns.
    `one_adult` says that every concern of ours is about the same adult: what each costs must not grow with them.
    """

    concerns: int = 60_000
    runs: int = 3
    naive_concerns: int = 2_000
    floor_events: int = 300_000
    latency_s: float = 20.0
    latency_rate: float = 100.0
    decisions: str = "routed"
    one_adult: bool = False
    only: frozenset[str] = frozenset(PARTS)
    profiled: frozenset[str] = frozenset()
    deadline_s: float = 300.0
    directory: Path = DIRECTORY


class BenchError(Exception):
    """What was measured is worth nothing: something was lost, doubled, or never came."""
