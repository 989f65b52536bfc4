"""`python -m deploy.demo`: two years of invented people's concerns through the real services, in under a minute."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.demo import stories, table
from deploy.demo.facts import Facts, read_facts
from deploy.demo.outcome import count
from deploy.demo.progress import State, state_of
from deploy.demo.system import DemoError, System
from deploy.local.process import ServerError
from shared.chassis.errors import ChassisError
from shared.chassis.settings import kafka_from

STORIES = Path(__file__).with_name("stories.jsonl")
_SETTLE_S = 60.0

Told = tuple[Facts, dict[str, Any], dict[str, int]]
"""What the services published, what `section42 status` says, and the services' ports."""


class Demo:
    """One run of the demonstration: the first one on an installation, or another."""

    def __init__(self, system: System, console: Console) -> None:
        """Note when it began."""
        self._system = system
        self._console = console
        self._began = time.monotonic()

    def run(self, *, as_json: bool) -> None:
        """Set up, replay what was not replayed yet, and show what became of it."""
        system = self._system
        with self._doing("starting Kafka and Postgres"):
            system.servers_up()
        self._say("Kafka and Postgres run")
        state = asyncio.run(state_of(system.servers["DATABASE_URL"], _last_instant()))
        if state is State.STRANGE:
            raise DemoError(
                "this installation holds concerns that are not the demonstration's: "
                "name another database in DATABASE_URL and another SECTION42_TOPIC_PREFIX"
            )
        facts, status, ports = self._deliver_again() if state is State.REPLAYED else self._replay()
        outcome = count(facts, status)
        if as_json:
            print(
                json.dumps({"outcome": asdict(outcome), "verdict": status["verdict"], "problems": status["problems"]})
            )
            return
        self._console.print("\nEverybody in these stories is invented, and the shares are no real year's.\n")
        table.show(self._console, outcome, status)
        stories.tell(self._console, facts)
        table.where_to_look(self._console, system, ports)

    def _replay(self) -> Told:
        """Two years pass on the driven clock; then the services go on with the wall's, so that nothing is unwatched."""
        system = self._system
        with self._doing("making schemas, roles and topics"):
            system.each(["migrate"], ["topics"])
        self._say("schemas, roles and topics are there")
        system.run_services(clock="driven")
        said = system.section42("replay", str(STORIES), "--until", "now", show=True)
        self._say(f"four services have replayed the stories: {said.strip()}")
        with self._doing("starting the services on the wall clock"), ThreadPoolExecutor(1) as beside:
            restarted = beside.submit(system.run_services, clock="wall")
            facts, status = self._facts(), system.status()
            ports = restarted.result()
            system.wait_until_ready(ports)
        self._say("the services run on the wall clock now, and are ready")
        return facts, status, ports

    def _deliver_again(self) -> Told:
        """The stories have been replayed: every line is posted once more, and recognised."""
        system = self._system
        with self._doing("posting every line once more"):
            system.each(["migrate"], ["topics"], ["post", str(STORIES)])
            ports = system.run_services(clock="wall")
            system.wait_until_ready(ports)
        self._say("the stories were replayed before; every line was posted once more")
        deadline = time.monotonic() + _SETTLE_S
        while not (status := system.status())["settled"]:
            if time.monotonic() > deadline:
                raise DemoError("the services do not come to rest: see `section42 status`")
        self._say("four services run on the wall clock, and have recognised every line")
        return self._facts(), status, ports

    def _facts(self) -> Facts:
        environment = self._system.environment
        prefix = environment.get("SECTION42_TOPIC_PREFIX", "safeguarding.")
        return asyncio.run(read_facts(kafka_from(environment), prefix))

    def _doing(self, what: str) -> AbstractContextManager[object]:
        """A word on what takes a while, where somebody watches."""
        shell = Console(stderr=True)
        return shell.status(what) if shell.is_terminal else nullcontext()

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {what}", file=sys.stderr, flush=True)


def _last_instant() -> str:
    """The time of the last story."""
    with STORIES.open(encoding="utf-8") as lines:
        return str(json.loads(list(lines)[-1])["time"])


def main() -> int:
    """Run it; whatever ends it early, what it started is stopped again."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--name", default="demo", help="which stack under .local/ (default: demo)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object and nothing else")
    chosen = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    system = System(chosen.name)
    try:
        Demo(system, Console(highlight=False)).run(as_json=chosen.json)
    except KeyboardInterrupt:
        system.undo()
        print("demo: stopped, and nothing is left running", file=sys.stderr)
        return 130
    except (DemoError, ServerError, ChassisError) as error:
        system.undo()
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
