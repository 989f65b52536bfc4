"""Rule 16: what a process had in its hands when the database went back, and tells after others have gone on."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    clock_at,
    is_paused,
    is_ready,
    read_all,
    received,
    tick,
)
from tests.support.databases import dump, put_back
from tests.support.installation import Installation, eventually
from tests.support.twenty_people import all_stopped

AUDIT = ("audit",)
ADA = derived("adult", "ada")
DAY = timedelta(days=1)
OVERDUE = "safeguarding.audit.decision-overdue.v1"


async def told(installation: Installation) -> list[str]:
    """The types of what audit has told, each fact once."""
    return sorted(fact.type for fact in (await read_all(installation, ["audit.open-concerns"])).facts.values())


async def at_rest(installation: Installation, step: int) -> None:
    await clock_at(installation, step, "audit")
    await installation.settled(AUDIT)


@pytest.mark.parametrize("in_hand", ["timers", "records"])
async def test_what_was_in_hand_when_the_database_went_back_counts_for_nothing(
    install_for: InstallFor, in_hand: str, tmp_path: Path
) -> None:
    """A process stands still with the entry of what it has committed; the database is put back, and another decides
    anew. Then the first wakes, and tells the journal.
    """
    installation = await install_for("audit", driven=True)
    asleep = installation.start("audit", SECTION42_FAILPOINT="relay-fetched:stop:2", **QUICK)
    await is_ready(asleep)
    await installation.post(received("a", ADA), tick(1, NOON))
    await at_rest(installation, 1)
    dumped = await dump(installation, tmp_path)

    await installation.post(received("b", ADA, NOON + DAY) if in_hand == "records" else tick(2, NOON + 3 * DAY))
    await eventually(lambda: is_paused(asleep), "it stands still with an entry in its hands", 30)
    await put_back(installation, dumped)
    other = installation.start("audit", **QUICK)
    await installation.post(tick(2, NOON + 3 * DAY))
    await at_rest(installation, 2)
    before = await told(installation)
    asleep.send_signal(signal.SIGCONT)
    await is_ready(asleep)
    await installation.post(received("c", ADA, NOON + 4 * DAY), tick(3, NOON + 10 * DAY))
    await at_rest(installation, 3)
    await is_ready(other)
    logs = [installation.log_of(process) for process in (asleep, other)]
    assert not [log for log in logs if "HistoryDiffers" in log]
    after = await told(installation)
    assert (before, after) == ([OVERDUE] * (2 if in_hand == "records" else 1), [*before, OVERDUE])

    await all_stopped(installation)
    cases = await installation.state_hash("audit")
    await put_back(installation, dumped)
    again = installation.start("audit", **QUICK)
    await at_rest(installation, 3)
    await is_ready(again)
    assert await told(installation) == after
    assert await installation.state_hash("audit") == cases
