"""`section42 backup`, `restore`, `journal`, `rebuild`: what is saved comes back, what people ended stays ended."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from services import SERVICES
from services.command.backup import backup
from services.command.journal import Standing, standings
from services.command.pg_programs import signed_in
from services.command.problems import CommandError
from services.command.reads import reads
from services.command.rebuild import brought_up, rebuild
from services.command.restore import restore
from services.command.revived import HOLE
from services.command.token import make, revoke, tokens_of
from tests.integration.delivery.harness import administering
from tests.support.everywhere import command
from tests.support.installation import Installation
from tests.support.twenty_people import Story, all_stopped

NEVER = UUID(int=0)
_READ = """
INSERT INTO reads (at, holder, token_id, view, about, filters, rows) VALUES (now(), $1, $2, '/x', '{}', '{}', 1)
"""
pytestmark = pytest.mark.timeout(240)


def where(installation: Installation) -> tuple[Any, str, str]:
    return installation.kafka, installation.database_url, installation.prefix


async def before(installation: Installation) -> Story:
    """Intake has run and has stopped, with something to its name."""
    story = Story(installation, datetime.now(UTC), ("intake",))  # noqa: TID251  services under test use the wall's clock
    installation.start("intake")
    await story.opening()
    await all_stopped(installation)
    return story


async def later(story: Story) -> None:
    """Intake has run once more, and knows more than before."""
    story.installation.start("intake")
    await story.more("later")
    await all_stopped(story.installation)


async def concerns(installation: Installation) -> int:
    query = "SELECT count(*) FROM cases WHERE body->>'type' = 'concern'"
    return int((await installation.sql("intake", query))[0][0])


async def intake_stands(installation: Installation) -> Standing:
    return (await standings(*where(installation), ("intake",)))[0]


@pytest.fixture
async def story(installation: Installation) -> Story:
    return await before(installation)


async def test_what_was_saved_comes_back_and_a_start_mends_what_it_lacks(story: Story, tmp_path: Path) -> None:
    installation, file = story.installation, tmp_path / "one.dump"
    saved = json.loads(await asyncio.to_thread(command, installation, "backup", str(file), "--json"))
    assert {each["service"]: each["cases"] > 0 for each in saved["services"]}["intake"]
    assert saved["retention"] == "the doors and journals are kept for 30 days"
    kept = datetime.fromisoformat(saved["good_until"]) - datetime.fromisoformat(saved["at"])
    assert kept.days == 30
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in await asyncio.to_thread(command, installation, "backup", str(file), expected=2)
    hashed, count = await installation.state_hash("intake"), await concerns(installation)
    await later(story)
    assert (await intake_stands(installation)).missing == 0

    told = await asyncio.to_thread(command, installation, "restore", str(file), "--yes")

    assert "is restored: start the services" in told
    assert "they are told again, under the ids they had, when it starts" in told
    assert (await installation.state_hash("intake"), await concerns(installation)) == (hashed, count)
    standing = await intake_stands(installation)
    assert standing.missing > 0
    assert standing.whole
    installation.start("intake")
    await installation.settled(["intake"])
    assert await concerns(installation) == count + 6
    assert (await intake_stands(installation)).missing == 0


async def test_it_is_refused_while_a_service_is_connected(story: Story, tmp_path: Path) -> None:
    installation, file = story.installation, tmp_path / "one.dump"
    await backup(*where(installation), file)
    installation.start("intake")
    await story.more("connected")
    count = await concerns(installation)

    with pytest.raises(CommandError, match="stop the services first: section42-intake-"):
        await restore(*where(installation), file)

    assert await concerns(installation) == count


async def test_revoked_tokens_stay_revoked_and_reads_stay_on_record(story: Story, tmp_path: Path) -> None:
    installation, file, url = story.installation, tmp_path / "one.dump", story.installation.database_url
    for holder in ("leaver", "stayer"):
        await make(url, SERVICES, holder, ["cases"], 30)
    await installation.sql("intake", _READ, "leaver", NEVER)
    await backup(*where(installation), file)
    await revoke(url, "leaver")
    await make(url, SERVICES, "newcomer", ["cases"], 30)
    await installation.sql("intake", _READ, "stayer", NEVER)

    done = await restore(*where(installation), file)

    assert {token.holder: token.revoked_at is not None for token in await tokens_of(url)} == {
        "leaver": True,
        "stayer": False,
    }
    assert [read.holder for read in await reads(url, ("intake",))] == ["stayer", "leaver"]
    assert [(one.tokens_revoked, one.hole) for one in done.settled] == [(1, False)] * len(SERVICES)
    await installation.sql("intake", _READ, "next", NEVER)  # under an id of its own


async def test_without_the_database_that_was_the_journal_says_what_was_revoked_and_the_log_what_it_lacks(
    story: Story, tmp_path: Path
) -> None:
    installation, file, url = story.installation, tmp_path / "one.dump", story.installation.database_url
    await make(url, SERVICES, "leaver", ["cases"], 30)
    await installation.sql("intake", _READ, "leaver", NEVER)
    (token,) = await tokens_of(url)
    await backup(*where(installation), file)
    entry = {"epoch": 7, "number": 1, "at": "2026-05-02T10:00:00Z", "kind": "command"}
    what = {"what": {"token_revoked": {"id": str(token.id)}}}
    for service in SERVICES:
        await installation.post_raw(f"{service}.journal", json.dumps(entry | what).encode())
    for service in SERVICES:  # and now nobody knows
        await installation.sql(service, f"DROP SCHEMA {service} CASCADE")

    done = await restore(*where(installation), file)

    (token,) = await tokens_of(url)
    assert token.revoked_at == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert [(one.tokens_revoked, one.hole) for one in done.settled] == [(1, True)] * len(SERVICES)
    last, hole = (await reads(url, ("intake",)))[::-1]
    assert (hole.view, hole.holder) == (HOLE, "section42-restore")
    assert datetime.fromisoformat(hole.filters["after"]) == last.at == done.settled[0].hole_after
    told = await asyncio.to_thread(command, installation, "reads", "--about", str(NEVER))
    assert told.count("are not on record: the database was restored") == len(SERVICES), "whoever is asked about"


async def test_a_restore_of_one_service_leaves_the_others_alone(story: Story, tmp_path: Path) -> None:
    installation, file = story.installation, tmp_path / "one.dump"
    await backup(*where(installation), file)
    await installation.sql("triage", _READ, "later", NEVER)
    hashed = await installation.state_hash("intake")
    await later(story)

    await asyncio.to_thread(command, installation, "restore", str(file), "--service", "intake", "--yes")

    assert await installation.state_hash("intake") == hashed
    assert [read.holder for read in await reads(installation.database_url, ("triage",))] == ["later"]


async def test_a_restore_that_fails_leaves_what_was_there(story: Story, tmp_path: Path) -> None:
    installation, file, cut = story.installation, tmp_path / "one.dump", tmp_path / "cut.dump"
    await backup(*where(installation), file)
    whole = file.read_bytes()
    cut.write_bytes(whole[: len(whole) - 2000])
    (tmp_path / "none").write_text("no backup")
    await later(story)
    hashed = await installation.state_hash("intake")

    for name, says in (("cut.dump", "pg_restore failed"), ("none", "is no backup")):
        with pytest.raises(CommandError, match=says):
            await restore(*where(installation), tmp_path / name)
        assert await installation.state_hash("intake") == hashed
    rows = await installation.sql("intake", "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%_replaced'")
    assert rows == []


async def test_a_restore_that_was_cut_off_is_begun_again_from_what_was_there(story: Story, tmp_path: Path) -> None:
    installation, file, url = story.installation, tmp_path / "one.dump", story.installation.database_url
    await make(url, SERVICES, "leaver", ["cases"], 30)
    await backup(*where(installation), file)
    await revoke(url, "leaver")
    for service in SERVICES:  # as a power cut would leave it, in the middle of reading the file
        await installation.sql(service, f"ALTER SCHEMA {service} RENAME TO {service}_replaced")
        await installation.sql(service, f"CREATE SCHEMA {service} AUTHORIZATION section42_owner")

    done = await restore(*where(installation), file)

    assert [one.tokens_revoked for one in done.settled] == [1] * len(SERVICES)
    assert [token.revoked_at is not None for token in await tokens_of(url)] == [True]


@pytest.mark.parametrize(("topic", "says"), [("concern-reports", "what they took has EXPIRED"),
                                             ("intake.journal", "the part between has EXPIRED")])  # fmt: skip
async def test_a_backup_that_is_too_old_is_refused_and_nothing_is_changed(
    story: Story, tmp_path: Path, topic: str, says: str
) -> None:
    installation, file = story.installation, tmp_path / "one.dump"
    await backup(*where(installation), file)
    await later(story)
    hashed = await installation.state_hash("intake")
    async with administering(installation) as client:
        name = installation.prefix + topic
        partitions = [TopicPartition(name, n) for n in range(1 if topic.endswith("journal") else 6)]
        await client.delete_records({partition: RecordsToDelete(before_offset=-1) for partition in partitions})

    with pytest.raises(CommandError, match=says):
        await restore(*where(installation), file)

    assert await installation.state_hash("intake") == hashed


async def test_a_state_made_anew_is_the_state_there_is_until_somebody_touches_it(story: Story, tmp_path: Path) -> None:
    installation, file = story.installation, tmp_path / "one.dump"
    await backup(*where(installation), file)
    await later(story)

    for since in ((), ("--from", str(file))):
        told = await asyncio.to_thread(command, installation, "rebuild", "intake", *since)
        assert told.endswith("the state is the same\n")
    from_backup = json.loads(
        await asyncio.to_thread(command, installation, "rebuild", "intake", "--from", str(file), "--json")
    )
    assert from_backup["entries"] > 0
    assert from_backup["rows"]["cases"] > 0

    await installation.sql("intake", "UPDATE tallies SET records = records + 1")
    told = await asyncio.to_thread(command, installation, "rebuild", "intake", expected=1)
    assert told.endswith("tallies DIFFERS from what the service has\n")
    query = "SELECT datname::text FROM pg_database WHERE datname LIKE 'section42_rebuild_%'"
    left = [name for (name,) in await installation.sql("intake", query)]
    # A test beside this one may be rebuilding just now; the processes that did it here have ended.
    assert [name for name in left if not _runs(name.rpartition("_")[2])] == []


def _runs(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_service_that_goes_on_is_compared_where_both_have_come_to(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = story.installation
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, str(value))
    installation.start("intake")
    turns: list[str] = []

    async def disturbed(service: str, settings: Any, on_entries: Any) -> None:
        """Brought up, while the service takes more the first time."""
        if not turns:
            await story.more("meanwhile")
        turns.append(service)
        await brought_up(service, settings, on_entries)

    done = await rebuild(installation.database_url, "intake", disturbed)

    assert done.differing == []
    assert len(turns) >= 2


def test_a_password_is_no_argument() -> None:
    where, environment = signed_in("postgresql://admin:s%40crt@db:5433/section42?sslmode=require")

    assert where == "postgresql://admin@db:5433/section42?sslmode=require"
    assert environment["PGPASSWORD"] == "s@crt"
    assert signed_in("postgresql://postgres@/t1?host=/tmp/s42-1")[0] == "postgresql://postgres@/t1?host=%2Ftmp%2Fs42-1"
    assert signed_in("postgresql:///t1?password=x")[0] == "postgresql:///t1?"
