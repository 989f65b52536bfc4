"""Reports of every kind, through a real door: each is answered exactly once, and nothing optional loses a concern."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, read_all, states
from tests.support.reports import ROWS, Row

DOOR = "concern-reports"


def told(said: dict[str, Any], name: str) -> list[str]:
    return sorted(f"{one['code']}@{one.get('where', '')}" for one in said.get(name, ()))


async def test_each_is_answered_once_and_again_when_it_is_all_read_again(install_for: InstallFor) -> None:
    installation = await install_for("intake", "triage")
    for row in ROWS:
        record = row.record
        await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=0)
    process = installation.start("intake", **QUICK)
    installation.start("triage", **QUICK)
    await installation.settled(["intake", "triage"])

    first = await read_all(installation, ["receipts", "concerns"])
    answers = {
        fact.body.get("accepted_id") or fact.body["refused_id"]: fact.body
        for fact in first.facts.values()
        if "accepted_id" in fact.body or "refused_id" in fact.body
    }
    assert answers.keys() == {row.name for row in ROWS}, "one answer each"
    assert {row.name: told(answers[row.name], "remarks") for row in ROWS} == {r.name: sorted(r.remarks) for r in ROWS}
    assert {row.name: told(answers[row.name], "reasons") for row in ROWS} == {r.name: sorted(r.codes) for r in ROWS}
    received = {fact.body["concern_id"]: fact.body for fact in first.facts.values() if "report" in fact.body}
    accepted = [row for row in ROWS if row.answer == "accepted"]
    assert len(received) == len(accepted)
    for row in accepted:
        fact = received[answers[row.name]["concern_id"]]
        assert [one["where"] for one in fact["report"].get("set_aside", ())] == row.aside
        assert fact["possibly_under_18"] == row.child
    await triage_sees_what_a_person_has_to_look_at(await states(installation, "triage"), answers, accepted)

    installation.stop(process)
    await installation.sql("intake", "DELETE FROM positions")
    installation.start("intake", **QUICK)
    await installation.settled(["intake", "triage"])

    assert (await read_all(installation, ["receipts", "concerns"])).facts == first.facts


async def triage_sees_what_a_person_has_to_look_at(
    cases: dict[UUID, Any], answers: dict[str, dict[str, Any]], accepted: list[Row]
) -> None:
    for row in accepted:
        case = cases[UUID(answers[row.name]["concern_id"])]
        assert case.get("set_aside", []) == list(dict.fromkeys(row.aside))
        assert case.get("possibly_under_18", False) == row.child
    assert "nursing" not in json.dumps(list(cases.values()))
