"""A setting nobody can work with ends every command that needs it, at once, with the same line and exit status 78."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.command.app import app, main
from shared.chassis.process.errors import Misconfigured
from shared.chassis.process.settings import (
    BATCH_MAX_RECORDS,
    BURST_UNREADABLE_MAX,
    CLOCK,
    DATABASE_URL,
    DECLARED,
    HTTP_HOST,
    HTTP_PORT,
    IDLE_IN_TRANSACTION_MS,
    PROBE_INTERVAL_S,
    PROTOCOL,
    READ_TIMEOUT_MS,
    REPLICATION_FACTOR,
    SERVERS,
    SESSION_TIMEOUT_MS,
    TOPIC_PREFIX,
)
from shared.chassis.process.variables import Variable
from tests.support.installation import Installation, free_port

ROOT = Path(__file__).parents[3]
WORKS = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
WRONG: dict[Variable[Any], str] = {
    PROTOCOL: "PLAIN", SERVERS: "kafka://host", DATABASE_URL: "postgresql+asyncpg://me@host/db", TOPIC_PREFIX: "a b",
    CLOCK: "Driven", HTTP_PORT: "http", HTTP_HOST: "http://host", REPLICATION_FACTOR: "0", BATCH_MAX_RECORDS: "0",
    SESSION_TIMEOUT_MS: "six", IDLE_IN_TRANSACTION_MS: "-1", BURST_UNREADABLE_MAX: "", READ_TIMEOUT_MS: "1e3",
    PROBE_INTERVAL_S: "nan",
}  # fmt: skip
KAFKA: tuple[Variable[Any], ...] = (PROTOCOL, SERVERS)
DATABASE: tuple[Variable[Any], ...] = (DATABASE_URL,)
OF_A_SERVICE: tuple[Variable[Any], ...] = (
    *(*KAFKA, *DATABASE, TOPIC_PREFIX, CLOCK, HTTP_PORT, HTTP_HOST, BATCH_MAX_RECORDS, SESSION_TIMEOUT_MS),
    *(IDLE_IN_TRANSACTION_MS, BURST_UNREADABLE_MAX, READ_TIMEOUT_MS, PROBE_INTERVAL_S),
)
NEEDS: dict[str, tuple[list[str], tuple[Variable[Any], ...]]] = {
    "run": (["intake"], OF_A_SERVICE),
    "migrate": ([], DATABASE),
    "topics": ([], (*KAFKA, TOPIC_PREFIX, REPLICATION_FACTOR)),
    "post": ([__file__], (*KAFKA, TOPIC_PREFIX)),
    "check": ([__file__], ()),
    "replay": ([__file__], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "read": (["concerns"], (*KAFKA, TOPIC_PREFIX)),
    "endpoints": ([], (HTTP_HOST,)),
    "status": ([], (*KAFKA, *DATABASE, TOPIC_PREFIX, CLOCK)),
    "figures": (["--year", "2023-24"], DATABASE),
    "timers": (["audit"], DATABASE),
    "duty": ([], DATABASE),
    "held": (["triage", "--discard", "1", "--why", "test"], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "breaker": (["intake"], DATABASE),
    "positions": (["intake"], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "clocks": (["intake"], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "reads": ([], DATABASE),
    "backup": (["no-such.dump"], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "restore": ([__file__], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "journal": ([], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "rebuild": (["intake"], (*KAFKA, *DATABASE, TOPIC_PREFIX)),
    "docs": ([], ()),
    "graph": ([], ()),
}


def test_every_command_says_what_it_needs() -> None:
    assert {command.name for command in app.registered_commands} == NEEDS.keys()
    assert {one for _, needed in NEEDS.values() for one in needed} == WRONG.keys()


@pytest.mark.parametrize(
    ("command", "variable"),
    [pytest.param(name, one, id=f"{name}-{one.name}") for name, (_, needed) in NEEDS.items() for one in needed],
)
def test_a_wrong_setting_ends_it_in_one_line(
    command: str, variable: Variable[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for known in DECLARED:
        monkeypatch.delenv(known.name, raising=False)
    for name, value in (WORKS | {variable.name: WRONG[variable]}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["section42", command, *NEEDS[command][0]])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    with pytest.raises(Misconfigured) as refused:
        variable.value_of(WRONG[variable])
    assert told.err == f"section42: {refused.value}\n"
    assert len(told.err.splitlines()) == 1
    assert told.out == ""
    assert ended.value.code == 78


def ended(environment: Mapping[str, str]) -> tuple[subprocess.CompletedProcess[str], float]:
    clean = {name: value for name, value in os.environ.items() if name not in {one.name for one in DECLARED}}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "services.command.app", "run", "intake"],
        env=clean | WORKS | dict(environment), cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done, time.monotonic() - began


def test_a_port_that_is_taken_has_a_status_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = str(taken.getsockname()[1])
        done, _ = ended({"SECTION42_HTTP_PORT": port})

    assert done.returncode == 3
    assert done.stderr == (
        f"section42: SECTION42_HTTP_PORT is {port}: another program listens there; choose one that is free\n"
    )
    assert done.stdout == ""


def test_an_address_this_machine_has_not_is_a_wrong_setting() -> None:
    done, _ = ended({"SECTION42_HTTP_HOST": "192.0.2.1", "SECTION42_HTTP_PORT": str(free_port())})

    assert done.returncode == 78
    assert done.stderr.startswith("section42: SECTION42_HTTP_HOST is '192.0.2.1' (this machine has no such address)")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["run", "triage"], ["status"], ["migrate"], ["held", "triage"]], ids=" ".join)
async def test_an_older_program_says_so_of_newer_tables(arguments: list[str], installation: Installation) -> None:
    await installation.sql("triage", "UPDATE alembic_version SET version_num = '9999'")

    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "services.command.app", *arguments],
        cwd=ROOT, env=installation.environment(), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip

    assert done.returncode == 78
    assert done.stderr.startswith("section42: the tables of triage are of revision 9999, this program knows up to ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
