"""Run a campaign by hand: `python -m tests.faults --seed 1 --faults 1000`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from tests.faults.accidents import Killable
from tests.faults.campaign import Plan, Report, Running, campaign
from tests.faults.standbys import Standbys
from tests.support.disk import Disk, small_disk
from tests.support.installation import install

_DISK_MIB = 3 * 1024


def main() -> int:
    """Run it and print what came of it; 1 where anything differs from what must have happened."""
    options = _options()
    directory = Path(__file__).parents[2] / ".local" / f"faults-{os.getpid()}"
    directory.mkdir(parents=True)
    os.environ["SECTION42_TEST_RUN"] = str(directory)
    with _disk(directory / "disk") as disk:
        stack = Stack(directory, own=True)
        if disk is not None:
            stack.postgres = Postgres(disk.directory / "first")
        standbys = Standbys(stack.postgres)
        try:
            report = asyncio.run(_run(stack, standbys, disk, options))
        finally:
            standbys.close()
            stack.down(erase=not options.keep)
            if options.keep and disk is not None:
                shutil.copytree(disk.directory, directory / "kept")
    if not options.keep:
        shutil.rmtree(directory, ignore_errors=True)
    if options.json:
        sys.stdout.write(json.dumps(report.to_json()) + "\n")
    else:
        _show(report)
    return 1 if report.differences or report.unplanned or report.never else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.monotonic()))
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--rate", type=float, default=6.0, help="concerns a second")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between faults at least, about")
    parser.add_argument("--clock", choices=("driven", "wall"), default="driven")
    parser.add_argument("--brokers", action="store_true", help="kill Kafka and Postgres too")
    parser.add_argument("--keep", action="store_true", help="keep the servers' data and all logs")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@contextlib.contextmanager
def _disk(directory: Path) -> Iterator[Disk | None]:
    """One that may be filled, if we may have one."""
    if os.geteuid() != 0:
        sys.stderr.write("disk-full is left out: only root may mount a small disk\n")
        yield None
        return
    with small_disk(directory, _DISK_MIB) as disk:
        yield disk


async def _run(stack: Stack, standbys: Standbys, disk: Disk | None, options: argparse.Namespace) -> Report:
    servers = await asyncio.to_thread(stack.up)
    installation = await install(servers, driven=options.clock == "driven")
    deadline_s = 60 + options.faults * 4.0
    plan = Plan(options.seed, options.faults, options.rate, options.every, deadline_s)
    killable: dict[str, Killable] | None = {"kafka": stack.kafka, "postgres": standbys} if options.brokers else None
    return await campaign(installation, plan, killable, None if options.json else _progress, standbys, disk)


def _progress(running: Running) -> None:
    fired, behind = running.supervisor.count, running.monitor.behind
    sys.stderr.write(f"\r{fired} faults, {running.load.posted} posted, behind {behind}    ")
    sys.stderr.flush()


def _show(report: Report) -> None:
    sys.stdout.write("\n")
    for name, value in report.to_json().items():
        if name == "differences":
            sys.stdout.write(f"differences: {len(value)}\n" + "".join(f"  {one}\n" for one in value[:40]))
        else:
            sys.stdout.write(f"{name}: {value}\n")


if __name__ == "__main__":
    raise SystemExit(main())
