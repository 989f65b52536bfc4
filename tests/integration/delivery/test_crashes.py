"""The crash table of shared/chassis/README.md, one test a row: die there, start again, and the outcome is exact."""

import signal

import pytest

from services.intake.service import service as intake
from shared.chassis.due import timer_metadata
from shared.kernel.civil import over_after_months
from shared.kernel.event import Due
from shared.kernel.identity import derived, timed
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    clock_at,
    dead,
    expected,
    read_all,
    received,
    report,
    states,
    tick,
)

FLAGGED = "safeguarding.audit.drift-flagged.v1"
IN_A_BATCH = (
    *("after-read", "after-look", "after-decide", "before-apply", "after-commit"),
    *("relay-fetched", "relay-journalled", "relay-sent", "relay-deleted"),
)
PUBLISHED_TWICE = {"relay-sent", "relay-deleted"}


@pytest.mark.parametrize("place", IN_A_BATCH)
async def test_a_crash_in_a_batch_leaves_what_no_crash_leaves(install_for: InstallFor, place: str) -> None:
    installation = await install_for("intake", driven=True)
    events = [report(f"R{n}", person=f"P{n}") for n in range(30)]
    events += [event | {"id": f"{event['id']}-again"} for event in events[:10]]  # one key, so one order
    outcome = expected([intake], events)
    await installation.post(*events, *events[:5])

    assert await dead(installation.start("intake", SECTION42_FAILPOINT=f"{place}:kill:1", **QUICK)) == -signal.SIGKILL
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])
    log = await read_all(installation, ["receipts", "concerns"])

    assert log.facts == outcome.facts
    assert await states(installation, "intake") == outcome.cases["intake"]
    assert log.records > len(log.facts) or place not in PUBLISHED_TWICE, "what was published twice is one fact"


@pytest.mark.parametrize("place", ["timer-before-commit", "timer-after-commit"])
async def test_a_crash_of_the_timer_worker_fires_every_timer_once(install_for: InstallFor, place: str) -> None:
    installation = await install_for("audit", driven=True)
    adults = [derived("adult", str(n)) for n in range(12)]
    await installation.post(*(received(f"R{n}", adult) for n, adult in enumerate(adults)))
    worker = installation.start("audit", SECTION42_FAILPOINT=f"{place}:kill:1", **QUICK)
    await installation.settled(["audit"])
    due = over_after_months(NOON, 6)

    await installation.post(tick(0, due))
    assert await dead(worker) == -signal.SIGKILL
    installation.start("audit", **QUICK)
    await clock_at(installation, 0, "audit")
    await installation.settled(["audit"])
    log = await read_all(installation, ["audit.drift"])

    wanted = {
        timed(due, timer_metadata("audit", Due("drift", adult, due)).identity, FLAGGED, fact.body["open_id"]): adult
        for adult in adults
        for fact in log.facts.values()
        if fact.key == str(adult)
    }
    assert len(adults) == len(log.facts)
    assert set(log.facts) == set(wanted)
    assert {fact.type for fact in log.facts.values()} == {FLAGGED}
    assert {fact.body["due_at"] for fact in log.facts.values()} == {due.isoformat().replace("+00:00", "Z")}
