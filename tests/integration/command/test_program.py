"""The program as a person runs it: help, one clear line for what goes wrong, and its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services import SERVICES
from services.command.app import app, main
from tests.support.installation import Installation

ROOT = Path(__file__).parents[3]
COMMANDS = [str(command.name) for command in app.registered_commands]


def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.command.app", *arguments],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin"} | environment, input=given, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    helped = CliRunner().invoke(app, [command, "--help"])

    assert helped.exit_code == 0
    assert "Example: " in helped.output


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; import services.command.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"aiokafka", "asyncpg", "sqlalchemy", "pydantic", "faststream"} & set(loaded.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "environment", "says", "code"),
    [
        (["status"], {}, "set KAFKA_BOOTSTRAP_SERVERS", 78),
        (["migrate"], {}, "set DATABASE_URL", 78),
        (["run", "nobody"], {}, f"there is no service nobody: choose {', '.join(SERVICES)}", 2),
        (["topics"], {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "Kafka does not answer at 127.0.0.1:1", 1),
        (["migrate"], {"DATABASE_URL": "postgresql://a@127.0.0.1:1/b"}, "the database does not answer", 1),
        (["migrate"], {"DATABASE_URL": "nonsense"}, "DATABASE_URL is no address: it takes", 78),
        (["post", "no-such-file"], {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "there is no file no-such-file", 2),
        (
            ["clocks", "intake", "--correct", "a", "0", "1", "2"],
            {"DATABASE_URL": "postgresql://x/x", "KAFKA_BOOTSTRAP_SERVERS": "x"},
            "say by how much",
            2,
        ),
        (["held", "triage", "--discard", "1"], {}, "say --why", 2),
        (["held", "triage", "--retry", "1"], {}, "set DATABASE_URL", 78),
    ],
    ids=range(10),
)
def test_what_goes_wrong_is_one_line(
    arguments: list[str], environment: dict[str, str], says: str, code: int,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for variable in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "argv", ["section42", *arguments])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert ended.value.code == code
    assert says in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert told.out == ""


async def test_a_day_at_the_command_line(installation: Installation) -> None:
    environment = {name: str(value) for name, value in installation.environment().items() if name.isupper()}
    event = {"id": "1", "source": "/s", "type": "safeguarding.concern.reported.v1",
             "data": {"sender": "wmas", "reference": "R1", "narrative": "Canary"}}  # fmt: skip

    migrated = run("migrate", **environment)
    posted = run("post", "-", "--json", given=f"{json.dumps(event)}\nnonsense\n", **environment)
    read = run("read", "concern-reports", "--no-follow", "--json", **environment)
    words = run("read", "concern-reports", "--no-follow", **environment)
    table = run("status", **environment)

    assert migrated.returncode == 0
    assert posted.returncode == 1
    assert json.loads(posted.stdout)["by_topic"] == {"concern-reports": 1}
    assert posted.stderr == "line 2: is no JSON object in UTF-8: send one CloudEvent a line\n"
    assert json.loads(read.stdout)["data"] == {"sender": "wmas", "reference": "R1"}
    assert words.stdout.endswith("wmas reports a concern under its reference R1, told by not recorded\n")
    assert table.returncode == 1
    for service in SERVICES:  # none of them runs here
        assert f"somebody must look: {service} has given no sign of life for an hour or more" in table.stdout
    assert table.stdout.endswith("every report is accounted for (at most 1 yet to be read)\n")
    assert "Canary" not in posted.stdout + posted.stderr + read.stdout + words.stdout


def test_where_to_look_is_what_the_environment_says(tmp_path: Path) -> None:
    named = tmp_path / "endpoints.json"
    named.write_text('{"triage": "http://triage.test:80/"}')

    done = run("endpoints", "--json", SECTION42_ENDPOINTS=str(named), SECTION42_HTTP_PORT_AUDIT="1")

    metrics = {each["service"]: each["metrics"] for each in json.loads(done.stdout)}
    assert metrics["triage"] == "http://triage.test:80/metrics"
    assert metrics["audit"] == "http://127.0.0.1:1/metrics"
    assert metrics["intake"].startswith("http://127.0.0.1:")
