"""The table fits a terminal of 80 columns, and says what it was given."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.demo.outcome import Outcome
from deploy.demo.stories import STORIES
from deploy.demo.table import show
from shared.contracts.doors import concern_id_of

EXPECTED = Path(__file__).parents[3] / "deploy" / "demo" / "expected.json"
STATUS: dict[str, Any] = {
    "senders": [
        {
            "sender": "mental-health-trust", "received": 144, "accepted": 64, "refused": 2, "duplicate": 72,
            "unreadable": 4, "set_aside": 2, "decided": 62, "waiting": 1, "on_the_way": 1,
        }
    ],
    "verdict": "every report is accounted for",
}  # fmt: skip


def shown(width: int) -> str:
    outcome = Outcome(**json.loads(EXPECTED.read_text(encoding="utf-8"))["outcome"])
    console = Console(file=io.StringIO(), width=width)
    show(console, outcome, STATUS)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_nothing_is_cut_off(width: int) -> None:
    text = shown(width)

    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_a_share_is_shown_with_its_base() -> None:
    text = shown(200)

    assert "27  of 64 concerns accepted" in text
    assert "24  of 26 concluded" in text
    assert "20  fully or partially, of 22 who said what they want" in text


def test_the_senders_columns_add_up() -> None:
    line = next(line for line in shown(100).splitlines() if line.startswith("mental-health-trust"))

    received, accepted, refused, again, aside, decided, waiting = map(int, line.split()[1:])

    assert received == accepted + refused + again + aside
    assert accepted == decided + waiting


def test_every_story_that_is_told_begins_with_a_report_somebody_decided_on() -> None:
    lines = EXPECTED.with_name("stories.jsonl").read_text(encoding="utf-8").splitlines()
    decided = {event["data"].get("concern_id") for event in map(json.loads, lines) if "triage" in event["type"]}

    assert {str(concern_id_of(story.sender, story.reference)) for story in STORIES} <= decided
