"""Kafka and Postgres together, where the environment does not name others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres


@dataclass(frozen=True)
class Servers:
    """Where the two servers are, in the words of KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL."""

    bootstrap_servers: str
    database_url: str


class Stack:
    """The servers of one directory. Nothing watches them: their records and /proc say what runs.

    KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL each stand in for one of them, and such a server is never
    started, stopped or erased here; `own=True` looks at neither. What is started finds `environment` beside ours.
    """

    def __init__(self, directory: Path, *, own: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.kafka = Kafka(self.directory, environment)
        self.postgres = Postgres(self.directory, environment)
        self._given_kafka = None if own else os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        self._given_postgres = None if own else os.environ.get("DATABASE_URL")

    def up(self) -> Servers:
        """Both servers, ready; what runs already is left as it is."""
        with ThreadPoolExecutor(2) as both:
            kafka = both.submit(lambda: self._given_kafka or self.kafka.start())
            postgres = both.submit(lambda: self._given_postgres or self.postgres.start())
            return Servers(kafka.result(), postgres.result())

    def down(self, *, erase: bool = False) -> None:
        """Stop what was started here, and forget its data if asked; what does not run is no error."""
        with ThreadPoolExecutor(2) as both:
            kafka = both.submit(self.kafka.erase if erase else self.kafka.stop)
            postgres = both.submit(self.postgres.erase if erase else self.postgres.stop)
            kafka.result()
            postgres.result()
        if erase:
            shutil.rmtree(self.directory, ignore_errors=True)

    def status(self) -> dict[str, str]:
        """A line about each server; of other people's only that, for their address may hold a password."""
        return {
            "kafka": _line(self._given_kafka, self.kafka.pid, lambda: self.kafka.bootstrap),
            "postgres": _line(self._given_postgres, self.postgres.pid, lambda: self.postgres.url),
        }


def _line(given: str | None, pid: int | None, address: Callable[[], str]) -> str:
    if given:
        return "the environment names another"
    return "not running" if pid is None else f"pid {pid}, {address()}"
