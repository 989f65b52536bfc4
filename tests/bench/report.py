"""The figures as a table that says what each means, what is aimed at, and plainly which fall short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from services import SERVICES
from tests.bench.options import AIMS, LIMITS_MS, MEMORY_LIMIT_MB

_MEANS = {
    "floor_events_per_s": "events a second one process reads, decodes and copies to a table",
    "naive_concerns_per_s": "concerns a second, a handler and a transaction a message",
    "concerns_per_s": "concerns a second, all services, first commit to last",
    "concerns_per_s_with_start": "the same, from the start of the first service",
    "applications_per_s": "events applied a second, by all services together",
    "applications_per_concern": "events applied for each concern",
    "share_of_floor": "our applications to the floor's events",
    "times_naive": "our concerns a second to the naive version's",
}


def show(found: dict[str, Any], console: Console) -> None:
    """Print the table."""
    conditions = found["conditions"]
    table = Table("", "median", "spread", "aim", "", "what it is", title=_title(conditions), title_justify="left")
    for name, value, spread, aim, short, says in _rows(found):
        verdict = "" if not aim else "[bold red]short[/]" if short else "[green]met[/]"
        table.add_row(name, _text(value), " – ".join(map(_text, spread)), aim, verdict, says)
    console.print(table)
    if "cpu_us_per_concern" in found:
        spent = ", ".join(f"{who} {_text(value)}" for who, value in found["cpu_us_per_concern"].items())
        console.print(f"Processor time a concern, start-up included, in µs: {spent}")
    console.print(f"Durability, the same for all: {conditions['durability']}.")


def _rows(found: dict[str, Any]) -> Iterator[tuple[str, float, list[float], str, bool, str]]:
    spread = found["spread"]
    for name, says in _MEANS.items():
        if name in found:
            aim = AIMS.get(name)
            at_least = f"≥ {_text(aim)}" if aim else ""
            yield name, found[name], spread[name], at_least, aim is not None and found[name] < aim, says
    for service in SERVICES:
        if service in found.get("rss_mb", {}):
            held = found["rss_mb"][service]
            says = f"memory of {service} when done, in MB; at most it was {_text(found['rss_peak_mb'][service])}"
            aim_mb = f"≤ {MEMORY_LIMIT_MB:g}"
            yield f"rss_mb {service}", held, spread["rss_mb"][service], aim_mb, held > MEMORY_LIMIT_MB, says
    for stage, shares in found.get("latency_ms", {}).items():
        samples = found["conditions"]["latency_samples"][stage]
        for share, value in shares.items():
            limit = LIMITS_MS[stage] if share == "p99" else None
            rate = found["conditions"]["latency_rate_per_s"]
            says = f"ms, post to {stage}'s commit, at {rate:g}/s ({samples} samples)"
            at_most = f"≤ {limit:g}" if limit else ""
            short = limit is not None and value > limit
            yield f"latency_ms {stage} {share}", value, spread["latency_ms"][stage][share], at_most, short, says


def _title(conditions: dict[str, Any]) -> str:
    when = {"beforehand": "all decided before the start", "routed": "each decided when routed"}[conditions["decisions"]]
    whose = " of one adult" if conditions["one_adult"] else ""
    return f"{conditions['runs']} runs of {conditions['concerns']:,} concerns{whose}, {when}, one in five converted"


def _text(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
