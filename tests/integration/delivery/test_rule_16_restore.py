"""Rule 16: a restore tells nothing twice. Intake alone, where the order of the door decides who is who."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from services.command.journal_given_up import give_up
from tests.integration.delivery.conftest import InstallFor, make_anew
from tests.integration.delivery.harness import NOON, QUICK, administering, dead, is_ready, ready, report, start_module
from tests.support.databases import dump, put_back, standby_of
from tests.support.installation import Installation, eventually, install
from tests.support.servers import OwnServers, Servers
from tests.support.told_once import copies, faults, in_short
from tests.support.twenty_people import (
    PARTITIONS,
    Seen,
    Story,
    all_stopped,
    differences,
    seen,
    started,
)

STANDS = "nothing takes effect: "
"""What a service says that cannot take again what it took."""
INTAKE = ("intake",)


async def a_story(install_for: InstallFor, *, driven: bool = False, **more: str) -> Story:
    """Installed, one instance running, the opening told."""
    installation = await install_for("intake", "triage", driven=driven)
    at = NOON if driven else datetime.now(UTC)  # noqa: TID251  the services under test go by the wall's clock
    story = Story(installation, at, INTAKE)
    installation.start("intake", **QUICK, **more)
    await story.opening()
    return story


async def at_rest(installation: Installation) -> Seen:
    await installation.settled(INTAKE)
    return await seen(installation)


async def nothing_changed(installation: Installation, before: Seen, *, grown: bool = False) -> None:
    found = await differences(installation, before, await at_rest(installation), grown=grown)
    assert not found, in_short(found)


@pytest.mark.parametrize("clock", ["wall", "driven"])
async def test_a_restore_tells_each_fact_again_under_the_id_it_had(
    install_for: InstallFor, clock: str, tmp_path: Path
) -> None:
    story = await a_story(install_for, driven=clock == "driven")
    installation = story.installation
    dumped = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)
    assert faults(before.log) == []

    await all_stopped(installation)
    await put_back(installation, dumped)
    await started(installation, INTAKE, QUICK)

    await nothing_changed(installation, before)
    assert copies((await at_rest(installation)).log) >= 40, "they were told again: the outbox was empty in the dump"
    await story.more("new")
    await nothing_changed(installation, before, grown=True)


async def test_a_restore_under_running_services_is_noticed_and_tells_nothing_twice(
    install_for: InstallFor, tmp_path: Path
) -> None:
    story = await a_story(install_for)
    installation = story.installation
    dumped = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)
    await started(installation, INTAKE, QUICK, 1)

    await put_back(installation, dumped)

    await nothing_changed(installation, before)
    await story.more("during")
    await put_back(installation, dumped)
    await story.more("after")
    await nothing_changed(installation, before, grown=True)


async def test_a_database_that_lets_nobody_in_while_it_is_put_back_ends_nobody(install_for: InstallFor) -> None:
    story = await a_story(install_for)
    installation = story.installation
    (process,) = installation.running
    administrator = await asyncpg.connect(installation.servers.database_url)
    try:
        await administrator.execute(f"ALTER DATABASE {installation.database} ALLOW_CONNECTIONS false")
        everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await administrator.execute(everybody, installation.database)

        def has_tried() -> bool:
            return process.poll() is not None or "ObjectNotInPrerequisiteState" in ready(process)[1]

        await eventually(has_tried, "it has tried to come in, and says so", deadline_s=30)
        assert process.poll() is None, installation.log_of(process)[-300:]
        await administrator.execute(f"ALTER DATABASE {installation.database} ALLOW_CONNECTIONS true")
    finally:
        await administrator.close()

    await story.more("after")


async def test_a_restore_of_a_restore_tells_nothing_twice(install_for: InstallFor, tmp_path: Path) -> None:
    story = await a_story(install_for)
    installation = story.installation
    first = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)

    await restored(installation, first)
    await nothing_changed(installation, before)
    second = await dump(installation, tmp_path)
    await story.more("between")
    between = await at_rest(installation)
    for dumped in (second, first, second):
        await restored(installation, dumped)
        await nothing_changed(installation, between)


async def restored(installation: Installation, dumped: Path) -> None:
    """Everybody stopped, the dump put back, two instances started."""
    await all_stopped(installation)
    await put_back(installation, dumped)
    await started(installation, INTAKE, QUICK)


@pytest.mark.parametrize("place", ["recovery-applied:kill:2", "recovery-applied:kill:7", "relay-sent:kill:1"])
async def test_a_crash_in_the_middle_of_telling_again_tells_nothing_twice(
    install_for: InstallFor, place: str, tmp_path: Path
) -> None:
    few: dict[str, Any] = {"SECTION42_BATCH_MAX_RECORDS": "5"}  # so that there is a middle
    story = await a_story(install_for, **few)
    installation = story.installation
    dumped = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)

    await all_stopped(installation)
    await put_back(installation, dumped)
    assert await dead(installation.start("intake", SECTION42_FAILPOINT=place, **few, **QUICK)) == -signal.SIGKILL
    await started(installation, INTAKE, QUICK)

    await nothing_changed(installation, before)


async def test_what_the_log_has_no_longer_stops_it_before_anything_is_told(
    install_for: InstallFor, tmp_path: Path
) -> None:
    story = await a_story(install_for)
    installation = story.installation
    dumped = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)

    await all_stopped(installation)
    await put_back(installation, dumped)
    async with administering(installation) as client:
        door = [TopicPartition(installation.prefix + "concern-reports", n) for n in range(PARTITIONS)]
        await client.delete_records({partition: RecordsToDelete(before_offset=-1) for partition in door[:3]})
    processes = await started(installation, INTAKE, QUICK)
    await it_stops(installation, before, processes)

    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    given_up, unseen, _ = await give_up(*where, why="the log is gone", who="ops-1")

    async def go_on() -> bool:
        said = [(await asyncio.to_thread(ready, process))[1] for process in processes]
        return not any(STANDS in body for body in said)

    await eventually(go_on, "they go on without what was given up")
    rows = await installation.sql("intake", "SELECT topic, records, exact, who FROM given_up")
    assert [tuple(row) for row in rows] == [("intake.journal", given_up, True, "ops-1")]
    assert given_up > 0 == unseen


async def test_code_that_decides_otherwise_stops_before_anything_is_told(
    install_for: InstallFor, tmp_path: Path
) -> None:
    story = await a_story(install_for)
    installation = story.installation
    dumped = await dump(installation, tmp_path)
    await story.going_on()
    before = await at_rest(installation)

    await all_stopped(installation)
    await put_back(installation, dumped)
    own = {"DATABASE_URL_INTAKE": installation.database_url, **QUICK}
    changed = [start_module(installation, "tests.support.changed_intake", "intake", **own) for _ in range(2)]
    await it_stops(installation, before, changed)

    await all_stopped(installation)
    await started(installation, INTAKE, QUICK)
    await nothing_changed(installation, before)


async def test_without_a_journal_nothing_takes_effect_and_it_says_what_to_run(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    async with administering(installation) as client:
        await client.delete_topics([installation.prefix + "intake.journal"])
    await installation.post(report("1"))
    process = installation.start("intake", **QUICK)

    async def says_so() -> bool:
        return "intake.journal: run `section42 topics`" in (await asyncio.to_thread(ready, process))[1]

    await eventually(says_so, "it names the topic and the command", deadline_s=30)
    assert installation.stop(process) == 0, "and ends when it is told to"
    assert not await installation.sql("intake", "SELECT 1 FROM inbox")


async def test_a_journal_that_is_made_anew_under_a_service_stops_it_as_it_would_a_start(
    install_for: InstallFor,
) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process)
    for number in range(5):  # an entry each
        await installation.post(report(f"{number}"))
        await installation.settled(INTAKE)
    await make_anew(installation, "intake.journal")
    await installation.post(report("after"))

    async def says_so() -> bool:
        well, body = await asyncio.to_thread(ready, process)
        return not well and "entries have expired or the topic was made anew" in body

    await eventually(says_so, "it stands as it would at a start", deadline_s=60)


async def it_stops(installation: Installation, before: Seen, processes: list[Any]) -> None:
    """One instance at least says why it stands, none is ready, and nothing is told."""

    async def says_so() -> bool:
        said = [await asyncio.to_thread(ready, process) for process in processes]
        return not any(is_ready for is_ready, _ in said) and any(STANDS in body for _, body in said)

    await eventually(says_so, "an instance says that it cannot tell again what was told", deadline_s=30)
    assert len((await seen(installation)).log) == len(before.log), "nothing was told, not even again"


async def test_a_standby_that_lost_the_last_of_it_takes_over_and_tells_nothing_twice(
    servers: Servers, own_servers: OwnServers
) -> None:
    """Everything after the opening is lost on it, and nothing comes in afterwards that would show it."""
    stack = own_servers(kafka=False)
    with standby_of(stack) as standby:
        installation = await install(Servers(servers.bootstrap_servers, stack.postgres.url))
        try:
            story = Story(installation, datetime.now(UTC), INTAKE)  # noqa: TID251  as above
            await started(installation, INTAKE, QUICK)
            await story.opening()
            standby.catch_up()
            standby.cut_off()
            await story.going_on()
            before = await at_rest(installation)

            await asyncio.to_thread(standby.take_over)

            await eventually(partial(all_know, installation, story), "what was lost is known again")
            await nothing_changed(installation, before)
            await story.more("after")
            await nothing_changed(installation, before, grown=True)
        finally:
            await installation.close()


async def all_know(installation: Installation, story: Story) -> bool:
    """Whether the last report of the story is known."""
    return bool(await installation.sql("intake", "SELECT FROM cases WHERE key = $1", story.concern("A6")))
