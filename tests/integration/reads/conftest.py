"""A service's read API over a real database: cases written as they are kept, tokens made as they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.command.registry import load
from services.command.token import make
from shared.chassis.delivery.applying.projecting import Projecting
from shared.chassis.process.clock import DrivenClock
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings, service_database_url
from shared.chassis.reading.answering import Answering
from shared.chassis.reading.api import application
from shared.chassis.reading.reader import Reader
from shared.chassis.service import Service
from shared.chassis.views import Scope
from tests.support.asgi import Answered, ask
from tests.support.installation import Installation, install
from tests.support.servers import Servers

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
EVERYTHING = tuple(scope.value for scope in Scope)
_INSERT = "INSERT INTO cases (key, recorded, body) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::json[])"


@dataclass
class Api:
    """The read API of one service, in this process, with a clock that stands at NOW."""

    installation: Installation
    service: Service[Any]
    settings: Settings
    reader: Reader
    app: Any
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    async def token(self, *scopes: str, days: int = 1) -> str:
        """A token for this service alone."""
        return await make(self.installation.database_url, [self.service.name], "sac.1", scopes or EVERYTHING, days)

    async def keep(self, cases: Mapping[UUID, msgspec.Struct]) -> None:
        """Write cases down as older code did, and what stands beside them as the service does then."""
        bodies = [msgspec.json.encode(state).decode() for state in cases.values()]
        await self.installation.sql(self.service.name, _INSERT, list(cases), [NOW] * len(bodies), bodies)
        async with self.reader.connection() as connection:
            assert await Projecting(self.service, self.settings).bring_up(connection) == len(cases)

    async def get(self, path: str, **query: Any) -> Answered:
        """An answer to whoever may read everything."""
        if EVERYTHING not in self.tokens:
            self.tokens[EVERYTHING] = await self.token()
        return await ask(self.app, "/api" + path, self.tokens[EVERYTHING], **query)

    async def items(self, path: str, **query: Any) -> Sequence[Any]:
        """A whole list, page after page."""
        found: list[Any] = []
        answered = await self.get(path, **query)
        assert answered.status == 200, answered.body
        found += answered.json["items"]
        while (further := answered.json["next"]) is not None:
            answered = await self.get(path, cursor=further, **query)
            assert answered.status == 200, answered.body
            assert answered.json["items"]
            found += answered.json["items"]
        return found

    async def log(self) -> list[Any]:
        """The read log."""
        return await self.installation.sql(self.service.name, "SELECT * FROM reads ORDER BY id")


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Installation]:
    """An installation without topics: nothing here reads Kafka."""
    installed = await install(servers, topics=False)
    yield installed
    await installed.close()


Opens = Callable[..., Awaitable[Api]]


@pytest.fixture
async def opens(database: Installation) -> AsyncIterator[Opens]:
    """Opens the read API of a service, named or given as a value."""
    opened: list[Api] = []

    async def opens(service: str | Service[Any], **settings: Any) -> Api:
        value = load(service) if isinstance(service, str) else service
        url = service_database_url({"DATABASE_URL": database.database_url}, value.name)
        used = Settings(database.kafka, url, **settings)
        reader = Reader(value, used)
        clock = DrivenClock()
        clock.move(0, NOW)
        app = application(value, Answering(value.name, reader, clock), Metrics(value.name))
        opened.append(Api(database, value, used, reader, app))
        return opened[-1]

    yield opens
    for api in opened:
        await api.reader.close()
