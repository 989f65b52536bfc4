"""The samples that senders copy: each posts a report, waits for its receipt, and says by its exit code what came."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK
from tests.support.client_tools import SAMPLES, installed, java, script
from tests.support.installation import Installation
from tests.support.tools import node

NARRATIVE = 'The man in room 4 says "no" – and has bruises.'


def kcat(sample: Path, _: Path) -> list[str]:
    assert os.access(sample, os.X_OK)
    return [str(sample) for program in ("kcat", "jq") if installed(program)][:1]


HOW: dict[str, Callable[[Path, Path], list[str]]] = {
    "python/post.py": lambda sample, _: [sys.executable, str(sample)],
    "javascript/post.mjs": lambda sample, beside: [node(), str(script(sample, beside))],
    "java/Post.java": java,
    "kcat/post.sh": kcat,
}


class Ran(NamedTuple):
    """How a sample ended, and what it said."""

    code: int | None
    out: str
    err: str


async def ran(installation: Installation, command: list[str], *arguments: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, env=installation.environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Ran(process.returncode, out.decode(), err.decode())


def commands(tmp_path: Path) -> dict[str, list[str]]:
    found = {}
    for number, (sample, how) in enumerate(HOW.items()):
        beside = tmp_path / str(number)
        beside.mkdir()
        found[sample] = how(SAMPLES / sample, beside)
    return found


def test_every_sample_is_tried() -> None:
    there = {str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*") if path.stem.lower() == "post"}

    assert there == HOW.keys()


async def test_each_sample_says_what_was_answered(install_for: InstallFor, tmp_path: Path) -> None:
    installation = await install_for("intake")
    installation.start("intake", **QUICK)

    async def answers(number: int, command: list[str]) -> tuple[Ran, Ran, Ran]:
        named = await ran(installation, command, f"R{number}", NARRATIVE)
        again = await ran(installation, command, f"R{number}", NARRATIVE)
        return named, again, await ran(installation, command, f"empty-{number}", "")

    found = commands(tmp_path)
    told = await asyncio.gather(*(answers(number, command) for number, command in enumerate(found.values())))

    for sample, (good, again, refused) in zip(found, told, strict=True):
        assert (good.code, good.out.startswith("accepted as concern ")) == (0, True), (sample, good)
        assert again[:2] == good[:2], "sent again, it is answered again"
        assert (refused.code, refused.out.startswith("refused ")) == (1, True), (sample, refused)
    posted = [json.loads(record.value or b"") for record in await installation.records("concern-reports")]
    assert {event["data"]["narrative"] for event in posted} == {NARRATIVE, ""}
    keys = {record.key for record in await installation.records("concern-reports")}
    assert keys == {f"my-system/{name}{n}".encode() for name in ("R", "empty-") for n in range(len(HOW))}
    receipts = await installation.facts("receipts")
    assert len({receipt["concern_id"] for receipt in receipts if "concern_id" in receipt}) == len(HOW)


async def test_each_sample_says_so_where_no_answer_came(install_for: InstallFor, tmp_path: Path) -> None:
    installation = await install_for("intake")

    answers = await asyncio.gather(
        *(ran(installation, command, "R1", NARRATIVE, "2") for command in commands(tmp_path).values())
    )

    assert [(answer.code, answer.out) for answer in answers] == [
        (2, "no answer in 2 s; sending it again does no harm\n")
    ] * len(HOW)
