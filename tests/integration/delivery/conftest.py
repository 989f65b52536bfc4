"""Installations with the topics of a few services only: making topics is what a test would wait for most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic

from services.command.registry import load
from shared.contracts import CATALOGUE
from shared.contracts.topics import (
    HEARTBEATS,
    JOURNALS,
    READ_BY_NO_SERVICE,
    TOPICS,
    dead_letters_of,
    heartbeat_of,
    journal_of,
)
from tests.integration.delivery.harness import administering
from tests.support.installation import Installation, eventually, install
from tests.support.servers import Servers

InstallFor = Callable[..., Awaitable[Installation]]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))  # processes start and die here, on a machine that may be busy


@pytest.fixture
async def install_for(servers: Servers) -> AsyncIterator[InstallFor]:
    """`await install_for("intake", driven=True)`: a database, and the topics these services read and write."""
    made: list[Installation] = []

    async def installing(*services: str, driven: bool = False) -> Installation:
        installation = await install(servers, driven=driven, topics=False)
        made.append(installation)
        names = {event.topic for name in services for event in (*load(name).reads, *load(name).writes)}
        if driven:
            names.add(CATALOGUE["safeguarding.clock.ticked.v1"].topic)
        own = {of(service) for service in services for of in (journal_of, heartbeat_of)}
        dead_letters = {dead_letters_of(name) for name in names - READ_BY_NO_SERVICE}
        await make_topics(installation, names | own | dead_letters)
        return installation

    yield installing
    for installation in made:
        await installation.close()


async def make_anew(installation: Installation, topic: str) -> None:
    """Delete a topic, and create it under the same name once it is gone."""
    name = installation.prefix + topic
    async with administering(installation) as client:
        await client.delete_topics([name])

        async def gone() -> bool:
            return all(each["error_code"] for each in await client.describe_topics([name]))

        await eventually(gone, "the topic is gone")
    await make_topics(installation, {topic})


async def make_topics(installation: Installation, names: set[str]) -> None:
    """Create these topics, and wait until each partition has a leader."""
    wanted = {installation.prefix + t.name: t for t in (*TOPICS, *JOURNALS, *HEARTBEATS) if t.name in names}
    new = [NewTopic(name, t.partitions, 1, topic_configs=t.config) for name, t in wanted.items()]
    async with administering(installation) as client:
        await client.create_topics(new)

        async def led() -> bool:
            there = {t["topic"]: t for t in await client.describe_topics(list(wanted)) if not t["error_code"]}
            return there.keys() == wanted.keys() and all(
                len(t["partitions"]) == wanted[name].partitions and all(p["leader"] >= 0 for p in t["partitions"])
                for name, t in there.items()
            )

        await eventually(led, "every partition has a leader")
