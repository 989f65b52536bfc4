"""Rule 19: a service whose log nobody fetches goes on, answers, and says afterwards what it left out."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, is_ready, metric, report
from tests.integration.delivery.test_rule_19_ready import BACK_S
from tests.support.installation import Installation, eventually, free_port

DROPPED = "safeguarding_log_lines_dropped_total"


@pytest.fixture
def full() -> Iterator[tuple[int, int]]:
    """A pipe that takes nothing any more; where it is emptied, and where it is written to."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"\n" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)


def started(installation: Installation, out: int) -> subprocess.Popen[bytes]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.command.app", "run", "intake"],
        env=installation.environment(SECTION42_HTTP_PORT=str(port), **QUICK), stdout=out, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    process.port = port  # type: ignore[attr-defined]
    installation.running.append(process)
    os.close(out)
    return process


async def test_a_full_pipe_keeps_nobody_waiting(install_for: InstallFor, full: tuple[int, int]) -> None:
    installation = await install_for("intake")
    reading, writing = full
    process = await asyncio.to_thread(started, installation, writing)
    await is_ready(process, BACK_S)
    for number in range(3):
        await installation.post(report(f"{number}"))
        await installation.settled(("intake",))

    async def told() -> bool:
        return await asyncio.to_thread(metric, process, DROPPED) > 0

    await eventually(told, "it counts what it could not say", 20)

    said = b""
    os.set_blocking(reading, False)

    async def says_so() -> bool:
        nonlocal said
        await installation.post(report(f"{len(said)}"))
        try:
            said += os.read(reading, 1 << 20).replace(b"\n\n", b"\n")
        except BlockingIOError:
            return False
        return b"log_stood_still" in said

    await eventually(says_so, "it says how much that was", 30, 0.2)
    line = next(json.loads(line) for line in said.splitlines() if b"log_stood_still" in line)
    assert line["left_out"] > 0
    assert line["service"] == "intake"


async def test_a_pipe_that_was_closed_ends_nothing(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    reading, writing = os.pipe()
    process = await asyncio.to_thread(started, installation, writing)
    await is_ready(process, BACK_S)
    os.close(reading)
    for number in range(3):
        await installation.post(report(f"{number}"))
        await installation.settled(("intake",))
    await is_ready(process, BACK_S)
    assert process.poll() is None
    assert await asyncio.to_thread(metric, process, DROPPED) > 0
    assert await asyncio.to_thread(installation.stop, process) == 0
