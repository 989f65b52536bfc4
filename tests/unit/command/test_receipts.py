"""Which line a receipt belongs to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.command.post import LineError, outgoing
from services.command.receipts import Waiting

REPORT = "safeguarding.concern.reported.v1"
DOOR = "concern-reports"


def waiting_for(*references: str, id_: str = "1") -> Waiting:
    waiting = Waiting()
    for line, reference in enumerate(references, start=1):
        data = {"sender": "wmas", "reference": reference}
        waiting.going(line, outgoing(json.dumps({"id": id_, "source": "/wmas", "type": REPORT, "data": data})))
        waiting.lies(line, f"{DOOR}/0/{line}")
    return waiting


def accepted(reference: str, id_: str = "1", source: str = "/wmas", **more: Any) -> dict[str, Any]:
    said = {"concern_id": f"of {reference}", "sender": "wmas", "reference": reference}
    return said | {"accepted_source": source, "accepted_id": id_, "remarks": []} | more


def outcomes(waiting: Waiting) -> list[tuple[str, str | None]]:
    return [(one.outcome, one.concern_id) for one in waiting.lines.values()]


def test_lines_under_one_id_get_the_receipts_of_their_own_references() -> None:
    waiting = waiting_for("A", "B", "B")

    waiting.heard(accepted("B"))
    waiting.heard(accepted("A"))

    assert outcomes(waiting) == [("accepted", "of A"), ("accepted", "of B"), ("unanswered", None)]
    waiting.heard(accepted("B", again=True))
    assert outcomes(waiting)[2] == ("accepted again", "of B")
    assert waiting.left == set()
    waiting.heard(accepted("B", again=True))
    assert len(waiting.lines) == 3


def test_receipts_of_others_and_what_is_none_move_nothing() -> None:
    waiting = waiting_for("A")

    waiting.heard(accepted("A", source="/other"))
    waiting.heard(accepted("A", id_="2"))
    waiting.heard({"place": f"{DOOR}/1/1", "reasons": [{"code": "json_invalid", "says": "No."}]})
    waiting.heard({"accepted_id": 1})
    waiting.heard({})

    assert outcomes(waiting) == [("unanswered", None)]


@pytest.mark.parametrize("early", [True, False])
def test_a_report_is_answered_by_its_place_however_soon(*, early: bool) -> None:
    waiting = waiting_for("A")
    line = outgoing(json.dumps({"id": "2", "source": "/wmas", "type": REPORT, "data": {"sender": "wmas"}}))
    waiting.going(9, line)
    refused = {"place": f"{DOOR}/2/7", "reasons": [{"code": "no_data", "says": "Send its data."}]}

    if early:
        waiting.heard(refused)
    waiting.lies(9, f"{DOOR}/2/7")
    if not early:
        waiting.heard(refused)

    assert (waiting.lines[9].outcome, waiting.lines[9].codes) == ("refused", ["no_data"])
    assert waiting.left == {1}


def test_what_is_no_report_is_not_waited_for() -> None:
    decision = json.dumps({"id": "1", "source": "/cms", "type": "safeguarding.triage.approved.v1", "data": {}})

    with pytest.raises(LineError, match="--wait takes reports"):
        Waiting().going(1, outgoing(decision))
