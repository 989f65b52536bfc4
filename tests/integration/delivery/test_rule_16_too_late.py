"""Rule 16: a process was paused with its entry on the way; the database was replaced meanwhile, and others went on.

Its entry then reaches the journal after the others have read that, and names records that they have taken themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.command.registry import load
from shared.chassis.delivery.applying.steps import batch, runs_of
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.positions import Position
from shared.chassis.delivery.publishing.sending import Publisher
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.delivery.recovering.recovery import Recovery
from shared.chassis.process.clock import WallClock
from shared.chassis.process.errors import WentBack
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, concern_of, is_ready, read_all, received, settings_of
from tests.integration.delivery.test_rule_19_ready import BACK_S, says
from tests.support.databases import dump, put_back
from tests.support.installation import Installation


def a_process(installation: Installation) -> Transactions[Any]:
    settings = settings_of(installation, "triage")
    transactions: Transactions[Any] = Transactions(load("triage"), settings, WallClock())
    transactions.session.verify = Recovery(transactions, settings).bring_up
    return transactions


async def taken_by(transactions: Transactions[Any], installation: Installation, name: str) -> Any:
    """Have it take the last record there is, and keep what it would tell the journal."""
    topic = installation.prefix + "concerns"
    record = next(one for one in await installation.records("concerns") if name.encode() in (one.value or b""))
    where = topic, record.partition
    found = transactions.wire.read(record)
    to = Position(record.offset + 1, fingerprint(record), record.offset)
    runs = runs_of([record], installation.prefix)
    await transactions.apply(batch([found], {where: record.offset}, {where: to}, None, runs, None, ""))
    return transactions.outgoing.ready[-1]


async def stopped_after_one(install_for: InstallFor) -> Installation:
    """Triage has taken the concern R1, and nobody runs."""
    installation = await install_for("triage")
    process = installation.start("triage", **QUICK)
    await installation.post(received("R1", derived("adult", "A")))
    await installation.settled(["triage"])
    installation.stop(process)
    return installation


@pytest.mark.parametrize("first", ["the others", "its author"])
async def test_an_entry_that_comes_too_late_is_disowned_by_its_author(
    install_for: InstallFor, tmp_path: Path, first: str
) -> None:
    installation = await stopped_after_one(install_for)
    dumped = await dump(installation, tmp_path)
    await installation.post(received("R2", derived("adult", "A")))
    paused = a_process(installation)
    row = await taken_by(paused, installation, "R2")
    await put_back(installation, dumped)
    other = installation.start("triage", **QUICK)
    await installation.settled(["triage"])
    if first == "its author":
        await paused.check()
        await paused.run(lambda connection: connection.fetchval("SELECT 1"))
        assert paused.outgoing.epoch != row.epoch

    await installation.post_raw("triage.journal", row.entry, key=b"", partition=0,
                                headers=[("content-type", b"application/json")])  # fmt: skip
    await installation.post(received("R3", derived("adult", "B")))
    if first == "the others":
        await says(other, "meets")
        await paused.check()
        await paused.run(lambda connection: connection.fetchval("SELECT 1"))
    await installation.settled(["triage"])
    await is_ready(other, BACK_S)

    kept = await installation.sql("triage", "SELECT key FROM cases WHERE body->>'type' = 'concern'")
    assert {row["key"] for row in kept} == {concern_of(name) for name in ("R1", "R2", "R3")}
    routed = [fact for fact in (await read_all(installation, ["triage"])).facts.values() if "routed" in fact.type]
    assert len(routed) == 3
    await paused.close()


async def test_nobody_is_told_what_a_database_that_is_gone_had(install_for: InstallFor) -> None:
    """The journal has it by the time that we know: the entry is there, and no fact of it."""
    installation = await stopped_after_one(install_for)
    before = (await read_all(installation, ["triage"])).facts
    await installation.post(received("R2", derived("adult", "A")))
    paused = a_process(installation)
    row = await taken_by(paused, installation, "R2")
    publisher = Publisher("triage", settings_of(installation, "triage"))

    with pytest.raises(WentBack):
        await publisher.tell([row], lambda: False)

    assert (await read_all(installation, ["triage"])).facts == before
    await publisher.tell([row])
    assert len((await read_all(installation, ["triage"])).facts) == len(before) + len(row.facts) > len(before)
    await publisher.close()
    await paused.close()
