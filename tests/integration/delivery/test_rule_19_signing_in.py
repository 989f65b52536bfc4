"""Rule 19: a service that its database does not let in is not ready, says what to check, and is well again by itself.

A role belongs to the whole server, so each test has a Postgres of its own.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from deploy.local.stack import Servers, Stack
from tests.integration.delivery.harness import QUICK, is_ready
from tests.integration.delivery.test_rule_19_ready import BACK_S, of_its_own, read_one, says
from tests.support.installation import Installation
from tests.support.servers import OwnServers

ROLE = "section42_intake"
A_WHILE_S = 4.0
"""In which the timers, the housekeeping, the watch and the probes have each met it."""

WORDS = "the database does not let us in ({}): check the role section42_intake and DATABASE_PASSWORD_INTAKE"


class Own(NamedTuple):
    """An installation, and the Postgres that is its own."""

    installation: Installation
    stack: Stack

    async def ask(self, *statements: str) -> None:
        """As the administrator, from another database, each in a transaction of its own."""
        for statement in statements:
            await asyncio.to_thread(self.stack.postgres.ask, statement.format(database=self.installation.database))

    async def cut_off(self) -> None:
        """Whoever is in the database, for whatever is asked of newcomers is not asked of them."""
        await self.ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'")

    def lives(self, process: subprocess.Popen[bytes]) -> bool:
        """No part of it has ended, and so it has not."""
        return process.poll() is None and "part_died" not in self.installation.log_of(process)


@pytest.fixture
async def own(servers: Servers, own_servers: OwnServers) -> AsyncIterator[Own]:
    stack = await asyncio.to_thread(own_servers, kafka=False)
    async with of_its_own(Servers(servers.bootstrap_servers, stack.postgres.url)) as installation:
        yield Own(installation, stack)


REFUSALS = {
    "the role may not log in": (
        [f"ALTER ROLE {ROLE} NOLOGIN"],
        [f"ALTER ROLE {ROLE} LOGIN"],
        WORDS.format("InvalidAuthorizationSpecificationError") + " (not set)",
    ),
    "the role may not enter": (
        ["REVOKE CONNECT ON DATABASE {database} FROM PUBLIC, " + ROLE],
        ["GRANT CONNECT ON DATABASE {database} TO " + ROLE],
        WORDS.format("InsufficientPrivilegeError"),
    ),
    "the database has another name for a while": (
        [
            "ALTER DATABASE {database} ALLOW_CONNECTIONS false",
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'",
            "ALTER DATABASE {database} RENAME TO elsewhere",
        ],
        [
            "ALTER DATABASE elsewhere RENAME TO {database}",
            "ALTER DATABASE {database} ALLOW_CONNECTIONS true",
        ],
        "the database does not answer (InvalidCatalogNameError)",
    ),
}


@pytest.mark.parametrize("how", REFUSALS)
async def test_a_sign_in_that_is_refused_is_told_of_and_tried_on(own: Own, how: str) -> None:
    refuse, allow, words = REFUSALS[how]
    process = own.installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)

    await own.ask(*refuse)
    await own.cut_off()
    await says(process, words)
    await asyncio.sleep(A_WHILE_S)
    assert own.lives(process)

    later = own.installation.start("intake", **QUICK)
    await says(later, words)
    await asyncio.sleep(A_WHILE_S)
    assert own.lives(later)

    await own.ask(*allow)
    for each in (process, later):
        await is_ready(each, BACK_S)
        assert own.lives(each)
    await read_one(own.installation, "a")


async def test_another_password_than_ours_is_told_of_by_the_name_of_its_variable(own: Own) -> None:
    rules = own.stack.postgres.data / "pg_hba.conf"
    rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    await own.ask("SELECT pg_reload_conf()", f"ALTER ROLE {ROLE} PASSWORD 'the first'")
    words = WORDS.format("InvalidPasswordError")
    process = own.installation.start("intake", DATABASE_PASSWORD_INTAKE="the second", **QUICK)
    await says(process, words)
    await asyncio.sleep(A_WHILE_S)
    assert own.lives(process)
    assert words in own.installation.log_of(process), "also to whoever reads only the log"

    await own.ask(f"ALTER ROLE {ROLE} PASSWORD 'the second'")
    await is_ready(process, BACK_S)
    await read_one(own.installation, "a")

    await own.ask(f"ALTER ROLE {ROLE} PASSWORD 'the third'")
    await own.cut_off()
    await says(process, words)
    await asyncio.sleep(A_WHILE_S)
    assert own.lives(process)

    await own.ask(f"ALTER ROLE {ROLE} PASSWORD 'the second'")
    await is_ready(process, BACK_S)
    assert "the second" not in own.installation.log_of(process)


async def test_an_address_of_its_own_is_what_to_check(own: Own) -> None:
    url = own.installation.database_url.replace("postgres@", "nobody:secret@", 1)
    process = own.installation.start("intake", DATABASE_URL_INTAKE=url, **QUICK)
    await says(process, "(InvalidAuthorizationSpecificationError): check DATABASE_URL_INTAKE")
    assert own.lives(process)
    assert "secret" not in own.installation.log_of(process)
