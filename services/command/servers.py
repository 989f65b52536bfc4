"""Kafka and Postgres, as a command reaches them: opened, used, closed, and a plain line where that fails."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from services.command.problems import CommandError
from services.command.revisions import see_that_we_know
from shared.chassis.delivery.kafka.unpacking import BoundedConsumer
from shared.chassis.postgres.pooler import see_that_sessions_are_kept
from shared.chassis.process.settings import DATABASE_URL, TOPIC_PREFIX, KafkaSettings, kafka_from

NAME = "section42-command"
_STOP_S = 5
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it has to say, the commands say in their own words
MAX_RECORD_BYTES = 8 * 1024 * 1024


def kafka_settings() -> KafkaSettings:
    """Where the environment says Kafka is."""
    return kafka_from(os.environ)


def database_url() -> str:
    """Where the environment says the database is, for an administrator."""
    return DATABASE_URL.read(os.environ)


def topic_prefix() -> str:
    """What the names of this installation's topics begin with."""
    return TOPIC_PREFIX.read(os.environ)


@asynccontextmanager
async def database(url: str, schema: str | None = None, limits: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
    """A connection as the administrator, in one service's schema, that keeps to these limits."""
    async with bare_database(url) as connection:
        for name, value in (limits or {}).items():
            await connection.execute("SELECT set_config($1, $2, false)", name, value)
        if schema:  # once it is there: a pooler refuses it at the start
            await connection.execute("SELECT set_config('search_path', $1, false)", schema)
        await see_that_we_know(connection)
        yield connection


@asynccontextmanager
async def bare_database(url: str) -> AsyncIterator[Any]:
    """A connection as the administrator for which no table has been read yet: whoever locks one keeps nobody out."""
    connect = partial(asyncpg.connect, url, server_settings={"application_name": NAME}, timeout=10)
    try:
        connection = await connect()
    except (OSError, TimeoutError) as error:
        raise CommandError("the database does not answer: check DATABASE_URL and that Postgres is up") from error
    except ValueError:
        raise DATABASE_URL.wrong(url) from None
    try:
        await see_that_sessions_are_kept(connection, connect)
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def admin(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client."""
    client = AIOKafkaAdminClient(bootstrap_servers=list(kafka.bootstrap_servers), client_id=NAME, **kafka.security)
    async with _opened(client, kafka):
        yield client


@asynccontextmanager
async def consumer(kafka: KafkaSettings, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader that belongs to no group, so that it moves nobody's position."""
    client = BoundedConsumer(
        bootstrap_servers=list(kafka.bootstrap_servers), client_id=NAME, enable_auto_commit=False,
        auto_offset_reset="earliest", isolation_level="read_committed", **options, **kafka.security,
    )  # fmt: skip
    async with _opened(client, kafka):
        yield client


@asynccontextmanager
async def producer(kafka: KafkaSettings, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A writer that neither loses nor doubles nor reorders what it was given."""
    client = AIOKafkaProducer(
        bootstrap_servers=list(kafka.bootstrap_servers), client_id=NAME, acks="all", enable_idempotence=True,
        max_request_size=MAX_RECORD_BYTES, **options, **kafka.security,
    )  # fmt: skip
    async with _opened(client, kafka):
        yield client


@asynccontextmanager
async def _opened(client: Any, kafka: KafkaSettings) -> AsyncIterator[None]:
    stop = client.close if isinstance(client, AIOKafkaAdminClient) else client.stop
    try:
        await client.start()
    except (KafkaConnectionError, OSError) as error:
        await stop()
        where = ", ".join(kafka.bootstrap_servers)
        raise CommandError(
            f"Kafka does not answer at {where}: check KAFKA_BOOTSTRAP_SERVERS and that the broker is up"
        ) from error
    try:
        yield
    finally:
        await asyncio.wait_for(stop(), _STOP_S)
