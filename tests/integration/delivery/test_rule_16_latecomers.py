"""Rule 16: what a process had in its hands when the database went back, and tells after others have gone on."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.chassis.delivery.applying.journal import life_of
from shared.chassis.delivery.applying.lives import see_that_it_lasts
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.postgres.database import connect
from shared.chassis.process.errors import WentBack
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    clock_at,
    dead,
    is_paused,
    is_ready,
    read_all,
    received,
    settings_of,
    tick,
)
from tests.support.databases import dump, put_back
from tests.support.installation import Installation, eventually
from tests.support.twenty_people import all_stopped

AUDIT = ("audit",)
JSON = [("content-type", b"application/json")]
ADA = derived("adult", "ada")
DAY = timedelta(days=1)
OVERDUE = "safeguarding.audit.decision-overdue.v1"


async def told(installation: Installation) -> list[str]:
    """The types of what audit has told, each fact once."""
    return sorted(fact.type for fact in (await read_all(installation, ["audit.open-concerns"])).facts.values())


async def at_rest(installation: Installation, step: int, now: datetime) -> None:
    """Wait until everything is read, and has fired that fell due by then."""
    await clock_at(installation, step, "audit")

    async def fired() -> bool:
        await installation.settled(AUDIT)
        return not await installation.sql("audit", "SELECT FROM cases WHERE due <= $1", now)

    await eventually(fired, "nothing is due")
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
    await at_rest(installation, 1, NOON)
    dumped = await dump(installation, tmp_path)

    await installation.post(received("b", ADA, NOON + DAY) if in_hand == "records" else tick(2, NOON + 3 * DAY))
    await eventually(lambda: is_paused(asleep), "it stands still with an entry in its hands", 30)
    await put_back(installation, dumped)
    other = installation.start("audit", **QUICK)
    await installation.post(tick(2, NOON + 3 * DAY))
    await at_rest(installation, 2, NOON + 3 * DAY)
    before = await told(installation)
    asleep.send_signal(signal.SIGCONT)
    await is_ready(asleep)
    await installation.post(received("c", ADA, NOON + 4 * DAY), tick(3, NOON + 10 * DAY))
    await at_rest(installation, 3, NOON + 10 * DAY)
    await is_ready(other)
    logs = [installation.log_of(process) for process in (asleep, other)]
    assert not [log for log in logs if "HistoryDiffers" in log]
    after = await told(installation)
    assert (before, after) == ([OVERDUE] * (2 if in_hand == "records" else 1), [*before, OVERDUE])

    await all_stopped(installation)
    cases = await installation.state_hash("audit")
    await put_back(installation, dumped)
    again = installation.start("audit", **QUICK)
    await at_rest(installation, 3, NOON + 10 * DAY)
    await is_ready(again)
    assert await told(installation) == after
    assert await installation.state_hash("audit") == cases


async def test_so_it_does_where_nobody_is_left_who_could_say_so(install_for: InstallFor, tmp_path: Path) -> None:
    """The process is dead by the time that the broker takes what it had sent."""
    installation = await install_for("audit", driven=True)
    author = installation.start("audit", SECTION42_FAILPOINT="relay-fetched:kill:2", **QUICK)
    await is_ready(author)
    await installation.post(received("a", ADA), tick(1, NOON))
    await at_rest(installation, 1, NOON)
    dumped = await dump(installation, tmp_path)
    await installation.post(received("b", ADA, NOON + DAY))
    await dead(author)
    sent = (await installation.sql("audit", "SELECT entry FROM outbox WHERE entry IS NOT NULL ORDER BY id"))[-1][0]
    await put_back(installation, dumped)
    other = installation.start("audit", **QUICK)
    await installation.post(tick(2, NOON + DAY))
    await at_rest(installation, 2, NOON + DAY)

    await installation.post_raw("audit.journal", sent, key=b"", partition=0, headers=JSON)
    await installation.post(received("c", ADA, NOON + 2 * DAY), tick(3, NOON + 3 * DAY))
    await at_rest(installation, 3, NOON + 3 * DAY)

    await is_ready(other)
    assert "HistoryDiffers" not in installation.log_of(other)
    assert (await told(installation)) == [OVERDUE, OVERDUE]


async def test_nobody_is_told_what_took_effect_in_a_life_that_is_over(install_for: InstallFor) -> None:
    """It is looked up where somebody else has written into the journal, or we have met another life since."""
    installation = await install_for("audit")
    connection = await connect(settings_of(installation, "audit"), "audit", "test")
    try:
        life = await life_of(connection)
        await see_that_it_lasts(connection, Outgoing(life=life, overtaken=True), life)
        await see_that_it_lasts(connection, Outgoing(life="before"), "before")
        for outgoing in (Outgoing(life="before", overtaken=True), Outgoing(life=life)):
            outgoing.trusted.set()
            with pytest.raises(WentBack):
                await see_that_it_lasts(connection, outgoing, "before")
            assert outgoing.overtaken
            assert not outgoing.trusted.is_set()
    finally:
        await connection.close()
