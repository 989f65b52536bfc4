"""The figures: the median of the runs under the names of the yardsticks, and beside each the lowest and the highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from services import SERVICES
from tests.bench.latency import STAGES, Window
from tests.bench.options import Options
from tests.bench.ours import Run


@dataclass
class Measured:
    """What was measured, run by run; the n-th of each belong together."""

    floor: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    ours: list[Run] = field(default_factory=list)
    latency: list[Window] = field(default_factory=list)


def figures(measured: Measured, options: Options) -> dict[str, Any]:
    """One JSON object: medians, `spread` with [lowest, highest] in the same shape, and `conditions`."""
    runs = measured.ours
    applications = [run.applied / run.sustained_s for run in runs]
    spreads: dict[str, Any] = {
        "floor_events_per_s": measured.floor,
        "naive_concerns_per_s": measured.naive,
        "concerns_per_s": [run.concerns_per_s for run in runs],
        "concerns_per_s_with_start": [run.concerns / run.from_start_s for run in runs],
        "applications_per_s": applications,
        "applications_per_concern": [run.applied / run.concerns for run in runs],
        "share_of_floor": _ratios(applications, measured.floor),
        "times_naive": _ratios([run.concerns_per_s for run in runs], measured.naive),
        "rss_mb": {s: [run.memory[s].steady for run in runs] for s in SERVICES},
        "rss_peak_mb": {s: [run.memory[s].peak for run in runs] for s in SERVICES},
        "latency_ms": {
            stage: {name: [w.percentile(stage, share) for w in measured.latency] for name, share in _SHARES.items()}
            for stage in STAGES
        },
        "cpu_us_per_concern": {
            who: [run.cpu_s[who] / run.concerns * 1e6 for run in runs] for who in (runs[0].cpu_s if runs else ())
        },
    }
    found: dict[str, Any] = _each(spreads, median) or {}
    return found | {
        "spread": _each(spreads, lambda values: [_round(min(values)), _round(max(values))]) or {},
        "conditions": {
            "concerns": options.concerns,
            "runs": options.runs,
            "decisions": options.decisions,
            "one_adult": options.one_adult,
            "naive_concerns": options.naive_concerns,
            "floor_events": options.floor_events,
            "latency_samples": {stage: sum(len(w.ms[stage]) for w in measured.latency) for stage in STAGES},
            "latency_rate_per_s": options.latency_rate,
            "durability": "fsync=on, synchronous_commit=on, acks=all, idempotent producers",
        },
    }


_SHARES = {"p50": 0.5, "p99": 0.99}


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=False)]


def _each(found: Any, of: Any) -> Any:
    """The same shape with a figure in place of every list of values, without what was not measured."""
    if isinstance(found, dict):
        shaped = {name: _each(value, of) for name, value in found.items()}
        return {name: value for name, value in shaped.items() if value is not None} or None
    return _round(of(found)) if found else None


def _round(value: Any) -> Any:
    """Four digits are more than two runs have in common."""
    if not isinstance(value, float):
        return value
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
