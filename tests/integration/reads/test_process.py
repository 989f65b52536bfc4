"""Reading from services as they run: the same port as health, no word of a person, and the commands beside it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from services import SERVICES
from services.command.app import app
from services.command.reads import reads
from services.command.registry import load
from services.command.token import make
from shared.chassis.process.clock import WallClock
from shared.contracts.doors import enquiry_id_of
from tests.integration.delivery.harness import approval, concern_of, decision, report
from tests.support.installation import Installation

CANARIES = {"name": "Wendy Wildgoose", "nhs_number": "9990000018", "birth_date": "1941-02-03", "address": "1 Wren Lane"}
WORDS = "The man in room 4 has bruises CANARY-WORDS"


def _get(port: int, path: str, token: str | None) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def get(process: subprocess.Popen[bytes], path: str, token: str | None = None) -> tuple[int, str]:
    return await asyncio.to_thread(_get, process.port, path, token)  # type: ignore[attr-defined]


async def test_what_went_through_four_services_can_be_read_of_each(installation: Installation) -> None:
    processes = installation.start_all()
    concern = concern_of("R1")
    adult = {key: value for key, value in CANARIES.items() if key in ("name", "nhs_number", "birth_date")}
    now = WallClock().now()
    decided = decision(concern, at=now + timedelta(minutes=1)), approval(concern, at=now + timedelta(minutes=2))
    await installation.post(report("R1", adult=adult, narrative=WORDS, at=now), *decided)
    await installation.settled()
    secret = await make(installation.database_url, SERVICES, "sac.1", ["cases", "worklists", "figures", "reads"], 1)
    said: list[str] = []

    async def shown(service: str, path: str) -> Any:
        status, text = await get(processes[service], path, secret)
        assert status == 200, text
        said.append(text)
        return json.loads(text)

    received = await shown("intake", f"/api/concerns/{concern}")
    triaged = await shown("triage", f"/api/concerns/{concern}")
    enquiry = await shown("enquiry", f"/api/enquiries/{enquiry_id_of(concern)}")
    history = await shown("audit", f"/api/adults/{received['adult_id']}")
    (waiting,) = (await shown("enquiry", "/api/worklist?limit=1"))["items"]
    assert (await shown("triage", "/api/worklist"))["items"] == []
    for path in (
        "repeat-reviews",
        "drift",
        "advocacy-gaps",
        "overdue-decisions",
        "data-quality",
        "work-at-concern-stage",
    ):
        await shown("audit", f"/api/{path}")

    assert received["sender"] == "wmas"
    assert [entry["what"] for entry in triaged["timeline"]] == ["received", "decided", "approved"]
    assert triaged["stage"] == "nothing"
    assert enquiry["concern_id"] == waiting["concern_id"] == str(concern)
    assert [one["counted"] for one in history["concerns"]] == ["counted"]

    for service, process in processes.items():
        status, text = await get(process, "/api/openapi.json")
        assert (status, json.loads(text)["info"]["title"]) == (200, f"Section42: {service}")
        assert (await get(process, "/api/docs"))[0] == 200
        assert (await get(process, "/api/worklist"))[0] in (401, 404)
        assert (await get(process, "/health/ready"))[0] == 200
        _, metrics = await get(process, "/metrics")
        assert f'safeguarding_reads_total{{outcome="answered",service="{service}"}}' in metrics
        said += [metrics, installation.log_of(process)]
    read = await reads(installation.database_url, SERVICES, about=UUID(received["adult_id"]))
    assert {each.service for each in read} == {name for name in SERVICES if load(name).views}
    whole = "".join(said) + str(read)
    for canary in (*adult.values(), "CANARY-WORDS", secret):
        assert canary not in whole
    for process in processes.values():
        assert installation.stop(process) == 0


async def test_the_commands_speak_of_tokens_and_reads(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", installation.database_url)
    runner = CliRunner()

    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(runner.invoke, app, arguments)

    assert (await run("token", "list")).stdout == "there are no tokens\n"
    made = await run("token", "make", "--holder", "sac.1", "--scope", "cases", "--service", "audit", "--days", "2")
    secret = made.stdout.strip()
    assert (made.exit_code, len(made.stdout.splitlines())) == (0, 1)
    assert secret.startswith("s42_")
    listed = await run("token", "list", "--json")
    assert secret not in listed.stdout + made.stderr
    (token,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (token["holder"], token["services"]) == ("sac.1", ["audit"])
    assert "until" in (await run("token", "list")).stdout
    assert (await run("token", "revoke", "sac.1")).stdout == "1 token is revoked\n"
    assert "revoked" in (await run("token", "list")).stdout
    assert (await run("reads")).stdout == "nothing was read\n"
    assert (await run("reads", "--about", "nobody")).exit_code == 2
    for command in (("token",), ("token", "make"), ("token", "list"), ("token", "revoke"), ("reads",)):
        assert "Example: " in (await run(*command, "--help")).stdout
