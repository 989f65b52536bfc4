"""The links of services with their servers: every process has one of a few, and each can be made worse by itself."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.support.proxy import BrokerProxy, Proxy

SERVERS = ("kafka", "postgres")
_MANY = 8
_POSTGRES_PORT = 5432


@dataclass(frozen=True)
class Link:
    """How some processes reach the broker and the database."""

    kafka: BrokerProxy
    postgres: Proxy
    database_url: str

    def to(self, server: str) -> Proxy:
        """The part that goes to this server."""
        return self.kafka if server == "kafka" else self.postgres

    @property
    def environment(self) -> dict[str, str]:
        """Where a process finds its servers that goes this way."""
        parts = urlsplit(self.database_url)
        user = parts.netloc.rpartition("@")[0]
        url = urlunsplit(parts._replace(netloc=f"{user}@{self.postgres.address}", query=""))
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.address, "DATABASE_URL": url}


@asynccontextmanager
async def links(bootstrap: str, database_url: str) -> AsyncIterator[list[Link]]:
    """As many links as it takes for nearly every process to have its own."""
    async with contextlib.AsyncExitStack() as open_:
        yield [
            Link(
                await open_.enter_async_context(BrokerProxy(bootstrap).listening()),
                await open_.enter_async_context(Proxy(_address_of(database_url)).listening()),
                database_url,
            )
            for _ in range(_MANY)
        ]


def _address_of(database_url: str) -> str:
    """`host:port`, or the path of the socket."""
    parts = urlsplit(database_url)
    if directory := parse_qs(parts.query).get("host"):
        return f"{directory[0]}/.s.PGSQL.{_POSTGRES_PORT}"
    return f"{parts.hostname}:{parts.port or _POSTGRES_PORT}"
