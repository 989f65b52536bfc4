"""`python -m deploy.demo`: two financial years of invented people's concerns through the real services."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.demo import table
from deploy.demo.history_file import history_file
from deploy.demo.progress import State, state_of
from deploy.demo.second_count import differences
from deploy.demo.system import DemoError, System
from deploy.local.process import ServerError
from services import SERVICES
from shared.chassis.process.errors import ChassisError

YEARS = ("2022-23", "2023-24")
END = "2024-10-31T23:59:00+00:00"
"""The clock runs on for seven months after the second year, so that what was open at its end has ended or drifts."""
_SETTLE_S = 120.0

Figures = dict[str, dict[str, Any]]
"""What `section42 figures --json` says of each year."""


class Demo:
    """One run of the demonstration: the first one on an installation, or another."""

    def __init__(self, system: System, console: Console, *, seed: int, scale: float) -> None:
        """Note when it began."""
        self._system = system
        self._console = console
        self._seed, self._scale = seed, scale
        self._began = time.monotonic()

    def run(self, *, as_json: bool) -> int:
        """Set up, replay what was not replayed yet, and show the years; 1 where a second count differs."""
        system = self._system
        with ThreadPoolExecutor(1) as beside:
            making = beside.submit(history_file, system.directory, self._seed, self._scale)
            with self._doing("starting Kafka and Postgres, and making the history"):
                system.servers_up()
                history = making.result()
        self._say("Kafka and Postgres run, and the history is made")
        state = asyncio.run(state_of(system.servers["DATABASE_URL"], END))
        if state is State.STRANGE:
            raise DemoError(
                "this installation holds concerns that are not the demonstration's: "
                "name another database in DATABASE_URL and another SECTION42_TOPIC_PREFIX"
            )
        figures, differing, ports = self._deliver_again(history) if state is State.REPLAYED else self._replay(history)
        with self._doing("looking at what waits"):
            given_up = system.give_up_what_waits(datetime.fromisoformat(END))
        status = system.status()
        if as_json:
            said = {"years": figures, "differences": differing, "verdict": status["verdict"]}
            print(json.dumps(said | {"problems": status["problems"]}))
            return 1 if differing else 0
        self._console.print("\nEverybody in this history is invented.\n")
        counted = sum(len(said["rows"]) for said in figures.values())
        years = system.section42("figures", "--year", YEARS[-1], "--compare")
        table.show(self._console, years, table.agreement(differing, counted), status, given_up)
        table.where_to_look(self._console, system, ports)
        return 1 if differing else 0

    def _replay(self, history: Path) -> tuple[Figures, list[str], dict[str, int]]:
        """Years pass on the driven clock; then the services go on with the wall's, so that nothing is unwatched."""
        system = self._system
        with self._doing("making schemas, roles and topics"):
            system.each(["migrate"], ["topics"])
        self._say("schemas, roles and topics are there")
        system.run_services(clock="driven")
        said = system.section42("replay", str(history), "--until", END, show=True)
        self._say(f"{len(SERVICES)} services have replayed the history: {said.strip()}")
        with self._doing("counting twice, starting the services on the wall clock"), ThreadPoolExecutor(1) as beside:
            restarted = beside.submit(system.run_services, clock="wall")
            figures, differing = self._count()
            ports = self._ready(restarted)
        self._say("the services run on the wall clock now, and are ready")
        return figures, differing, ports

    def _deliver_again(self, history: Path) -> tuple[Figures, list[str], dict[str, int]]:
        """The history has been replayed: every line is posted once more, and recognised."""
        system = self._system
        with self._doing("starting the services"):
            system.each(["migrate"], ["topics"])
            ports = system.run_services(clock="wall")
            system.wait_until_ready(ports)
        system.section42("post", str(history), show=True)
        self._say("the history was replayed before; every line was posted once more")
        deadline = time.monotonic() + _SETTLE_S
        with self._doing("waiting until every line has been recognised"):
            while not system.status()["settled"]:
                if time.monotonic() > deadline:
                    raise DemoError("the services do not come to rest: see `section42 status`")
        self._say(f"{len(SERVICES)} services run on the wall clock, and have recognised every line")
        return (*self._count(), ports)

    def _count(self) -> tuple[Figures, list[str]]:
        """The figures of the services, and where a second count from the doors alone differs."""
        figures: Figures = {
            year: json.loads(self._system.section42("figures", "--year", year, "--json")) for year in YEARS
        }
        return figures, differences(self._system.environment, figures)

    def _ready(self, restarted: Future[dict[str, int]]) -> dict[str, int]:
        ports = restarted.result()
        self._system.wait_until_ready(ports)
        return ports

    def _doing(self, what: str) -> AbstractContextManager[object]:
        """A word on what takes a while."""
        shell = Console(stderr=True)
        if shell.is_terminal:
            return shell.status(what)
        self._say(f"{what} ...")
        return nullcontext()

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Run it; whatever ends it early, what it started is stopped again."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--name", default="demo", help="which stack under .local/ (default: demo)")
    parser.add_argument("--seed", type=int, default=42, help="what the history is drawn from (default: 42)")
    parser.add_argument("--scale", type=float, default=1.0, help="its size: 0.02 is a fiftieth (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object and nothing else")
    chosen = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    system = System(chosen.name)
    try:
        return Demo(system, Console(highlight=False), seed=chosen.seed, scale=chosen.scale).run(as_json=chosen.json)
    except KeyboardInterrupt:
        system.undo()
        print("demo: stopped, and nothing is left running", file=sys.stderr)
        return 130
    except (DemoError, ServerError, ChassisError) as error:
        system.undo()
        print(f"demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
