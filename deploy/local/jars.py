"""Apache Kafka, fetched once by Maven into `.local/kafka-libs/<POM hash>` and used by every broker here.

`jars.sha256` beside a POM names every jar there may be and its digest: one more, one fewer or another one is refused.

Only the standard library is needed, so that `bootstrap.sh` can fetch them before there is a `.venv`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from deploy.local.process import ServerError, locked

ROOT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("pom.xml")
LOCAL = ROOT / ".local"
LIBS = LOCAL / "kafka-libs"


def kafka_libs() -> Path:
    """The directory that holds the jars the broker runs from; Maven runs only if they are not there yet."""
    return jars_of(POM, LIBS)


def jars_of(pom: Path, into: Path, scope: str = "runtime") -> Path:
    """The directory below `into` that holds the jars a POM pins, each as `jars.sha256` beside it lists it."""
    libs = into / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]  # another POM never touches a running broker
    with locked(into.with_name(f"{into.name}.lock")):
        if not libs.exists():
            draft = into / "part"
            shutil.rmtree(draft, ignore_errors=True)
            _copy_dependencies(pom, draft, scope)
            check(draft, pom)
            draft.rename(libs)
    return libs


def check(libs: Path, pom: Path = POM) -> None:
    """Refuse a class path that is not, jar by jar, the one that `jars.sha256` beside the POM lists."""
    digests = pom.with_name("jars.sha256")
    pinned = {name: digest for digest, name in map(str.split, digests.read_text(encoding="ascii").splitlines())}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in libs.iterdir()}
    odd = sorted(name for name in pinned.keys() | found.keys() if pinned.get(name) != found.get(name))
    if odd:
        raise ServerError(
            f"what Maven fetched is not what {digests.name} lists: {', '.join(odd)}; after a change of {pom.name},"
            f" write it anew with `sha256sum` and look at what has changed"
        )


def _copy_dependencies(pom: Path, target: Path, scope: str) -> None:
    maven = ["mvn", "-q", "-B", "-C", "-ntp", "-f", str(pom)]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}", f"-DincludeScope={scope}"]
    try:
        subprocess.run([*maven, *goal], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerError(f"Maven could not fetch what {pom} asks for: {error}") from error


if __name__ == "__main__":
    kafka_libs()
