"""The demonstration, run as a newcomer runs it, against the figures written by hand from the stories."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.supervise import service_pids, stop_services
from tests.support.installation import Installation, eventually, install
from tests.support.servers import Servers

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "deploy" / "demo" / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
async def untouched(servers: Servers) -> AsyncIterator[Installation]:
    """A migrated database and a prefix without topics; the demonstration makes the rest."""
    installed = await install(servers, topics=False)
    yield installed
    await asyncio.to_thread(stop_services, directory(installed))
    await installed.close()


def directory(installation: Installation) -> Path:
    return Path(os.environ["SECTION42_TEST_RUN"]) / installation.database


async def start_demo(installation: Installation) -> asyncio.subprocess.Process:
    name = directory(installation).relative_to(ROOT / ".local")
    environment = {k: v for k, v in installation.environment().items() if k != "SECTION42_CLOCK"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.demo", "--name", str(name), "--json"),
        env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def demo(installation: Installation, *, expect: int = 0) -> dict[str, Any]:
    process = await start_demo(installation)
    out, err = await process.communicate()
    assert process.returncode == expect, err.decode()
    told: dict[str, Any] = json.loads(out) if out else {"said": err.decode()}
    return told


@pytest.mark.timeout(240)
async def test_the_table_is_what_the_stories_say_and_a_second_run_doubles_nothing(untouched: Installation) -> None:
    first = await demo(untouched)

    assert first["outcome"] == EXPECTED["outcome"]
    assert first["verdict"] == "every report is accounted for"

    again = await demo(untouched)

    assert again["outcome"] == EXPECTED["outcome"]
    assert not again["problems"]


async def test_ctrl_c_leaves_nothing_behind(untouched: Installation) -> None:
    process = await start_demo(untouched)
    await eventually(lambda: len(service_pids(directory(untouched))) == 4, "the four services run")

    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert process.returncode == 130
    assert b"nothing is left running" in err
    assert service_pids(directory(untouched)) == {}


async def test_it_keeps_away_from_an_installation_that_is_not_its_own(installation: Installation) -> None:
    await installation.sql("intake", "INSERT INTO inbox VALUES (gen_random_uuid(), '')")

    told = await demo(installation, expect=1)

    assert "holds concerns that are not the demonstration's" in told["said"]
    assert await installation.records("concern-reports") == []


async def test_the_readmes_own_lines_post_a_concern_and_get_a_receipt(installation: Installation) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- post -->\n```python\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    code = found[1].replace('"safeguarding.concern-reports"', f'"{installation.prefix}concern-reports"')
    installation.start("intake")

    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=installation.environment())

    assert await process.wait() == 0
    await installation.settled(["intake"])
    receipts = await installation.facts("receipts")
    assert [(receipt["sender"], receipt["reference"]) for receipt in receipts] == [("my-system", "A-17")]
