"""A real PgBouncer in front of the run's Postgres, in the mode a test asks for."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from deploy.local.postgres import OS_USER
from services import SERVICES
from shared.chassis.process.settings import role_of
from tests.support.installation import eventually, free_port
from tests.support.tools import pgbouncer

USERS = ("postgres", *(role_of(service) for service in SERVICES))
_CONFIG = """\
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
admin_users = postgres
{settings}
"""


class PgBouncer:
    """One, in a directory of its own; `settings` are those of its own file, by their names there."""

    def __init__(self, directory: Path, database_url: str, **settings: object) -> None:
        directory.mkdir(parents=True)
        self._directory = directory
        self._database = urlsplit(database_url).path.strip("/")
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        users = directory / "users.txt"
        users.write_text("".join(f'"{user}" ""\n' for user in USERS), encoding="utf-8")
        written = "\n".join(f"{name} = {value}" for name, value in settings.items())
        host = dict(parse_qsl(urlsplit(database_url).query))["host"]
        config = _CONFIG.format(host=host, port=self._port, users=users, settings=written)
        (directory / "pgbouncer.ini").write_text(config, encoding="utf-8")

    def url(self, user: str = "postgres", database: str | None = None) -> str:
        """The way in."""
        return f"postgresql://{user}@127.0.0.1:{self._port}/{database or self._database}"

    async def tell(self, command: str) -> None:
        """Give an order at its console."""
        console = await asyncpg.connect(self.url(database="pgbouncer"), timeout=5)
        try:
            await console.execute(command)
        finally:
            console.terminate()

    async def start(self) -> None:
        """Run it until it lets somebody in."""
        self._process = await asyncio.to_thread(self._started)

        async def lets_in() -> bool:
            try:
                connection = await asyncpg.connect(self.url(), timeout=5)
            except (OSError, asyncpg.PostgresError):
                return False
            await connection.close()
            return True

        await eventually(lets_in, f"PgBouncer lets somebody in: see {self._directory}/pgbouncer.log", 30)

    def _started(self) -> subprocess.Popen[bytes]:
        program, environment = pgbouncer()
        as_somebody = ["--user", OS_USER] if os.geteuid() == 0 else []  # it refuses to run as root
        with (self._directory / "pgbouncer.log").open("wb") as log:
            return subprocess.Popen(
                [program, *as_somebody, self._directory / "pgbouncer.ini"],
                stdout=log, stderr=subprocess.STDOUT, env=os.environ | environment,
            )  # fmt: skip

    def end(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
