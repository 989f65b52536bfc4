"""`python -m tests.bench`: start servers of our own, measure, print, stop. `make bench` calls it."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

import uvloop
from rich.console import Console

from deploy.local.stack import Servers, Stack
from services import SERVICES
from tests.bench import floor, latency, ours, plainly, report, sampled
from tests.bench.figures import Measured, figures
from tests.bench.inputs import work
from tests.bench.machine import Costs
from tests.bench.options import PARTS, BenchError, Options
from tests.bench.system import profile_of

_WIDTH = 150
_progress = Console(stderr=True)


def options_from(arguments: Sequence[str] | None = None) -> tuple[Options, bool]:
    """What the command line asks for, and whether it wants JSON."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--concerns", type=int, default=default.concerns, metavar="N", help="concerns a run")
    parser.add_argument(
        "--seconds", type=float, default=default.latency_s, metavar="S", help="seconds of each latency window"
    )
    parser.add_argument("--runs", type=int, default=default.runs, metavar="N", help="how often each is measured")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PARTS", help=f"some of {','.join(PARTS)}")
    parser.add_argument(
        "--decisions", choices=("beforehand", "routed"), default=default.decisions,
        help="all concerns decided before the start, or each as soon as it is routed",
    )  # fmt: skip
    parser.add_argument("--one-adult", action="store_true", help="all concerns are about the same adult")
    parser.add_argument(
        "--profile", choices=SERVICES, action="append", default=[], metavar="SERVICE",
        help="sample where this service spends its processor time; may be repeated; measures ours once",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    only = frozenset(asked.only.split(","))
    if not only <= set(PARTS):
        parser.error(f"--only takes {','.join(PARTS)}")
    profiled = frozenset(asked.profile)
    return Options(
        concerns=asked.concerns, runs=1 if profiled else asked.runs, latency_s=asked.seconds, decisions=asked.decisions,
        one_adult=asked.one_adult,
        only=frozenset({"ours"}) if profiled else only, profiled=profiled,
    ), asked.json  # fmt: skip


async def measure(servers: Servers, costs: Costs, options: Options) -> dict[str, Any]:
    """Everything that was asked for, in turns, so that each run of ours has a floor and a naive version of its time."""
    measured = Measured()
    lot = work(options.concerns, adults=int(options.one_adult))
    small = work(options.naive_concerns, name="n")
    gc.collect()
    gc.freeze()
    for run in range(1, options.runs + 1):
        of = f"run {run} of {options.runs}"
        if "floor" in options.only:
            _progress.print(f"{of}: the floor, {options.floor_events:,} events", style="dim")
            measured.floor.append(await floor.measure(servers, lot, options))
        if "naive" in options.only:
            _progress.print(f"{of}: the naive version, {small.concerns:,} concerns", style="dim")
            measured.naive.append(await plainly.measure(servers, small, options))
        if "ours" in options.only:
            _progress.print(f"{of}: ours, {lot.concerns:,} concerns", style="dim")
            measured.ours.append(await ours.measure(servers, costs, lot, options))
    if "latency" in options.only:
        _progress.print(f"latency at {options.latency_rate:g}/s, {options.runs} × {options.latency_s:g} s", style="dim")
        measured.latency = await latency.measure(servers, options)
    return figures(measured, options)


def main() -> int:
    """Measure; 0 unless what was measured is worth nothing. What falls short is said, and is no error."""
    options, as_json = options_from()
    out = Console(width=None if sys.stdout.isatty() else _WIDTH)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, as Ctrl-C does
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic's leader is known a moment after the topic
    stack = Stack(options.directory, own=True)
    try:
        servers = stack.up()
        costs = Costs(stack.postgres.pid, stack.kafka.pid)
        found = uvloop.run(measure(servers, costs, options))
        for service in sorted(options.profiled):
            sampled.show(profile_of(service, options), service, _progress if as_json else out)
    except BenchError as error:
        _progress.print(f"no figures: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stack.down(erase=True)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        report.show(found, out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
