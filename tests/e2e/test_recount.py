"""The recount reads the doors of a real Kafka as it reads the file that was posted to them."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.history import events
from services.command.post import outgoing, post
from services.command.servers import producer
from shared.contracts.doors import ClockTicked
from tests.support.installation import Installation

ROOT = Path(__file__).parents[2]
YEARS = ("--year", "2022-23", "--year", "2023-24")


async def recounted(installation: Installation, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.recount", *YEARS, *arguments), env=installation.environment(), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def tick(installation: Installation) -> None:
    """What was posted so far was posted under a driven clock."""
    data = ClockTicked(step=1, now=datetime(2024, 10, 31, tzinfo=UTC)).model_dump(mode="json")
    record = outgoing(json.dumps({"id": "1", "source": "/test", "type": ClockTicked.type, "data": data}))
    async with producer(installation.kafka) as client:
        await client.send_and_wait(
            installation.prefix + record.topic, record.value, key=record.key.encode(), headers=record.headers
        )


async def test_what_lies_on_the_doors_counts_as_what_was_posted_to_them(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "history.jsonl"
    lines = [json.dumps(event) for event in events(7, 0.01)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    await post(installation.kafka, installation.prefix, lines)
    await post(installation.kafka, installation.prefix, lines[:500])
    await tick(installation)

    of_the_doors, of_the_file = await recounted(installation), await recounted(installation, "--file", str(path))

    assert of_the_doors == of_the_file
    assert (of_the_file[0], of_the_file[2]) == (0, "")
    assert json.loads(of_the_file[1])["2023-24"][0]["count"] > 0


async def test_doors_that_nothing_came_through_count_nothing(installation: Installation) -> None:
    returned, out, err = await recounted(installation)

    assert (returned, err) == (0, "")
    assert {row["count"] for row in json.loads(out)["2023-24"]} == {0}
