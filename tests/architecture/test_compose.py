"""docker-compose.yml and the image, held against the code they run; no engine is needed, and none was used."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from deploy.local import kafka, postgres
from services import PORTS, SERVICES
from services.command.app import app
from shared.chassis.process.settings import from_environment, role_of, service_database_url
from tests.architecture.tree import ROOT
from tests.support.tools import compose_schema

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "topics", *SERVICES)
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
LISTENERS = re.compile(r"listener|process\.roles|node\.id|num\.|background|cleaner|controlled|\.num\.partitions$")
EVERY_SERVICE = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.timeout(120)
def test_it_fits_the_compose_specification() -> None:
    schema = json.loads(compose_schema().read_text(encoding="utf-8"))
    known_then = {key: value for key, value in COMPOSE.items() if key != "name"}  # `name` is younger than 2021

    assert [f"{list(e.absolute_path)}: {e.message}" for e in Draft7Validator(schema).iter_errors(known_then)] == []
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", COMPOSE["name"])


def test_it_has_the_parts_it_should() -> None:
    assert set(PARTS) == {"kafka", "postgres", "prometheus", "grafana", *OURS}
    for part in PARTS.values():
        assert set(part) <= {
            "image", "build", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "restart", "depends_on",
            "stop_grace_period", "command", "environment", "ports", "healthcheck", "volumes",
        }  # fmt: skip


@EVERY_SERVICE
def test_a_service_runs_with_what_its_settings_ask_for(name: str) -> None:
    part = PARTS[name]
    environment = {key: substituted(str(value)) for key, value in part["environment"].items()}

    settings = from_environment(environment)

    assert settings.http_host == "0.0.0.0"  # noqa: S104  inside its container
    assert settings.http_port == PORTS[name]
    assert settings.topic_prefix == "safeguarding."
    assert settings.driven_clock is False
    password = PARTS["migrate"]["environment"][f"DATABASE_PASSWORD_{name.upper()}"]
    assert part["environment"][f"DATABASE_PASSWORD_{name.upper()}"] == password, "migrate sets another password"
    assert service_database_url(environment, name) == (
        f"postgresql://{role_of(name)}:{substituted(password)}@postgres/section42"
    )
    assert part["ports"] == [f"127.0.0.1:{PORTS[name]}:{PORTS[name]}"]
    assert not [key for key in environment if "PASSWORD" in key and not key.endswith(name.upper())]


def substituted(text: str) -> str:
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_it_is_given_is_one_the_code_reads(name: str) -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")
    )

    for variable in PARTS[name]["environment"]:
        stem = re.sub(rf"_(?:{'|'.join(SERVICES).upper()})$", "_", variable)
        assert stem in code, variable


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    known = {command.name for command in app.registered_commands}
    command, *arguments = PARTS[name]["command"]

    assert command in known
    assert arguments == ([name] if name in SERVICES else [])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_as_little_as_possible(name: str) -> None:
    part = PARTS[name]

    assert part["image"] == "section42"
    assert part["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part["tmpfs"] == ["/tmp"]  # noqa: S108  a file system of its own, in memory
    assert "volumes" not in part
    assert "user" not in part, "the image's own user is not root"


def test_only_loopback_is_published_and_no_port_twice() -> None:
    published = [port for part in PARTS.values() for port in part.get("ports", ())]

    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len({port.split(":")[1] for port in published}) == len(published)


def test_things_start_in_order() -> None:
    for name in SERVICES:
        assert PARTS[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "topics": {"condition": "service_completed_successfully"},
        }
        assert PARTS[name]["restart"] == "unless-stopped"
    assert PARTS["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert PARTS["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    for name in ("migrate", "topics"):
        assert PARTS[name]["restart"].startswith("on-failure"), "a job that has succeeded is over"
    for part in PARTS.values():
        for other, how in part.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in PARTS[other]


@EVERY_SERVICE
def test_a_service_is_healthy_when_it_says_that_it_is_ready(name: str) -> None:
    shell, program, option, code = PARTS[name]["healthcheck"]["test"]
    served = re.findall(r'"(/[a-z/]+)"', (ROOT / "shared" / "chassis" / "app.py").read_text(encoding="utf-8"))

    (path,) = re.findall(rf"http://127\.0\.0\.1:{PORTS[name]}(/[a-z/]+)", code)
    assert (shell, program, option) == ("CMD", "python", "-c")
    assert path == "/health/ready"
    assert path in served
    compile(code, "healthcheck", "exec")


def test_there_is_time_to_stop_in_order() -> None:
    patience = re.fullmatch(r"(\d+)s", PARTS["intake"]["stop_grace_period"])
    settings = from_environment({"KAFKA_BOOTSTRAP_SERVERS": "k:1", "DATABASE_URL": "postgresql://h/d"})

    assert patience is not None
    assert int(patience[1]) >= 2 * settings.drain_timeout_s


def test_kafka_is_set_as_on_a_machine_without_containers() -> None:
    environment = PARTS["kafka"]["environment"]
    asked = {name: value for name, value in kafka.SETTINGS.items() if not LISTENERS.search(name)}

    assert {name: environment[f"KAFKA_{name.replace('.', '_').upper()}"] for name in asked} == asked
    assert PARTS["kafka"]["image"] == f"apache/kafka:{_kafka_of_the_pom()}"


def _kafka_of_the_pom() -> str:
    pom = (ROOT / "deploy" / "local" / "pom.xml").read_text(encoding="utf-8")
    (version,) = set(re.findall(r"<artifactId>kafka[^<]*</artifactId>\s*<version>([^<]+)</version>", pom)) - {"1"}
    return str(version)


def test_everybody_reaches_the_broker_by_the_name_it_advertises() -> None:
    environment = PARTS["kafka"]["environment"]
    inside, outside = environment["KAFKA_ADVERTISED_LISTENERS"].split(",")

    for name in ("topics", *SERVICES):
        assert inside == f"INSIDE://{PARTS[name]['environment']['KAFKA_BOOTSTRAP_SERVERS']}"
    assert outside == "OUTSIDE://localhost:9092"
    assert PARTS["kafka"]["ports"] == ["127.0.0.1:9092:9092"]


def test_postgres_is_set_as_on_a_machine_without_containers() -> None:
    given = dict(setting.split("=", 1) for flag, setting in pairwise(PARTS["postgres"]["command"]) if flag == "-c")

    assert given | {"shared_buffers": ""} == {
        name: value
        for name, value in postgres.SETTINGS.items()
        if not name.startswith(("listen", "log_line", "log_tim"))
    } | {"shared_buffers": ""}
    assert PARTS["postgres"]["image"] == "postgres:18"
    assert given["log_error_verbosity"] == "terse", "a DETAIL line quotes a row"


def test_every_mount_is_there() -> None:
    for part in PARTS.values():
        for volume in part.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_dir(), volume


# --- The image -----------------------------------------------------------------------------------------------------


def instructions(name: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [line.removeprefix(f"{name} ") for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_image_does_not_run_as_root() -> None:
    (user,) = instructions("USER")
    assert user.isdigit()
    assert int(user) > 999
    assert instructions("ENTRYPOINT") == ['["python", "-m", "services.command.app"]']


def test_the_image_takes_its_packages_from_the_hashed_lock() -> None:
    installing = [line for line in instructions("RUN") if "pip install" in line]

    assert len(installing) == 1
    assert "--require-hashes" in installing[0]
    assert "--verify-hashes" in installing[0]
    assert "--constraint requirements.lock" in installing[0]
    assert all(image.startswith("python:3.11-slim") for image in instructions("FROM"))


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile copies of the project, and nothing else."""
    target = tmp_path_factory.mktemp("app")
    for line in instructions("COPY"):
        source, destination = shlex.split(line)[-2:]
        if not line.startswith("--from") and (ROOT / source).exists() and not source.startswith("requirements"):
            where = target / destination
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                where.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, where)
    return target


@pytest.mark.parametrize(
    "code",
    [
        *(f"from services.command.registry import load; print(load({name!r}).name)" for name in SERVICES),
        "import services.command.app, shared.chassis.app, shared.chassis.telling.asyncapi_page",
        "from services.command.migrate import HISTORY; assert list(HISTORY.glob('chassis_*.py'))",
    ],
)
def test_what_the_image_holds_is_enough(copied: Path, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", f"import sys; sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]; {code}"],
        cwd=copied, env={"PYTHONPATH": str(copied)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


def test_nothing_of_the_tests_or_of_this_machine_is_in_the_image(copied: Path) -> None:
    assert {path.name for path in copied.iterdir()} == {"deploy", "services", "shared"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", ".local", "tests"} <= set(ignored)
