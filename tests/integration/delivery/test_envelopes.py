"""Reports in every kind of envelope, through a real door: each is answered exactly once."""

from __future__ import annotations

from collections import Counter

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, concern_of, concerns_of, read_all, states
from tests.support.envelopes import ROWS

DOOR = "concern-reports"
SENDER = "eastvale-ambulance"


async def test_each_is_answered_once_and_again_when_it_is_all_read_again(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    for row in ROWS:
        record = row.record
        await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=0)
    process = installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    first = await read_all(installation, ["receipts"])
    again = [row for row in ROWS if row.answer == "again"]
    assert first.records == len(ROWS), "one answer each"
    assert len(first.facts) == len(ROWS) - len(again), "told again under the id that it had"
    remarks = Counter(said["code"] for fact in first.facts.values() for said in fact.body.get("remarks", ()))
    assert remarks == Counter(code for row in ROWS for code in row.remarks)
    codes = Counter(said["code"] for fact in first.facts.values() for said in fact.body.get("reasons", ()))
    assert codes == Counter(code for row in ROWS for code in row.codes)
    concerns = await concerns_of(installation)
    assert {concern_of("one-id-first", SENDER), concern_of("one-id-second", SENDER)} <= concerns
    accepted = [row for row in ROWS if row.answer == "accepted" and row.name != "one-id-one-reference"]
    assert len(concerns) == len(accepted)

    installation.stop(process)
    await installation.sql("intake", "DELETE FROM positions")
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    assert (await read_all(installation, ["receipts"])).facts == first.facts, "and no sender is told anything new"


async def test_a_sender_that_gives_everything_one_id_loses_nothing(install_for: InstallFor) -> None:
    """A batch full of reports under one id costs one more look at the inbox, and not one a report."""
    installation = await install_for("intake")
    many = 600
    for n in range(many):
        value = f'{{"sender": "{SENDER}", "reference": "same-{n}", "narrative": "Flat 2."}}'.encode()
        headers = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/e"), ("ce_type", TYPE)]
        await installation.post_raw(DOOR, value, key=f"{SENDER}/same-{n}".encode(), headers=headers)
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    receipts = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    assert len(await states(installation, "intake")) == len(receipts) == many
    used = [said for said in receipts if [one["code"] for one in said.get("remarks", ())] == ["id_used_before"]]
    assert len(used) == many - 1


TYPE = b"safeguarding.concern.reported.v1"
