"""A fifth service is one folder, one contract module and one sample; nothing else is edited, and all knows of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services import SERVICES
from shared.chassis.process.settings import role_of
from shared.contracts.topics import heartbeat_of, journal_of
from tests.architecture.tree import ROOT, files
from tests.support.installation import Installation, install
from tests.support.servers import Servers
from tests.support.themes import FILES, TOPIC, TYPE
from tests.support.tools import TOOLS

GENERATED = {
    "README.md", "deploy/prometheus/alerts.yml", "deploy/prometheus/alerts_test.yml",
    "deploy/prometheus/prometheus.yml", "docker-compose.yml", "pyproject.toml", "shared/contracts/EVENTS.md",
}  # fmt: skip
FROZEN = {f"shared/contracts/schemas/{TYPE}.json", "services/themes/kept.json"}
CHECKS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "imports": ["lint-imports"],
    "types": ["mypy"],
    "laws": ["pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "tests/architecture", "tests/unit/command",
             "tests/unit/demo/test_readme.py", "tests/contracts", "-k", "not safeguarding or themes"],
}  # fmt: skip
"""What `make check` runs; of what is said of each event, only what is new."""
MONDAY = datetime(2024, 1, 1, 9, tzinfo=UTC)


def run(where: Path, *arguments: str, expected: int = 0, environment: Mapping[str, str] = os.environ) -> str:
    """Run a program in a copy of the project, with what its modules find there; what it says."""
    own = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        arguments, cwd=where, env=own | {"PYTHONPATH": str(where)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == expected, f"{' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def module(where: Path, *arguments: str, expected: int = 0, environment: Mapping[str, str] = os.environ) -> str:
    """Run a module as a program there."""
    return run(where, sys.executable, "-m", *arguments, expected=expected, environment=environment)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the fifth service, after `make generate`, and its changes not committed."""
    where = tmp_path_factory.mktemp("fifth") / "section42"
    for file in files():
        target = where / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    run(where, "git", "init", "--quiet")
    run(where, "git", "add", "--all")
    run(where, "git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "--message", "before")
    TOOLS.mkdir(parents=True, exist_ok=True)
    (where / ".local").mkdir()
    (where / ".local" / "tools").symlink_to(TOOLS)
    for name, text in FILES.items():
        (where / name).parent.mkdir(exist_ok=True)
        (where / name).write_text(text, encoding="utf-8")
    forgotten = module(where, "pytest", "-q", "tests/architecture/test_generated.py", expected=1)
    assert forgotten.count("run `make generate`") >= len(GENERATED)
    module(where, "services.command.generate")
    return where


def test_nothing_is_edited_but_by_one_command(copy: Path) -> None:
    changed = run(copy, "git", "status", "--porcelain", "--untracked-files=all").splitlines()

    assert {line[3:] for line in changed if line.startswith("??")} == {*FILES, *FROZEN}
    assert {line[3:] for line in changed if line.startswith(" M")} == GENERATED
    assert len(changed) == len(FILES) + len(GENERATED) + len(FROZEN)
    again = module(copy, "services.command.generate")
    assert again == ""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("check", CHECKS)
def test_everything_is_checked_with_it(copy: Path, check: str) -> None:
    program, *arguments = CHECKS[check]
    run(copy, str(Path(sys.executable).with_name(program)), *arguments)


@pytest.fixture
async def installed(servers: Servers) -> AsyncIterator[Installation]:
    """A driven installation of the services there are, which the copy's program will find and add to."""
    installation = await install(servers, driven=True)
    yield installation
    await installation.close()
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"DROP ROLE IF EXISTS {role_of('themes')}")
    await connection.close()
    client = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap_servers)
    await client.start()
    own = (TOPIC, journal_of("themes"), heartbeat_of("themes"))
    await client.delete_topics([installation.prefix + topic for topic in own])
    await client.close()


def reported(number: int, day: int, provider: str) -> str:
    data = {"sender": "ambulance", "reference": f"A-{number}", "narrative": "Bruises.", "provider": {"name": provider}}
    event = {"id": str(number), "source": "/ambulance", "type": "safeguarding.concern.reported.v1", "data": data}
    return json.dumps(event | {"time": (MONDAY + timedelta(days=day)).isoformat()})


@pytest.mark.timeout(240)
async def test_it_runs_beside_the_others_and_finds_the_third_within_ninety_days(
    copy: Path, installed: Installation, tmp_path: Path
) -> None:
    def section42(*arguments: str) -> str:
        return module(copy, "services.command.app", *arguments, environment=installed.environment())

    assert "schema themes: nothing -> " in section42("migrate")
    assert f"created {installed.prefix}{TOPIC}" in section42("topics")
    installed.root = copy
    for service in (*SERVICES, "themes"):
        installed.start(service)
    days = {"Rowan House": [0, 60, 100, 120, 130], "Elm Court": [0, 45], "The Beeches": [1, 50, 91]}
    lines = [reported(n, day, home) for n, (day, home) in enumerate((d, home) for home in days for d in days[home])]
    (tmp_path / "history.jsonl").write_text("\n".join(lines))

    replayed = section42("replay", str(tmp_path / "history.jsonl"))

    assert replayed.startswith(f"{len(lines)} posted")
    told = [json.loads(line) for line in section42("read", TOPIC, "--no-follow", "--json").splitlines()]
    assert sorted((each["data"]["first_at"][:10], each["data"]["last_at"][:10]) for each in told) == [
        ("2024-01-02", "2024-04-01"), ("2024-03-01", "2024-04-30"),
    ]  # fmt: skip
    assert all(each["says"].startswith("three concerns name provider") for each in told)
    status = json.loads(section42("status", "--json"))
    assert [service["service"] for service in status["services"]] == [*SERVICES, "themes"]
    assert "themes" in section42("endpoints")
    assert "choose" not in section42("held", "themes")
