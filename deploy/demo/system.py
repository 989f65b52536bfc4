"""The system the demonstration runs: two servers, the services and the `section42` program, under `.local/<name>`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from deploy.demo.ports import ports
from deploy.local.jars import LOCAL, ROOT
from deploy.local.stack import Stack
from deploy.local.supervise import Command, Services, service_pids, start_services, stop_services
from services import PORTS, SERVICES

READY_S = 60.0
_MANY = 100_000
_NEVER_OPENED = "the demonstration's coordinator has looked: it is for what was never opened"
_PROGRAM = (sys.executable, "-m", "services.command.app")


class DemoError(Exception):
    """What stops the demonstration, in one line that says what to do."""


_INVENTED = {"SECTION42_TEST_NUMBERS": "yes"}
"""The people of the demonstration have NHS numbers that nobody has."""


class System:
    """Everything that runs; what was not running before is stopped again by `undo`."""

    def __init__(self, name: str) -> None:
        """Look at what runs already; start nothing."""
        self.name = name
        self.directory = LOCAL / name
        self.stack = Stack(self.directory)
        self.servers: dict[str, str] = {}
        self._kafka_ran = self.stack.kafka.pid is not None
        self._postgres_ran = self.stack.postgres.pid is not None
        self._services_ran = bool(service_pids(self.directory))

    def servers_up(self) -> None:
        """Kafka and Postgres, ours or those the environment names."""
        servers = _in_a_thread(self.stack.up)
        self.servers = {
            "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap_servers,
            "DATABASE_URL": servers.database_url,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds in its environment."""
        return os.environ | self.servers | _INVENTED

    @property
    def exports(self) -> bool:
        """Whether a newcomer's shell has yet to be told where the servers are."""
        return any(os.environ.get(name) != value for name, value in self.servers.items())

    def section42(self, *arguments: str, show: bool = False) -> str:
        """Run the program and return its answer; what it shows while it works goes to the terminal if asked."""
        ran = subprocess.run(
            [*_PROGRAM, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=None if show else subprocess.PIPE,
            text=True,
            check=False,
        )
        if ran.returncode:
            said = (ran.stderr or ran.stdout or "").strip().splitlines() or ["its message is above"]
            raise DemoError(f"`section42 {arguments[0]}` failed: {said[-1].removeprefix('section42: ')}")
        return ran.stdout

    def each(self, *commands: Iterable[str]) -> None:
        """Run several commands beside each other."""
        with ThreadPoolExecutor(len(commands)) as together:
            for ran in [together.submit(self.section42, *command) for command in commands]:
                ran.result()

    def status(self) -> dict[str, Any]:
        """What `section42 status` says; sums that do not add up are in it, and are no error here."""
        ran = subprocess.run(
            [*_PROGRAM, "status", "--json"], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        try:
            found: dict[str, Any] = json.loads(ran.stdout)
        except ValueError:
            raise DemoError(f"`section42 status` failed: {(ran.stderr.strip().splitlines() or ['?'])[-1]}") from None
        return found

    def run_services(self, *, clock: str) -> dict[str, int]:
        """The services under supervision, with this clock; their ports."""
        found = ports(self.directory, PORTS, service_pids(self.directory), _warn)
        own = {name: value for name, value in self.servers.items() if os.environ.get(name) != value}
        commands = tuple(
            Command(
                service,
                (*_PROGRAM, "run", service),
                own
                | _INVENTED
                | {
                    "SECTION42_CLOCK": clock,
                    "SECTION42_INSTANCE": "here-1",
                    "SECTION42_HTTP_PORT": str(found[service]),
                },
                str(self.directory / "logs" / f"{service}.log"),
            )
            for service in SERVICES
        )
        _in_a_thread(start_services, Services(self.directory, commands))
        return found

    def wait_until_ready(self, where: dict[str, int]) -> None:
        """Return once every service says that it is ready."""
        deadline = time.monotonic() + READY_S
        troubles: dict[str, str] = {}
        waiting = list(where)
        while waiting:
            troubles = {service: trouble for service in waiting if (trouble := _trouble(where[service]))}
            waiting = list(troubles)
            if waiting and time.monotonic() > deadline:
                log = self.directory / "logs" / f"{waiting[0]}.log"
                raise DemoError(f"{waiting[0]} is not ready: {troubles[waiting[0]]}; its log is {log}")
            time.sleep(0.05 if waiting else 0)

    def give_up_what_waits(self, until: datetime) -> int:
        """Some work of the history is for enquiries that were never opened: somebody has looked, and gives it up."""
        number = 0
        for service in SERVICES:
            lines = self.section42("held", service, "--json", "--limit", str(_MANY)).splitlines()
            events = [json.loads(line) for line in lines]
            waiting = [each for each in events if not each["parked"] and datetime.fromisoformat(each["since"]) <= until]
            if waiting:
                options = [word for each in waiting for word in ("--discard", str(each["id"]))]
                self.section42("held", service, *options, "--why", _NEVER_OPENED)
            number += len(waiting)
        return number

    def undo(self) -> None:
        """Stop what was not running before."""
        if not self._services_ran:
            stop_services(self.directory)
        if not self._postgres_ran:
            self.stack.postgres.stop()
        if not self._kafka_ran:
            self.stack.kafka.stop()


def _warn(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _in_a_thread(act: Any, *arguments: Any) -> Any:
    """Run to the end even if Ctrl-C comes meanwhile: what is half started could not be stopped."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act, *arguments).result()


def _trouble(port: int) -> str:
    """What keeps a service from being ready; nothing when it is."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return ""
    except URLError as error:
        if not hasattr(error, "read"):
            return "it does not answer"
        return "; ".join(json.loads(error.read()).get("troubles", ())) or "it does not say why"
    except OSError:
        return "it does not answer"
