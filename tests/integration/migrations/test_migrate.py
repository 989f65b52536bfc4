"""The database after `section42 migrate`: as the models say, and closed between services."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count, permutations
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from deploy import migrations
from services import SERVICES
from services.command import roles
from services.command.migrate import HISTORY, OWNER, migrate
from shared.chassis.postgres import watched_tables
from shared.chassis.postgres.tables import ChassisTable
from shared.chassis.process.settings import role_of, service_database_url
from tests.support.servers import OwnServers, Servers

_NUMBERS = count()
REVISIONS = sorted(path.stem.removeprefix("chassis_") for path in HISTORY.glob("chassis_*.py"))
assert watched_tables.Read.metadata is ChassisTable.metadata, "both modules declare their tables in one place"


async def create(servers: Servers) -> str:
    name = f"m{os.getpid()}_{next(_NUMBERS)}"
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))


async def drop(servers: Servers, url: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    url = await create(servers)
    yield url
    await drop(servers, url)


@pytest.fixture(scope="module")
def migrated(servers: Servers) -> Iterator[str]:
    """One migrated database for all the tests that leave it as it is."""

    async def make() -> str:
        url = await create(servers)
        await migrate(url)
        return url

    url = asyncio.run(make())
    yield url
    asyncio.run(drop(servers, url))


async def as_service(url: str, service: str) -> asyncpg.Connection:
    return await asyncpg.connect(service_database_url({"DATABASE_URL": url}, service))


async def catalogue(url: str) -> list[asyncpg.Record]:
    """Everything migrations could change, as the catalogue has it, with the transaction that wrote it."""
    connection = await asyncpg.connect(url)
    rows: list[asyncpg.Record] = await connection.fetch(
        "SELECT 'c' || oid, xmin::text FROM pg_class UNION ALL SELECT 'n' || oid, xmin::text FROM pg_namespace"
        " UNION ALL SELECT 'd' || oid, xmin::text FROM pg_database WHERE datname = current_database() ORDER BY 1"
    )
    await connection.close()
    return rows


def test_the_history_is_one_row_of_revisions() -> None:
    script = ScriptDirectory(str(HISTORY), version_locations=[str(HISTORY)])
    before = [script.get_revision(name).down_revision for name in REVISIONS]

    assert Path(migrations.__file__).parent == HISTORY
    assert script.get_heads() == REVISIONS[-1:]
    assert before == [None, *REVISIONS[:-1]]


async def test_every_schema_goes_through_it_by_itself(migrated: str) -> None:
    connection = await asyncpg.connect(migrated)
    at = {name: await connection.fetchval(f"SELECT version_num FROM {name}.alembic_version") for name in SERVICES}
    await connection.close()

    assert at == dict.fromkeys(SERVICES, REVISIONS[-1])


@pytest.mark.parametrize("service", SERVICES)
async def test_the_tables_are_those_of_the_models(migrated: str, service: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), ChassisTable.metadata))

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(migrated, server_settings={"search_path": service})

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


async def test_the_rows_that_are_always_there_are_there(migrated: str) -> None:
    connection = await as_service(migrated, "audit")

    assert await connection.fetch("SELECT * FROM breaker") == [(1, 0, None)]
    assert await connection.fetch("SELECT * FROM clock_step") == [(1, -1)]
    await connection.close()


async def test_small_packed_bytes_are_not_compressed_again(migrated: str) -> None:
    connection = await asyncpg.connect(migrated)
    rows = await connection.fetch(
        "SELECT DISTINCT attname::text, attstorage FROM pg_attribute"
        " WHERE (attrelid, attname) IN (('intake.outbox'::regclass, 'packed'), ('audit.held'::regclass, 'record'))"
    )
    await connection.close()

    assert {tuple(row) for row in rows} == {("packed", b"e"), ("record", b"e")}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_read_and_write_its_own_tables(migrated: str, service: str) -> None:
    connection = await as_service(migrated, service)

    await connection.execute("INSERT INTO outbox (since, facts, packed) VALUES (now(), 1, 'x')")
    await connection.execute("UPDATE outbox SET facts = 2")
    await connection.execute("DELETE FROM outbox")

    assert await connection.fetchval("SELECT current_schema()") == service
    await connection.close()


@pytest.mark.parametrize(("service", "other"), [*permutations(SERVICES, 2)])
async def test_a_service_cannot_see_into_another(migrated: str, service: str, other: str) -> None:
    connection = await as_service(migrated, service)

    for table in ChassisTable.metadata.tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT FROM {other}.{table}")
    for role in (OWNER, role_of(other)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SET ROLE {role}")
    await connection.close()


@pytest.mark.parametrize(
    "forbidden",
    [
        "CREATE TABLE mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "DROP TABLE inbox",
        "TRUNCATE inbox",
        "ALTER TABLE inbox ADD a int",
        "DELETE FROM alembic_version",
        "CREATE ROLE mine",
    ],
)
async def test_a_service_owns_nothing_and_makes_nothing(migrated: str, forbidden: str) -> None:
    connection = await as_service(migrated, "triage")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(forbidden)
    await connection.close()


async def test_a_role_that_is_not_ours_is_not_let_in(migrated: str) -> None:
    connection = await asyncpg.connect(migrated)
    stranger = f"stranger_{urlsplit(migrated).path[1:]}"
    await connection.execute(f"CREATE ROLE {stranger} LOGIN")
    try:
        netloc = f"{stranger}@{urlsplit(migrated).netloc.rpartition('@')[2]}"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(urlunsplit(urlsplit(migrated)._replace(netloc=netloc)))
    finally:
        await connection.execute(f"DROP ROLE {stranger}")
        await connection.close()


async def test_a_second_run_changes_nothing_and_says_so(empty: str) -> None:
    first = await migrate(empty)
    before = await catalogue(empty)

    second = await migrate(empty)

    assert first.lines[-len(SERVICES) :] == [f"schema {service}: nothing -> {REVISIONS[-1]}" for service in SERVICES]
    assert second.lines == ["everything is as it should be: nothing to do"]
    assert await catalogue(empty) == before


async def test_runs_at_one_moment_are_safe_on_one_database_and_on_several(servers: Servers) -> None:
    urls = [await create(servers) for _ in range(3)]
    try:
        await asyncio.gather(*(migrate(url) for url in urls * 3))
        for url in urls:
            connection = await as_service(url, "enquiry")
            assert await connection.fetchval("SELECT count(*) FROM breaker") == 1
            await connection.close()
    finally:
        for url in urls:
            await drop(servers, url)


async def test_roles_are_made_by_whoever_is_first(servers: Servers, empty: str) -> None:
    """Roles are the cluster's: two databases may make the same one at the same moment."""
    services = [f"first_{urlsplit(empty).path[1:]}_{n}" for n in range(3)]
    connections = [await asyncpg.connect(url) for url in (servers.database_url, empty) for _ in range(4)]
    try:
        made = await asyncio.gather(*(roles.ensure(c, OWNER, services) for c in connections))
        passwords = dict.fromkeys(services, "secret")
        await asyncio.gather(*(roles.set_passwords(c, passwords) for c in connections))

        made_by_one = sorted(role for roles_made in made for role in roles_made if role != OWNER)
        assert made_by_one == sorted(map(role_of, services))
    finally:
        for service in services:
            await connections[0].execute(f"DROP ROLE IF EXISTS {role_of(service)}")
        for connection in connections:
            await connection.close()


async def test_a_password_is_kept_as_a_verifier_postgres_understands(servers: Servers, empty: str) -> None:
    service = f"p_{urlsplit(empty).path[1:]}"
    connection = await asyncpg.connect(servers.database_url)
    try:
        await roles.ensure(connection, OWNER, [service])

        assert await roles.set_passwords(connection, {service: "open, sesame", "other": ""}) == [role_of(service)]

        query = "SELECT rolpassword FROM pg_authid WHERE rolname = $1"
        assert (await connection.fetchval(query, role_of(service))).startswith("SCRAM-SHA-256$4096:")
    finally:
        await connection.execute(f"DROP ROLE {role_of(service)}")
        await connection.close()


async def test_it_runs_while_a_service_is_busy_with_its_tables(migrated: str) -> None:
    connection = await as_service(migrated, "intake")
    async with connection.transaction():
        await connection.execute("UPDATE breaker SET unreadable_in_a_row = 0")
        await asyncio.wait_for(migrate(migrated), 5)
    await connection.close()


async def test_an_administrator_who_is_no_superuser_can_run_it(own_servers: OwnServers) -> None:
    stack = own_servers(kafka=False)
    connection = await asyncpg.connect(stack.postgres.url)
    await connection.execute("CREATE ROLE operator LOGIN CREATEROLE")
    await connection.execute("CREATE DATABASE council OWNER operator")
    await connection.close()
    url = stack.postgres.url.replace("postgres@/postgres", "operator@/council")

    done = await migrate(url)
    again = await migrate(url)

    assert len(done.roles) == 1 + len(SERVICES)
    assert again.lines == ["everything is as it should be: nothing to do"]
    connection = await as_service(url, "audit")
    assert await connection.fetchval("SELECT step FROM clock_step") == -1
    await connection.close()
