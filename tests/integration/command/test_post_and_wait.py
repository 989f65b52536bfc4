"""`section42 post --wait`: each report with its receipt, and an exit code that says whether all is well."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.installation import Installation

ROOT = Path(__file__).parents[3]
REPORTED = "safeguarding.concern.reported.v1"
LONG = "x" * 2000


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int | None
    out: str
    err: str

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def report(name: str, *, source: str = "/wmas", id_: str = "", **data: Any) -> str:
    said = {"sender": "wmas", "reference": name, "narrative": "The woman in flat 2 has bruises."} | data
    return json.dumps({"id": id_ or name, "source": source, "type": REPORTED, "data": said})


async def posted(installation: Installation, lines: Sequence[str], *options: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.command.app", "post", "-", "--wait", *options), cwd=ROOT,
        env=installation.environment(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate("".join(f"{line}\n" for line in lines).encode())
    return Ran(process.returncode, out.decode(), err.decode())


async def test_each_report_comes_with_its_receipt_whatever_it_is_known_by(installation: Installation) -> None:
    installation.start("intake")
    lines = [
        report("A-1"),
        "",
        report("A-2", narrative=""),
        report("A-3", id_=LONG),  # an id that cannot be read: its place is its id
        report("A-4", source=LONG),  # a source that cannot be read: its sender is its source
        report("A-5", id_="twice"),
        report("A-6", id_="twice"),  # another report under the same id
        "nonsense",
        json.dumps({"id": "d", "source": "/cms", "type": "safeguarding.triage.approved.v1", "data": {}}),
        report("A-7", narrative="x" * 9_000_000),
    ]

    first = await posted(installation, lines, "--json")

    assert first.code == 1
    assert (first.told[1]["line"], first.told[1]["outcome"]) == (3, "refused")
    assert len(first.told[1]["codes"]) == len(first.told[1]["says"]) == 1
    assert [(one["line"], one["outcome"], one["codes"]) for one in first.told if one["line"] != 3] == [
        (1, "accepted", []),
        (4, "accepted", ["impossible_attribute", "id_missing"]),
        (5, "accepted", ["impossible_attribute", "source_missing"]),
        (6, "accepted", []),
        (7, "accepted", ["id_used_before"]),
        (8, "not posted", []),
        (9, "not posted", []),
        (10, "not posted", []),
    ]
    assert [one["reference"] for one in first.told[:6]] == [f"A-{number}" for number in range(1, 7)]
    assert len({one["concern_id"] for one in first.told if one["concern_id"]}) == 5
    assert "--wait takes reports" in first.told[7]["says"][0]

    again = await posted(installation, [lines[0], lines[0], report("A-1", id_="another")], "--json")

    assert (again.code, [one["concern_id"] for one in again.told]) == (0, [first.told[0]["concern_id"]] * 3)
    assert [one["outcome"] for one in again.told] == ["accepted", "accepted", "accepted again"]


async def test_a_table_stands_at_the_end_and_who_was_not_answered_in_time(installation: Installation) -> None:
    began = time.monotonic()
    unanswered = await posted(installation, [report("B-1"), report("B-2")], "--within", "1")

    assert unanswered.code == 1
    assert time.monotonic() - began < 30
    *rows, summary, advice = unanswered.out.splitlines()
    assert [row.split() for row in rows[1:]] == [["1", "unanswered"], ["2", "unanswered"]]
    assert summary == "2 posted: 2 unanswered"
    assert advice.startswith("no answer came within 1 s")

    installation.start("intake")
    good = await posted(installation, [report("B-1"), report("B-3")])

    assert good.code == 0
    heads, one, two, summary = good.out.splitlines()
    assert heads.split()[:3] == ["line", "outcome", "concern"]
    assert [row.split()[:2] for row in (one, two)] == [["1", "accepted"], ["2", "accepted"]]
    assert summary == "2 posted: 2 accepted"
    assert good.err == ""


async def test_of_very_many_the_table_shows_what_asks_for_a_look(installation: Installation) -> None:
    installation.start("intake")
    lines = [report(f"C-{number}", narrative="" if number == 700 else "He fell.") for number in range(3000)]

    done = await posted(installation, lines)

    heads, row, more, summary = done.out.splitlines()
    assert (done.code, heads.split()[0], row.split()[:2]) == (1, "line", ["701", "refused"])
    assert more.startswith("and 2999 lines more, accepted without a remark")
    assert summary == "3000 posted: 2999 accepted, 1 refused"
