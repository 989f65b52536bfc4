"""The demonstration, run as a newcomer runs it, on a small history, against the totals that history intends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.demo.history.quotas import quotas
from deploy.demo.system import System
from deploy.demo.table import where_to_look
from deploy.local.supervise import service_pids, stop_services
from services import PORTS, SERVICES
from services.command.post import post
from tests.support.installation import Installation, eventually, install
from tests.support.servers import Servers

ROOT = Path(__file__).parents[2]
SCALE = 0.02
INTENDED = {
    "concerns": "concerns", "enquiries_started": "started", "enquiries_concluded": "concluded",
    "msp_asked_adults": "adults_asked", "msp_asked_enquiries": "asked", "msp_expressed": "expressed",
    "achieved_fully": "achieved_fully", "achieved_partially": "achieved_partially", "risk_reduced": "risk_reduced",
    "risk_removed": "risk_removed", "risk_remained": "risk_remained",
}  # fmt: skip


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
        *(sys.executable, "-m", "deploy.demo", "--name", str(name), "--scale", str(SCALE), "--json"),
        env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


def one_more(number: int) -> dict[str, Any]:
    data = {"sender": "one-more", "reference": f"R{number}", "adult": {"person_reference": f"P{number}"}}
    event = {"id": str(number), "source": "/one-more", "type": "safeguarding.concern.reported.v1"}
    return event | {"time": datetime.now(UTC).isoformat(), "data": data}  # noqa: TID251  the services run on the wall's


def now_s_year() -> str:
    today = datetime.now(UTC).date()  # noqa: TID251
    first = today.year if (today.month, today.day) >= (4, 1) else today.year - 1
    return f"{first}-{(first + 1) % 100:02}"


async def figures_of(installation: Installation, year: str) -> dict[str, int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.command.app", "figures", "--year", year, "--json"),
        env=installation.environment(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    rows = json.loads((await process.communicate())[0])["rows"]
    return {row["measure"]: row["count"] for row in rows}


async def status_code(installation: Installation) -> int | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.command.app", "status"),
        env=installation.environment(), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


async def demo(installation: Installation, *, expect: int = 0) -> dict[str, Any]:
    process = await start_demo(installation)
    out, err = await process.communicate()
    assert process.returncode == expect, err.decode()
    assert "making the history ..." in err.decode(), "without a terminal, what takes a while is said"
    told: dict[str, Any] = json.loads(out) if out else {"said": err.decode()}
    return told


@pytest.mark.timeout(400)
async def test_a_small_history_lands_on_its_totals_by_two_counts_and_a_second_run_doubles_nothing(
    untouched: Installation,
) -> None:
    first = await demo(untouched)

    assert first["differences"] == []
    assert first["verdict"] == "every report is accounted for"
    assert await status_code(untouched) == 0, first["problems"]
    for quota in (quota for quota in quotas(SCALE) if quota.name in first["years"]):
        rows = {row["measure"]: row for row in first["years"][quota.name]["rows"]}
        assert {measure: rows[measure]["count"] for measure in INTENDED} == {
            measure: getattr(quota, intended) for measure, intended in INTENDED.items()
        }

    again = await demo(untouched)

    assert again["years"] == first["years"]
    assert (again["differences"], again["verdict"]) == ([], first["verdict"])
    assert again["problems"] == []
    await post(untouched.kafka, untouched.prefix, [json.dumps(one_more(number)) for number in range(7)])
    await untouched.settled()
    year = await figures_of(untouched, now_s_year())
    assert year["concerns"] == 7, "the table says so: it is counted by the services, not by the generator"


async def test_ctrl_c_leaves_nothing_behind(untouched: Installation) -> None:
    process = await start_demo(untouched)
    await eventually(lambda: len(service_pids(directory(untouched))) == len(SERVICES), "the services run")

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


async def test_where_to_look_posts_a_concern_and_shows_its_receipt(installation: Installation) -> None:
    shown = io.StringIO()
    system = System("demo")
    where_to_look(Console(file=shown, width=80), system, dict(PORTS))
    lines = {line[:17].strip(): line[18:] for line in shown.getvalue().splitlines() if len(line) > 18}
    installation.start("intake")

    async def shell(command: str) -> str:
        ours = f'section42() {{ "{sys.executable}" -m services.command.app "$@"; }}'
        process = await asyncio.create_subprocess_shell(
            f"{ours}; {command}", env=installation.environment(), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, command
        return out.decode()

    posted = await shell(lines["post one"])
    receipt = await shell(lines["its receipt again"])

    assert posted.splitlines()[-1] == "1 posted: 1 accepted"
    assert "report A-17 of my-system is accepted as concern" in receipt
    assert all(f"http://127.0.0.1:{port}/api/docs" in lines["its pages"] for port in PORTS.values())
    assert f"http://127.0.0.1:{PORTS['audit']}/api/drift" in lines["over HTTP"]
