"""Two years of stories, written by hand with what must become of them, through the whole system."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.command.post import post
from services.command.replay import replay
from tests.support.installation import Installation
from tests.support.stories.facts import read_facts
from tests.support.stories.outcome import count

STORIES = Path(__file__).parents[1] / "support" / "stories"
LINES = (STORIES / "stories.jsonl").read_text(encoding="utf-8").splitlines()
OVER = datetime(2026, 11, 20, tzinfo=UTC)
"""By then whatever was left open had come to the coordinator."""
EXPECTED = json.loads((STORIES / "expected.json").read_text(encoding="utf-8"))["outcome"]


async def outcome(installation: Installation) -> dict[str, object]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.command.app", "status", "--json"),
        env=installation.environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    status = json.loads((await process.communicate())[0])
    assert status["verdict"] == "every report is accounted for"
    return asdict(count(await read_facts(installation.kafka, installation.prefix), status))


@pytest.mark.timeout(240)
async def test_what_becomes_of_the_stories_is_what_they_say_and_telling_them_twice_changes_nothing(
    driven_installation: Installation,
) -> None:
    installation = driven_installation
    installation.start_all()
    await replay(installation.kafka, installation.database_url, installation.prefix, LINES, until=OVER)

    assert await outcome(installation) == EXPECTED

    await post(installation.kafka, installation.prefix, LINES)
    await installation.settled()
    assert await outcome(installation) == EXPECTED
