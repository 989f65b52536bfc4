"""PgBouncer in front of Postgres: in session mode all is as it was, in any other mode one line says what is wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.command.problems import CommandError
from services.command.restore import _nobody_there
from shared.chassis.postgres.database import connect, pool
from shared.chassis.postgres.pooler import SHARED, see_that_sessions_are_kept
from shared.chassis.process.errors import Misconfigured
from shared.chassis.process.settings import KafkaSettings, Settings, role_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import is_ready, ready, report
from tests.support.installation import Installation, eventually, install
from tests.support.pgbouncer import PgBouncer
from tests.support.servers import Servers

AN_INSTANCE = 10
"""How many sessions an instance takes at most, as deploy/README.md says."""

PURPOSES = ("effects", "relay", "watch", "clocks", "probe", "practice", "reads", "beside")

LOADED_S = 12.0
"""Within which a successor works on a busy machine; the lease alone would let it wait for ten seconds more."""

Pooler = Callable[..., Awaitable[PgBouncer]]


@pytest.fixture
async def pooler(tmp_path: Path) -> AsyncIterator[Pooler]:
    """`await pooler(database_url, pool_mode="session")`: a PgBouncer that runs."""
    made: list[PgBouncer] = []

    async def start(database_url: str, **settings: object) -> PgBouncer:
        made.append(PgBouncer(tmp_path / f"pgbouncer-{len(made)}", database_url, **settings))
        await made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.end()


@pytest.fixture
async def installation_without_topics(servers: Servers) -> AsyncIterator[Installation]:
    """A database with its tables."""
    installation = await install(servers, topics=False)
    yield installation
    await installation.close()


def through(pgbouncer: PgBouncer, name: str = "") -> dict[str, str]:
    named = {"SECTION42_INSTANCE": name} if name else {}
    return {"DATABASE_URL_INTAKE": pgbouncer.url(role_of("intake")), "SECTION42_SESSION_TIMEOUT_MS": "30000", **named}


async def all_published(installation: Installation, count: int, deadline_s: float = 60) -> None:
    """Each report has its receipt, once, and nothing is left to be told."""

    async def so() -> bool:
        rows = await installation.sql("intake", "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM outbox)")
        return tuple(rows[0]) == (count, 0)

    await eventually(so, f"{count} reports are applied and told of", deadline_s)
    receipts = await installation.facts("receipts")
    assert len({receipt["headers"]["ce_id"] for receipt in receipts}) == count


async def killed(installation: Installation, process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    installation.running.remove(process)


async def section42(installation: Installation, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "services.command.app", *arguments],
        env=installation.environment(**extra), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


async def test_a_service_works_and_is_restarted_and_killed_in_session_mode(
    install_for: InstallFor, pooler: Pooler
) -> None:
    """With a pool of the size that an instance needs; who comes after a kill works before any lease runs out."""
    installation = await install_for("intake")
    pgbouncer = await pooler(installation.database_url, pool_mode="session", default_pool_size=AN_INSTANCE)
    process = installation.start("intake", **through(pgbouncer, "here-1"))
    await is_ready(process)
    await installation.post(*(report(f"a{n}") for n in range(12)))
    await all_published(installation, 12)
    rows = await installation.sql("intake", _SESSIONS, role_of("intake"))
    assert len(rows) <= AN_INSTANCE
    assert {row[0] for row in rows} - {""} <= {f"section42-intake-{purpose}" for purpose in PURPOSES}

    assert await asyncio.to_thread(installation.stop, process) == 0
    process = installation.start("intake", **through(pgbouncer, "here-1"))
    await installation.post(*(report(f"b{n}") for n in range(12)))
    await all_published(installation, 24)
    await is_ready(process)

    for round_ in range(2):
        await killed(installation, process)
        process = installation.start("intake", **through(pgbouncer, "here-1"))
        await installation.post(*(report(f"c{round_}-{n}") for n in range(12)))
        await all_published(installation, 36 + 12 * round_, LOADED_S)
    assert "another process has gone by the name" not in installation.log_of(process)
    await is_ready(process)


async def test_who_stands_by_publishes_once_the_holder_is_killed_in_session_mode(
    install_for: InstallFor, pooler: Pooler
) -> None:
    installation = await install_for("intake")
    pgbouncer = await pooler(installation.database_url, pool_mode="session", default_pool_size=2 * AN_INSTANCE)
    first = installation.start("intake", **through(pgbouncer, "here-1"))
    await is_ready(first)
    await installation.post(*(report(f"a{n}") for n in range(6)))
    await all_published(installation, 6)
    second = installation.start("intake", **through(pgbouncer, "here-2"))
    await is_ready(second)
    await killed(installation, first)

    async def another_holds() -> bool:
        return bool((await installation.sql("intake", _HOLDERS, role_of("intake")))[0][0])

    await eventually(another_holds, "the second is the one who publishes", LOADED_S)
    installation.start("intake", **through(pgbouncer, "here-1"))
    await installation.post(*(report(f"b{n}") for n in range(12)))
    await all_published(installation, 18)


_SESSIONS = """
SELECT split_part(application_name, ' ', 1) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()
"""
_HOLDERS = """
SELECT count(*) FROM pg_stat_activity JOIN relay_hold ON holder = application_name
WHERE usename = $1 AND datname = current_database()
"""


@pytest.mark.parametrize("way", ["behind PgBouncer", "to Postgres itself"])
async def test_every_session_keeps_to_our_settings_also_after_a_user_has_changed_them(
    installation_without_topics: Installation, pooler: Pooler, way: str
) -> None:
    installation = installation_without_topics
    url = installation.database_url
    if way.startswith("behind"):
        url = (await pooler(url, pool_mode="session")).url()
    settings = Settings(KafkaSettings(()), url, idle_in_transaction_ms=1234, lock_timeout_ms=2345)
    wanted = {
        "application_name": "section42-intake-here", "search_path": "intake", "TimeZone": "UTC",
        "idle_in_transaction_session_timeout": "1234ms", "lock_timeout": "2345ms",
    }  # fmt: skip

    connection = await connect(settings, "intake", "here", effects=True)
    for_effects = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
    assert await settings_of(connection, *wanted, *for_effects) == wanted | for_effects
    await connection.close()

    reads = await pool(settings, "intake", "here", 1, statement_timeout=3456)
    try:
        sessions = set()
        for _ in range(3):
            async with reads.acquire() as lent:
                sessions.add(await lent.fetchval("SELECT pg_backend_pid()"))
                assert await settings_of(lent, *wanted, "statement_timeout") == wanted | {"statement_timeout": "3456ms"}
                await lent.execute("SET search_path = pg_catalog; SET lock_timeout = 0; SET statement_timeout = 0")
        assert len(sessions) == 1, "it was one connection, given back and lent again"
    finally:
        await reads.close()


async def settings_of(connection: Any, *names: str) -> dict[str, str]:
    rows = await connection.fetch("SELECT name, current_setting(name) FROM unnest($1::text[]) AS name", list(names))
    return dict(rows)


COMMANDS = (
    ("run", "intake"),
    ("status",),
    ("migrate",),
    ("held", "intake"),
    ("timers", "intake"),
    ("positions", "intake"),
    ("breaker", "intake"),
    ("reads", "--about", "00000000-0000-0000-0000-000000000000"),
    ("token", "list"),
    ("journal",),
)


@pytest.mark.parametrize(("mode", "commands"), [("transaction", COMMANDS), ("statement", COMMANDS[:2])])
async def test_another_mode_is_refused_in_one_line_by_every_command(
    installation_without_topics: Installation, pooler: Pooler, mode: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    installation = installation_without_topics
    pgbouncer = await pooler(installation.database_url, pool_mode=mode)
    for command in commands:
        done = await section42(
            installation, *command, **through(pgbouncer), DATABASE_URL=pgbouncer.url(), SECTION42_HTTP_PORT="0"
        )
        assert (done.returncode, done.stdout, done.stderr) == (78, "", f"section42: {SHARED}\n"), command


@pytest.mark.parametrize("by_turns", [0, 1])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_shared_sessions_show_however_the_pooler_picks_one_and_whoever_else_is_there(
    installation_without_topics: Installation, pooler: Pooler, mode: str, by_turns: int
) -> None:
    """Twenty clients beside us make it open several sessions, so that ours are not the same by want of others."""
    url = installation_without_topics.database_url
    pgbouncer = await pooler(url, pool_mode=mode, server_round_robin=by_turns, default_pool_size=8)
    async with busy(pgbouncer):
        for _ in range(30):
            await refused(pgbouncer)


@asynccontextmanager
async def busy(pgbouncer: PgBouncer) -> AsyncIterator[None]:
    done = asyncio.Event()

    async def one() -> None:
        connection = await asyncpg.connect(pgbouncer.url(), statement_cache_size=0)
        while not done.is_set():
            await connection.execute("SELECT pg_sleep(0.001)")
        connection.terminate()

    clients = [asyncio.create_task(one()) for _ in range(20)]
    try:
        yield
    finally:
        done.set()
        await asyncio.gather(*clients)


async def refused(pgbouncer: PgBouncer) -> None:
    connection = await asyncpg.connect(pgbouncer.url())
    try:
        with pytest.raises(Misconfigured, match="pool_mode = session"):
            await see_that_sessions_are_kept(connection, lambda: asyncpg.connect(pgbouncer.url()))
    finally:
        connection.terminate()


async def test_in_session_mode_nobody_is_refused_and_a_full_pool_is_none_that_shares(
    installation_without_topics: Installation, pooler: Pooler
) -> None:
    url = installation_without_topics.database_url
    pgbouncer = await pooler(url, pool_mode="session", default_pool_size=3)
    for held in range(3):
        kept = [await asyncpg.connect(pgbouncer.url()) for _ in range(held)]
        connection = await asyncpg.connect(pgbouncer.url())
        session = await see_that_sessions_are_kept(connection, lambda: asyncpg.connect(pgbouncer.url()))
        assert session == await connection.fetchval("SELECT pg_backend_pid()")
        for one in (connection, *kept):
            await one.fetchval("SELECT 1")
            await one.close()


async def test_sessions_that_are_not_cleared_are_refused(
    installation_without_topics: Installation, pooler: Pooler
) -> None:
    """What one client prepared another would find under the name it wants to give."""
    url = installation_without_topics.database_url
    pgbouncer = await pooler(url, pool_mode="session", server_reset_query="")
    before = await asyncpg.connect(pgbouncer.url())
    await before.fetchval("SELECT 1")
    await before.fetchval("SELECT 2")
    await before.close()
    await refused(pgbouncer)


async def test_a_pooler_that_begins_to_share_is_told_of_and_nothing_takes_effect_twice(
    install_for: InstallFor, pooler: Pooler
) -> None:
    """A service that runs says so; what was posted meanwhile is told once the sessions are kept again."""
    installation = await install_for("intake")
    pgbouncer = await pooler(installation.database_url, pool_mode="session")
    process = installation.start("intake", **through(pgbouncer))
    await is_ready(process)
    await installation.post(*(report(f"a{n}") for n in range(6)))
    await all_published(installation, 6)
    await pgbouncer.tell("SET pool_mode = 'transaction'")

    async def says_so() -> bool:
        is_so, said = await asyncio.to_thread(ready, process)
        return not is_so and "pool_mode = session" in said

    await eventually(says_so, "it says what is wrong", 60)
    await installation.post(*(report(f"b{n}") for n in range(6)))
    await pgbouncer.tell("SET pool_mode = 'session'")
    await all_published(installation, 12)
    await is_ready(process)


async def test_a_service_that_starts_without_a_database_finds_a_pooler_that_shares(
    install_for: InstallFor, tmp_path: Path
) -> None:
    """Nothing was there to be refused when it started; it waits, says why, and goes on once that is mended."""
    installation = await install_for("intake")
    pgbouncer = PgBouncer(tmp_path / "late", installation.database_url, pool_mode="transaction")
    try:
        process = installation.start("intake", **through(pgbouncer))

        async def says(what: str) -> bool:
            is_so, said = await asyncio.to_thread(ready, process)
            return not is_so and what in said

        await eventually(lambda: says("the database"), "it misses its database", 60)
        await pgbouncer.start()
        await eventually(lambda: says("pool_mode = session"), "it says what is wrong", 60)
        await pgbouncer.tell("SET pool_mode = 'session'")
        await is_ready(process)
    finally:
        pgbouncer.end()


async def test_status_answers_the_same_through_a_pooler_and_a_backup_can_be_made(
    installation: Installation, pooler: Pooler, tmp_path: Path
) -> None:
    pgbouncer = await pooler(installation.database_url, pool_mode="session")
    itself = await section42(installation, "status", "--json")
    behind = await section42(installation, "status", "--json", DATABASE_URL=pgbouncer.url())
    answers = [json.loads(done.stdout) | {"at": None} for done in (itself, behind)]
    assert answers[0] == answers[1]
    assert (behind.returncode, behind.stderr) == (itself.returncode, itself.stderr) == (1, "")  # none of them runs

    saved = await section42(installation, "backup", str(tmp_path / "saved.dump"), DATABASE_URL=pgbouncer.url())
    assert saved.returncode == 0, saved.stderr


async def test_a_session_that_a_pooler_keeps_for_nobody_stands_in_no_restores_way(
    installation_without_topics: Installation, pooler: Pooler
) -> None:
    installation = installation_without_topics
    pgbouncer = await pooler(installation.database_url, pool_mode="session")
    service = await asyncpg.connect(pgbouncer.url(role_of("intake")))
    await service.execute("SELECT 1")
    administrator = await asyncpg.connect(installation.database_url)
    try:
        with pytest.raises(CommandError, match="stop the services first"):
            await _nobody_there(administrator, ["intake"])
        await service.close()

        async def nobody() -> bool:
            try:
                await _nobody_there(administrator, ["intake"])
            except CommandError:
                return False
            return True

        await eventually(nobody, "the session is cleared", 10)
        kept = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()"
        assert await administrator.fetchval(kept, role_of("intake")) == 1, "and kept"
    finally:
        await administrator.close()
