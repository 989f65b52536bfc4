"""Apache Kafka, fetched once by Maven into `.local/kafka-libs/<POM hash>` and used by every broker here.

`jars.sha256` names every jar there may be and its digest: one more, one fewer or another one is refused.

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
DIGESTS = Path(__file__).with_name("jars.sha256")
LOCAL = ROOT / ".local"
LIBS = LOCAL / "kafka-libs"


def kafka_libs() -> Path:
    """The directory that holds the jars `pom.xml` pins; Maven runs only if they are not there yet."""
    libs = LIBS / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]  # another POM never touches a running broker
    with locked(LOCAL / "kafka-libs.lock"):
        if not libs.exists():
            draft = LIBS / "part"
            shutil.rmtree(draft, ignore_errors=True)
            _copy_dependencies(draft)
            check(draft)
            draft.rename(libs)
    return libs


def check(libs: Path) -> None:
    """Refuse a class path that is not, jar by jar, the one `jars.sha256` lists."""
    pinned = {name: digest for digest, name in map(str.split, DIGESTS.read_text(encoding="ascii").splitlines())}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in libs.iterdir()}
    odd = sorted(name for name in pinned.keys() | found.keys() if pinned.get(name) != found.get(name))
    if odd:
        raise ServerError(
            f"what Maven fetched is not what {DIGESTS.name} lists: {', '.join(odd)}; after a change of {POM.name},"
            f" write it anew with `sha256sum` and look at what has changed"
        )


def _copy_dependencies(target: Path) -> None:
    maven = ["mvn", "-q", "-B", "-C", "-ntp", "-f", str(POM)]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    try:
        subprocess.run([*maven, *goal], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerError(f"Maven could not fetch Apache Kafka: {error}") from error


if __name__ == "__main__":
    kafka_libs()
