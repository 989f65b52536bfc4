"""Marks tests by their folder and hands out servers; helpers live in tests/support."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.installation import Installation, install
from tests.support.servers import OwnServers, Run, Servers, shared_servers

TESTS = Path(__file__).parent
RUN: pytest.StashKey[Run | None] = pytest.StashKey()
FAILED: pytest.StashKey[bool] = pytest.StashKey()


# An example that takes long says something of the machine and nothing of the rule; a test that hangs has its timeout.
settings.register_profile("whatever the load", deadline=None)
settings.load_profile("whatever the load")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = Run.begin()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[FAILED] = exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (run := config.stash.get(RUN, None)) is not None:
        run.end(keep_logs=config.stash.get(FAILED, True))


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that a test calls may silence the log of its process, which here goes on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The one Kafka and the one Postgres of this test run."""
    return shared_servers()


@pytest.fixture
def own_servers() -> Iterator[OwnServers]:
    """Servers of the test's own, which it may kill: `own_servers(kafka=True, postgres=False)`."""
    started = OwnServers()
    yield started
    started.end()


@pytest.fixture
async def installation(servers: Servers) -> AsyncIterator[Installation]:
    """A whole installation of this test's own: database, topics, and services once they are started."""
    installed = await install(servers)
    yield installed
    await installed.close()


@pytest.fixture
async def driven_installation(servers: Servers) -> AsyncIterator[Installation]:
    """The same, with a clock that moves only when the test announces it."""
    installed = await install(servers, driven=True)
    yield installed
    await installed.close()
