"""The supervisor keeps its children running, and ends all of them when it is told to."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.process import Process, recorded
from deploy.local.supervise import (
    LONGEST_PAUSE_SECONDS,
    Command,
    Services,
    backoff,
    service_pids,
    start_services,
    stop_services,
)

SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPER


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    yield of(tmp_path, steady=SLEEPER, other=SLEEPER)
    stop_services(tmp_path)


def test_a_killed_child_is_started_again_at_once(services: Services) -> None:
    before = start_services(services)

    os.kill(before["steady"], signal.SIGKILL)
    began = time.monotonic()
    wait_for(lambda: service_pids(services.directory).get("steady", before["steady"]) != before["steady"])

    assert time.monotonic() - began < 1
    assert service_pids(services.directory)["other"] == before["other"]


def test_starting_again_changes_nothing_but_other_commands_do(services: Services) -> None:
    before = start_services(services)

    assert start_services(services) == before

    after = start_services(of(services.directory, steady=SLEEPER))
    assert set(after) == {"steady"}
    assert not [pid for pid in before.values() if Process.of(pid)]


def test_a_sigterm_ends_the_supervisor_and_every_child(services: Services) -> None:
    children = start_services(services)
    supervisor = recorded(services.record)
    assert supervisor is not None

    os.kill(supervisor.pid, signal.SIGTERM)

    assert supervisor.wait(5)
    assert not [pid for pid in children.values() if Process.of(pid)]


def test_a_child_that_will_not_end_is_killed_after_its_grace(tmp_path: Path) -> None:
    services = of(tmp_path, stubborn=STUBBORN)
    child = start_services(services)["stubborn"]
    log = Path(services.commands[0].log)
    wait_for(lambda: log.read_text(encoding="utf-8") == "up\n")

    stop_services(tmp_path)

    assert Process.of(child) is None


def test_children_of_a_killed_supervisor_are_found_and_ended(services: Services) -> None:
    children = start_services(services)
    supervisor = recorded(services.record)
    assert supervisor is not None
    supervisor.end((signal.SIGKILL, 5))
    assert service_pids(services.directory) == children

    stop_services(services.directory)

    assert not [pid for pid in children.values() if Process.of(pid)]


def test_the_pause_before_a_restart_is_none_then_grows_to_its_cap() -> None:
    assert backoff(1) == 0
    assert 0 < backoff(2) < 1
    assert all(LONGEST_PAUSE_SECONDS / 2 <= backoff(deaths) <= LONGEST_PAUSE_SECONDS for deaths in (9, 99))


def of(directory: Path, **programs: str) -> Services:
    commands = tuple(
        Command(name, (sys.executable, "-c", program), {}, str(directory / "logs" / f"{name}.log"))
        for name, program in programs.items()
    )
    return Services(directory, commands, grace_seconds=0.5)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
