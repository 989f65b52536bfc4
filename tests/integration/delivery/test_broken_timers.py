"""A timer that meets an error of ours: its case is named, the timers of all others fire, and mended it fires too."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
import structlog

from services.command.registry import load
from services.command.timers import timers
from shared.chassis.delivery.timing import timers as worker_of
from shared.chassis.delivery.timing.timer_gate import TimerGate
from shared.chassis.delivery.timing.timers import TimerWorker
from shared.chassis.process.clock import WallClock
from shared.chassis.process.metrics import Metrics
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, is_ready, metric, transactions
from tests.support.installation import Installation, eventually

BROKEN = """
INSERT INTO cases (key, due, body) VALUES (gen_random_uuid(), now() - interval '1 hour', '{"type": "x"}') RETURNING key
"""
MENDED = "UPDATE cases SET due = NULL, body = NULL"


WHY = "reading a case: ValidationError"


async def a_broken_case(installation: Installation) -> UUID:
    return UUID(str((await installation.sql("triage", BROKEN))[0][0]))


def shown(metrics: Metrics) -> Any:
    return metrics.registry.get_sample_value("safeguarding_timers_broken", {"service": "triage"})


async def test_it_is_left_alone_for_a_while_and_forgotten_once_it_is_mended(
    install_for: InstallFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = await install_for("triage")
    key = await a_broken_case(installation)
    instance, clock, metrics = transactions(installation, load("triage")), WallClock(), Metrics("triage")
    nobody: Any = None
    gate = TimerGate(instance, clock, nobody, nobody, metrics)  # never opened here: only what breaks is kept in it
    worker = TimerWorker(instance, clock, gate, metrics)
    try:
        with structlog.testing.capture_logs() as said:
            for _ in range(2):
                assert await worker._fire(clock.now()) == 0
        assert [(line["event"], line["case"]) for line in said if line["event"] == "timer_broke"] == [
            ("timer_broke", str(key))
        ], "told once"
        assert gate.broken.keys() == {key}
        assert shown(metrics) == 1

        monkeypatch.setattr(worker_of, "_TRY_AGAIN_S", 0)
        await worker._fire(clock.now())
        assert shown(metrics) == 1, "tried again, and broken still"
        await installation.sql("triage", MENDED)
        await worker._fire(clock.now())
        assert shown(metrics) == 0
    finally:
        await instance.close()


async def test_whoever_looks_is_told_which_case_it_is_and_other_timers_are_not_hidden_behind_it(
    install_for: InstallFor,
) -> None:
    installation = await install_for("triage")
    key = await a_broken_case(installation)
    process = installation.start("triage", **QUICK)
    await is_ready(process, 90)

    async def told() -> bool:
        return metric(process, "safeguarding_timers_broken") == 1

    await eventually(told, "the gauge says so")
    await eventually(lambda: metric(process, "safeguarding_timers_overdue") == 0, "it is broken, and not overdue")
    assert f'"case": "{key}"' in installation.log_of(process)

    (timer,) = await timers(installation.database_url, "triage", 5, now=WallClock().now())
    assert (timer.case, timer.broken) == (str(key), WHY)
    said = await asyncio.to_thread(asked, installation)
    assert f"BREAKS ({WHY}) in case {key}" in said
    assert json.loads(await asyncio.to_thread(asked, installation, "--json"))["broken"] == WHY


def asked(installation: Installation, *how: str) -> str:
    """What the command says."""
    command = [sys.executable, "-m", "services.command.app", "timers", "triage", *how]
    environment = installation.environment()
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
