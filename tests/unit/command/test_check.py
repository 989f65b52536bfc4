"""What would be answered to each line, without a server: judged by the very code that answers the doors."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.command.app import app
from services.command.check import check
from shared.chassis.process.clock import WallClock
from shared.kernel.identity import derived
from tests.support import lawful

REPORTED, DECIDED, APPROVED = (
    "safeguarding.concern.reported.v1",
    "safeguarding.triage.decided.v1",
    "safeguarding.triage.approved.v1",
)

CONCERN = derived("concern", "wmas", "A-1")


def line(type_: str, name: str, data: dict[str, Any], **more: Any) -> str:
    return json.dumps({"specversion": "1.0", "id": name, "source": "/tests", "type": type_, "data": data} | more)


def reported(name: str = "A-1", **more: Any) -> str:
    return line(REPORTED, name, {"sender": "wmas", "reference": name, "narrative": "Room 4."} | more)


def decided(**more: Any) -> str:
    return line(DECIDED, "decided", lawful.decision(CONCERN, derived("decision", "1"), soon(), **more))


def soon() -> str:
    """After receipt, and no further ahead than clocks may differ."""
    return (WallClock().now() + timedelta(minutes=2)).isoformat()


def outcomes(*lines: str) -> list[tuple[str, list[str]]]:
    return [(one.outcome, one.codes) for one in check(lines)]


def test_a_report_is_accepted_with_its_remarks_and_again_when_it_comes_again() -> None:
    odd = json.dumps(json.loads(reported(adult={"nhs_number": "1"})) | {"time": "yesterday"})

    assert outcomes(odd, "", odd, reported("A-2")) == [
        ("accepted", ["time_not_read", "nhs_number_not_valid"]),
        ("accepted", ["time_not_read", "nhs_number_not_valid"]),
        ("accepted", []),
    ]


def test_what_is_refused_is_refused_with_every_reason() -> None:
    ((outcome, codes),) = outcomes(reported(narrative=" ", happened_on="2190-01-01"))

    assert (outcome, codes) == ("refused", ["nobody_described", "happened_after_receipt"])


def test_what_could_not_be_posted_is_said() -> None:
    (found,) = check(["no JSON"])

    assert (found.line, found.outcome, found.good) == (1, "not posted", False)
    assert "JSON" in found.says[0]


def test_a_decision_is_held_to_the_lines_before_it() -> None:
    assert outcomes(decided()) == [("waits", [])]
    assert outcomes(reported(), decided()) == [("accepted", []), ("taken", [])]
    assert outcomes(reported(), decided(limbs=lawful.NOT_ALL_MET))[1][0] == "refused"


def test_a_line_is_told_what_becomes_of_itself_and_not_of_what_waited_for_it() -> None:
    approval = lawful.approval(json.loads(decided())["data"], soon(), approved_by="worker-1")

    assert outcomes(line(APPROVED, "approved", approval), reported(), decided()) == [
        ("waits", []),
        ("accepted", []),
        ("taken", []),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [([reported()], 0), ([reported(), "{}"], 1), ([reported(urgent="very")], 0), ([reported(narrative="")], 1)],
)
def test_the_exit_code_says_whether_all_of_it_would_do(lines: list[str], code: int, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")

    plain, as_json = (CliRunner().invoke(app, ["check", str(file), *more]) for more in ([], ["--json"]))

    assert (plain.exit_code, as_json.exit_code) == (code, code)
    assert "nothing was posted" in plain.output
    assert [json.loads(each)["line"] for each in as_json.stdout.splitlines()] == list(range(1, len(lines) + 1))


def test_nothing_that_a_line_says_is_quoted() -> None:
    found = list(check([reported(urgent="Mrs Canary"), line("Mrs Canary", "1", {})]))

    assert all("Canary" not in json.dumps(one) for one in found)
