"""Rule 19: an instance goes by the name it was given, so that nobody has to share out anew while it starts again."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import concern_of, is_ready, ready, report, start_module
from tests.support.installation import Installation, eventually

TAKEN = "another process has gone by the name"
AGAIN_S = 2.0
LOADED = 6
"""How much longer a machine that is busy with other tests may take: what is measured quietly stands in the README."""


def named(name: str) -> dict[str, str]:
    return {"SECTION42_INSTANCE": name, "SECTION42_SESSION_TIMEOUT_MS": "30000"}


async def applied(installation: Installation) -> int:
    rows: list[Any] = await installation.sql("intake", "SELECT count(*) FROM inbox")
    return int(rows[0][0])


async def all_applied(installation: Installation, count: int, deadline_s: float) -> None:
    async def so() -> bool:
        return await applied(installation) >= count

    await eventually(so, f"{count} reports have taken effect", deadline_s)
    assert await applied(installation) == count


async def test_who_is_killed_and_starts_under_the_same_name_works_at_once_and_nobody_else_notices(
    install_for: InstallFor,
) -> None:
    """Kafka would wait thirty seconds for the dead one; it is back long before, with the partitions it had."""
    installation = await install_for("intake")
    killed, other = (installation.start("intake", **named(name)) for name in ("here-1", "here-2"))
    await asyncio.gather(is_ready(killed), is_ready(other))
    await installation.post(*(report(f"a{n}") for n in range(30)))
    await all_applied(installation, 30, 30)
    shared_out = installation.log_of(other).count("partitions_given")

    for round_ in range(2):
        killed.send_signal(signal.SIGKILL)
        await asyncio.to_thread(killed.wait)
        installation.running.remove(killed)
        began = time.monotonic()
        killed = installation.start("intake", **named("here-1"))
        await installation.post(*(report(f"b{round_}-{n}") for n in range(30)))
        await all_applied(installation, 60 + 30 * round_, AGAIN_S * LOADED)
        assert time.monotonic() - began < AGAIN_S * LOADED
    assert installation.log_of(other).count("partitions_given") == shared_out, "it kept what it had, and read on"


async def test_a_namesake_is_refused_clearly_and_follows_once_the_name_is_free(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    first = installation.start("intake", **named("here-1"))
    await is_ready(first)
    second = installation.start("intake", **named("here-1"))

    async def says_so() -> bool:
        is_so, said = await asyncio.to_thread(ready, second)
        return not is_so and TAKEN in said and "SECTION42_INSTANCE" in said

    await eventually(says_so, "the second says whose name it was given", deadline_s=30)
    await installation.post(*(report(f"a{n}") for n in range(12)))
    await all_applied(installation, 12, 20)
    assert (await asyncio.to_thread(ready, first))[0], "the first goes on"

    assert await asyncio.to_thread(installation.stop, first) == 0
    await is_ready(second)
    await installation.post(*(report(f"b{n}") for n in range(12)))
    await all_applied(installation, 24, 20)


async def test_who_sleeps_too_long_loses_its_name_and_does_nothing_more_under_it(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    sleeper = installation.start("intake", **named("here-1"))
    await is_ready(sleeper)
    sleeper.send_signal(signal.SIGSTOP)
    try:
        successor = installation.start("intake", **named("here-1"))
        await is_ready(successor, deadline_s=60)
    finally:
        sleeper.send_signal(signal.SIGCONT)

    async def knows() -> bool:
        return TAKEN in (await asyncio.to_thread(ready, sleeper))[1]

    await eventually(knows, "the sleeper knows that it is not itself any more", deadline_s=30)
    await installation.post(*(report(f"a{n}") for n in range(12)))
    await all_applied(installation, 12, 20)
    assert (await asyncio.to_thread(ready, successor))[0]


async def test_a_rolling_upgrade_loses_nothing_and_holds_nobody_up(install_for: InstallFor) -> None:
    """Two instances are replaced by a later version, one after the other, while reports come in."""
    installation = await install_for("intake")
    running = {name: installation.start("intake", **named(name)) for name in ("here-1", "here-2")}
    await asyncio.gather(*(is_ready(process) for process in running.values()))
    posted = 0
    done = asyncio.Event()

    async def sending() -> None:
        nonlocal posted
        while not done.is_set():
            await installation.post(*(report(f"r{posted + n}") for n in range(10)))
            posted += 10

    load = asyncio.create_task(sending())
    try:
        for name, process in running.items():
            assert await asyncio.to_thread(installation.stop, process) == 0
            own = {"DATABASE_URL_INTAKE": installation.database_url, **named(name)}
            later = start_module(installation, "tests.support.changed_intake", "intake", **own)
            await is_ready(later, deadline_s=60)
    finally:
        done.set()
        await load
    await all_applied(installation, posted, 30)
    concerns: list[Any] = await installation.sql(
        "intake", "SELECT key FROM cases WHERE body->>'type' = 'concern' ORDER BY key"
    )
    assert [row[0] for row in concerns] == sorted(concern_of(f"r{n}") for n in range(posted))
