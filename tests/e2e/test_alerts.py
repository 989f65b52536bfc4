"""Every alert fires for the fault it is about, within its window, and is silent before; a quiet system wakes nobody.

A real Prometheus scrapes real services; what its rules wait for is shorter by one factor (tests/support/prometheus.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.process import Process
from deploy.local.stack import Servers
from shared.chassis.process.clock import wall_seconds
from tests.integration.delivery.harness import QUICK, is_ready, report
from tests.support.installation import Installation, eventually, install
from tests.support.prometheus import RULES, Firing, Prometheus, hurried_s
from tests.support.provoking import BURST, IS_WRONG, NEEDS_ITS_OWN_BROKER, STANDS_STILL, Row, System
from tests.support.servers import OwnServers

pytestmark = pytest.mark.timeout(600)
SEEN_S = 45.0
"""Beyond its window: until the fault shows in a metric (ten seconds), is scraped, and the machine has had its turn."""
QUIET_S = 25.0
ALERTS: dict[str, Any] = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
CRITICAL = {name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "critical"}


@asynccontextmanager
async def watched(servers: Servers, directory: Path, broker: Process | None = None) -> AsyncIterator[System]:
    """Four services at work, and a Prometheus that looks at them."""
    installation = await install(servers)
    try:
        environment = QUICK | {"SECTION42_BURST_UNREADABLE_MAX": str(BURST)}
        processes = installation.start_all(**environment)
        for process in processes.values():
            await is_ready(process, 120)
        ports = {service: process.port for service, process in processes.items()}  # type: ignore[attr-defined]
        system = System(installation, processes, Prometheus(directory / "first", ports), broker, environment)
        try:
            await system.prometheus.start()
            yield system
        finally:
            system.prometheus.end()
    finally:
        await installation.close()


async def at_work(installation: Installation, seconds: float) -> None:
    """Reports come in for a while."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        await installation.post(report(f"quiet-{number}", person=f"P{number}"))
        number += 1
        await asyncio.sleep(1)


async def fires(system: System, wanted: Firing, since: float, note: Callable[[str, object], None]) -> None:
    """It does, within its window."""
    window_s = hurried_s(ALERTS[wanted.alert].get("for", "0s")) + SEEN_S

    async def so() -> bool:
        return wanted in await system.prometheus.firing()

    await eventually(so, f"{wanted} fires", window_s, 0.2)
    note(f"{wanted.alert} of {wanted.service}, s", round(time.monotonic() - since, 1))


async def play(system: System, acts: tuple[tuple[Row, ...], ...], note: Callable[[str, object], None]) -> None:
    """Break what each act breaks, and see that what must fire was silent before, and does; then mend it."""
    for act in acts:
        wanted = [Firing(*one) for row in act for one in row.fires]
        assert not set(wanted) & await system.prometheus.firing(), "it fired before anything was wrong"
        async with AsyncExitStack() as stack:
            since = time.monotonic()

            async def broken(row: Row, since: float = since, stack: AsyncExitStack = stack) -> None:
                await stack.enter_async_context(row.provoke(system))
                await asyncio.gather(*(fires(system, Firing(*one), since, note) for one in row.fires))

            await asyncio.gather(*(broken(row) for row in act))
        mended = {Firing(*one) for row in act if row.mended for one in row.fires}

        async def silent(mended: set[Firing] = mended) -> bool:
            return not mended & await system.prometheus.firing()

        await eventually(silent, f"{mended} fall silent once it is mended", 60)


async def test_a_quiet_system_wakes_nobody_and_one_that_is_gone_somebody(
    servers: Servers, own_servers: OwnServers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    stack = await asyncio.to_thread(own_servers, kafka=True, postgres=False)
    own = Servers(stack.kafka.bootstrap, servers.database_url)
    async with watched(own, tmp_path, stack.kafka.process) as system:
        working = asyncio.create_task(at_work(system.installation, QUIET_S))
        fired: set[Firing] = set()
        while not working.done():
            fired |= await system.prometheus.firing()
            await asyncio.sleep(0.5)
        await working
        assert not fired

        await play(system, NEEDS_ITS_OWN_BROKER, record_property)


async def test_what_stands_still_wakes_somebody(
    servers: Servers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with watched(servers, tmp_path) as system:
        await at_work(system.installation, 3)
        await play(system, STANDS_STILL, record_property)


async def test_what_is_wrong_wakes_somebody_and_nobody_whose_prometheus_has_just_started(
    servers: Servers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with watched(servers, tmp_path) as system:
        await at_work(system.installation, 3)
        await play(system, IS_WRONG, record_property)

        young_s = hurried_s("15m")
        started = [await system.number(service, "process_start_time_seconds") for service in system.ports]
        await eventually(lambda: wall_seconds() - max(started) > young_s, "no process is young any more", young_s + 5)
        fresh = Prometheus(tmp_path / "fresh", system.ports)
        try:
            await fresh.start()
            end = time.monotonic() + QUIET_S
            standing: set[Firing] = set()
            while time.monotonic() < end:
                standing |= await fresh.firing()
                await asyncio.sleep(0.5)
        finally:
            fresh.end()
        counters = {name for name in ALERTS if "_total" in ALERTS[name]["expr"]}
        assert not {one for one in standing if one.alert in counters}, "a counter that stood still"
        assert {one.alert for one in standing} & CRITICAL, "what is still wrong it does tell"
