"""One thing at a time goes wrong under load, and nothing is lost or happens twice."""

from __future__ import annotations

import asyncio
import gc
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.campaign import Plan, Running, under_load
from tests.faults.monitor import READS
from tests.faults.oracle import Findings
from tests.support.installation import Installation, eventually, install
from tests.support.servers import OwnServers

PLAN = Plan(seed=1, concerns_per_s=6)
RECOVERED_S = 60.0
Note = Callable[[str, object], None]
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What a client leaves to the garbage collector when its server is killed is swept up here, without a word."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def at_work(running: Running, seconds: float = 3.0) -> None:
    """Every process has applied something, and then some time goes by."""
    running.supervisor.start(armed=False)
    await eventually(lambda: all(one.works for one in running.instances.running), "all processes work")
    await asyncio.sleep(seconds)


async def look_for(running: Running, seconds: float) -> None:
    """Let the load go on, waking and burying zombies when it is time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await running.supervisor.look()
        await asyncio.sleep(0.05)


def approve(findings: Findings, running: Running) -> None:
    assert findings.differences == []
    assert running.supervisor.unplanned == {}
    assert findings.counts["concerns"] > 20


@pytest.mark.parametrize("server", ["kafka", "postgres"])
async def test_a_server_is_killed_and_comes_back(server: str, own_servers: OwnServers, record_property: Note) -> None:
    stack = own_servers()
    installation = await install(await asyncio.to_thread(stack.up))
    victim: Any = getattr(stack, server)
    async with under_load(installation, PLAN) as running:
        await at_work(running)
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(2)
        await asyncio.to_thread(victim.start)
        back, seen = time.monotonic(), running.monitor.passes
        await eventually(lambda: running.monitor.passes > seen + 1, "the monitor sees both servers again")
        for service in READS:
            running.monitor.died(service, alone=True)
        await eventually(lambda: all(r.caught_up_s for r in running.monitor.recoveries), "all caught up", RECOVERED_S)
        record_property("recovered_s", round(time.monotonic() - back, 2))
        await look_for(running, 2)
        approve(await running.settle(), running)


async def test_of_two_instances_one_is_killed_and_one_is_paused_and_wakes(installation: Installation) -> None:
    async with under_load(installation, PLAN) as running:
        running.supervisor.shape = dict.fromkeys(READS, 2)
        await at_work(running)
        for service in READS:
            one, other = running.instances.of(service)
            running.supervisor.kill(one)
            running.supervisor.pause(other)
        await look_for(running, 8)
        assert not running.instances.zombies
        approve(await running.settle(), running)


async def test_everything_is_killed_at_once_and_starts_in_random_order(installation: Installation) -> None:
    async with under_load(installation, PLAN) as running:
        await at_work(running)
        for _ in range(3):
            await running.supervisor.everything()
            await look_for(running, 2.5)
        approve(await running.settle(), running)


@pytest.mark.parametrize("again_after_s", [None, 0.0, 0.2], ids=["once", "twice at once", "twice"])
async def test_who_is_asked_to_end_ends_in_order(installation: Installation, again_after_s: float | None) -> None:
    async with under_load(installation, PLAN) as running:
        await at_work(running)
        for service in READS:
            assert await running.supervisor.terminate(running.instances.of(service)[0], again_after_s) == 0
        approve(await running.settle(), running)
