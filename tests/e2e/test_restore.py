"""The whole system and its database restored, whole and service by service: nothing that was told is told otherwise."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import SERVICES
from tests.support.databases import dump, put_back, put_back_alone
from tests.support.everywhere import command
from tests.support.installation import Installation
from tests.support.told_once import copies, faults, in_short
from tests.support.twenty_people import Seen, Story, all_stopped, differences, seen, started

DRIVEN_AT = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
YEAR, DRIVEN_YEAR = "2026-27", "2023-24"


async def nothing_changed(installation: Installation, year: str, before: Seen, *, grown: bool = False) -> Seen:
    """At rest, everybody outside sees what they saw; what they see."""
    await installation.settled()
    after = await seen(installation, year)
    found = await differences(installation, before, after, grown=grown)
    assert not found, in_short(found)
    return after


async def told(installation: Installation, at: datetime, into: Path) -> tuple[Story, Path]:
    """The opening told by all four, and dumped; everything else told after that."""
    story = Story(installation, at)
    installation.start_all()
    await story.opening()
    dumped = await dump(installation, into)
    await story.going_on()
    return story, dumped


@pytest.mark.timeout(300)
async def test_the_whole_database_restored_after_timers_have_fired(
    driven_installation: Installation, tmp_path: Path
) -> None:
    """Under a driven clock: decisions told late, flags that fell due, reviews that opened and were withdrawn."""
    installation = driven_installation
    _, dumped = await told(installation, DRIVEN_AT, tmp_path)
    before = await seen(installation, DRIVEN_YEAR)
    assert faults(before.log) == []
    assert {"audit.drift", "audit.open-concerns", "audit.repeat-concerns"} <= {one.topic for one in before.log}

    await all_stopped(installation)
    await put_back(installation, dumped)
    await started(installation, SERVICES, {})

    after = await nothing_changed(installation, DRIVEN_YEAR, before)
    assert copies(after.log) > len(before.log) // 2, "they were told again"


@pytest.mark.timeout(300)
async def test_a_backup_restored_by_the_program_as_the_runbook_says(installation: Installation, tmp_path: Path) -> None:
    file = str(tmp_path / "section42.dump")
    story = Story(installation, datetime.now(UTC))  # noqa: TID251  the services under test go by the wall's clock
    installation.start_all()
    await story.opening()
    await asyncio.to_thread(command, installation, "backup", file)
    await story.going_on()
    before = await seen(installation, YEAR)

    await all_stopped(installation)
    await asyncio.to_thread(command, installation, "restore", file, "--yes")
    await started(installation, SERVICES, {})

    await nothing_changed(installation, YEAR, before)
    await asyncio.to_thread(command, installation, "journal")
    for service in SERVICES:
        await asyncio.to_thread(command, installation, "rebuild", service)


@pytest.mark.timeout(400)
async def test_one_service_alone_restored_each_of_the_four_while_the_others_run(
    installation: Installation, tmp_path: Path
) -> None:
    story = Story(installation, datetime.now(UTC))  # noqa: TID251  as above
    processes = installation.start_all()
    await story.opening()
    dumped = {service: await dump(installation, tmp_path, service) for service in SERVICES}
    await story.going_on()
    before = await seen(installation, YEAR)

    for service in SERVICES:
        await all_stopped(installation, lambda process, one=processes[service]: process is one)  # type: ignore[misc]
        await put_back_alone(installation, dumped[service], service)
        processes[service], _ = await started(installation, [service], {})
        await nothing_changed(installation, YEAR, before)
    await story.more("afterwards")
    await nothing_changed(installation, YEAR, before, grown=True)


@pytest.mark.timeout(300)
async def test_the_database_replaced_under_running_services(installation: Installation, tmp_path: Path) -> None:
    _, dumped = await told(installation, datetime.now(UTC), tmp_path)  # noqa: TID251  as above
    before = await seen(installation, YEAR)
    running: Sequence[int] = [process.pid for process in installation.running]

    await put_back(installation, dumped)

    await nothing_changed(installation, YEAR, before)
    assert [process.pid for process in installation.running if process.poll() is None] == running
