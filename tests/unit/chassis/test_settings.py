"""Settings nobody can work with: each one that is declared, whatever it holds, is one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.chassis.process import variables as v
from shared.chassis.process.errors import Misconfigured
from shared.chassis.process.settings import (
    DECLARED,
    MECHANISM,
    PASSWORD,
    PROTOCOL,
    USERNAME,
    from_environment,
    kafka_from,
    service_database_url,
)
from shared.chassis.process.variables import Takes, Variable
from tests.architecture.tree import ROOT

GOOD = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092", "DATABASE_URL": "postgresql://me:secret@127.0.0.1:5432/section42"}
SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": "me", "KAFKA_SASL_PASSWORD": "secret"}  # fmt: skip
TLS = {"KAFKA_SECURITY_PROTOCOL": "SSL"}
NAMES = re.compile(r"\b(?:KAFKA_(?:BOOTSTRAP_SERVERS|SECURITY|SASL|SSL)\w*|DATABASE_\w+|SECTION42_\w+)")
UNDECLARED = {"SECTION42_FAILPOINT", "SECTION42_TEST_RUN"}
"""For tests: no installation sets them."""

OF_NUMBERS = ["", " ", "-1", "1.5e99", "ten", "0x10", "١٢", "1_000", "nan", "1\n2"]
OF_CHOICES = ["", "perhaps", "wall ,driven", "\x1b[31m"]
OF_FILES = ["", "/nowhere/at/all", "/proc", "a\0b"]
OF_WORDS = ["", "   ", "a\x1bb", "a\nb"]
BY_KIND: Mapping[Any, list[str]] = {
    v.PREFIX: ["with space.", "säfe.", "x" * 101, "a/b", "\x1b"],
    v.HOST: ["", "http://host", "host:80", "two hosts", "-x", "a\nb"],
    v.SERVERS: ["", ",", "kafka://host", "host:", "host:port", "host:0", "host:99999", "a b:1", "a:1,,b:2", "[::1:9"],
    v.DATABASE: [
        "", "nonsense", "postgresql+asyncpg://h/d", "mysql://h/d", "postgresql://", "postgresql://h:port/d", "http://h",
        "postgresql://h/d?sslmode=on", "postgresql://h/d?sslrootcert=/nowhere", "postgresql://[::1/d",
    ],
    v.FILE: OF_FILES,
    v.NAME: OF_WORDS,
    v.SECRET: OF_WORDS,
}  # fmt: skip


def wrong_for(takes: Takes[Any]) -> list[str]:
    """What a variable that takes this must refuse; a kind that is not known here has to be given its own list."""
    if takes in BY_KIND:
        return BY_KIND[takes]
    if "number" in takes.words:
        least, most = (float(found) for found in re.findall(r"\d[\d.]*", takes.words))
        return [*OF_NUMBERS, f"{most + 1:.0f}", *(["0"] if least > 0 else [])]
    assert " or " in takes.words, f"say what {takes.words} must refuse"
    return [*OF_CHOICES, *(choice.lower() for choice in re.findall(r"[A-Z][A-Z0-9_-]+", takes.words))]


def every_wrong_value() -> list[tuple[Variable[Any], str]]:
    services = [variable.of("triage") for variable in DECLARED if variable.of_a_service]
    return [(variable, value) for variable in [*DECLARED, *services] for value in wrong_for(variable.takes)]


@pytest.mark.parametrize(("variable", "value"), every_wrong_value(), ids=lambda each: repr(getattr(each, "name", each)))
def test_each_is_refused_in_a_line_that_says_what_it_takes(variable: Variable[Any], value: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        variable.read({variable.name: value})

    line = str(refused.value)
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith(f"{variable.name} ")
    assert variable.takes.words in line
    assert len(line) < 400


@pytest.mark.parametrize("variable", DECLARED, ids=lambda each: each.name)
def test_an_example_is_taken_and_a_default_too(variable: Variable[Any], tmp_path: Path) -> None:
    example = variable.example
    if variable.takes is v.FILE:
        (tmp_path / "file").write_text("x")
        example = str(tmp_path / "file")

    assert variable.read({variable.name: example}) is not None
    assert variable.read({variable.name: f" {example} "}) is not None
    if variable.default is None:
        with pytest.raises(Misconfigured, match=f"^set {variable.name}, for example {variable.name}="):
            variable.read({})
    else:
        assert variable.read({}) == variable.default


def test_everything_that_is_read_from_the_environment_is_declared() -> None:
    known = {variable.name for variable in DECLARED}
    mentioned = {
        name: path.name
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for name in NAMES.findall(path.read_text(encoding="utf-8"))
    }

    unknown = {name for name in mentioned if name not in known | UNDECLARED}
    of_services = tuple(f"{variable.name}_" for variable in DECLARED if variable.of_a_service)
    assert {name: mentioned[name] for name in unknown if not name.startswith(of_services)} == {}


def test_everything_declared_is_in_the_runbook() -> None:
    runbook = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")

    assert [variable.name for variable in DECLARED if f"`{variable.name}" not in runbook] == []


@pytest.mark.parametrize("read", [from_environment, kafka_from], ids=["settings", "kafka"])
@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "PLAIN"}, "KAFKA_SECURITY_PROTOCOL is 'PLAIN': it takes PLAINTEXT, SSL,"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL-SSL"}, "KAFKA_SECURITY_PROTOCOL is 'SASL-SSL': it takes"),
        ({"KAFKA_SECURITY_PROTOCOL": "sasl_ssl"}, "KAFKA_SECURITY_PROTOCOL is 'sasl_ssl': it takes"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "set KAFKA_SASL_MECHANISM: KAFKA_SECURITY_PROTOCOL is SASL_SSL"),
        ({**SASL, "KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM is 'GSSAPI': it takes PLAIN, SCRAM"),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SECURITY_PROTOCOL is not set, and KAFKA_SASL_MECHANISM is set"),
        ({**SASL, "KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SECURITY_PROTOCOL is SSL, and KAFKA_SASL_MECHANISM is set"),
        ({**TLS, "KAFKA_SSL_CAFILE": "/nowhere"}, "KAFKA_SSL_CAFILE is '/nowhere' (there is"),
        ({"KAFKA_SSL_CAFILE": __file__}, "_PROTOCOL is not set, and KAFKA_SSL_CAFILE is set: it takes SSL"),
        ({**TLS, "KAFKA_SSL_CAFILE": __file__}, "(it holds no certificate): it takes"),
        ({**TLS, "KAFKA_SSL_CERTFILE": __file__}, "(it holds no certificate, or not that"),
        ({**TLS, "KAFKA_SSL_KEYFILE": __file__}, "set KAFKA_SSL_CERTFILE: KAFKA_SSL_KEYFILE"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_does_not_go_together_is_said(
    read: Callable[[Mapping[str, str]], Any], environment: dict[str, str], says: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        read(GOOD | environment)

    assert says in str(refused.value)


@pytest.mark.parametrize("left_out", [MECHANISM, USERNAME, PASSWORD], ids=lambda each: each.name)
def test_half_of_a_way_to_sign_in_is_none(left_out: Variable[str]) -> None:
    given = {name: value for name, value in (GOOD | SASL).items() if name != left_out.name}

    with pytest.raises(Misconfigured, match=f"^set {left_out.name}: {PROTOCOL.name} is SASL_PLAINTEXT$"):
        kafka_from(given)


def test_no_secret_is_ever_quoted() -> None:
    wrong = [
        GOOD | {"DATABASE_URL": "postgresql+asyncpg://me:hunter2@host/db"},
        GOOD | {"DATABASE_URL": "hunter2"},
        GOOD | {"DATABASE_URL": "postgresql://me:hunter2@host:port/db"},
        GOOD | SASL | {"KAFKA_SASL_PASSWORD": "hunter2\x00"},
    ]
    for environment in wrong:
        with pytest.raises(Misconfigured) as refused:
            from_environment(environment)
        assert "hunter2" not in str(refused.value)
    with pytest.raises(Misconfigured) as refused:
        service_database_url(GOOD | {"DATABASE_PASSWORD_TRIAGE": "hunter2\n"[:0]}, "triage")
    assert str(refused.value).startswith("DATABASE_PASSWORD_TRIAGE is empty")


def test_an_unreadable_file_is_told_from_one_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "ca.pem"
    file.write_text("x")
    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read everything

    with pytest.raises(Misconfigured, match=r"\(this user may not read it\)"):
        kafka_from(GOOD | {**TLS, "KAFKA_SSL_CAFILE": str(file)})


def test_what_a_service_may_be_told_is_taken() -> None:
    hosts = "me:secret@a:1,[::1]:2,c"
    settings = from_environment(
        GOOD | {"DATABASE_URL": f"postgresql://{hosts}/d?sslmode=require", "SECTION42_HTTP_HOST": "::1"}
    )

    assert settings.database_url.endswith("sslmode=require")
    assert kafka_from(GOOD | SASL).security["sasl_mechanism"] == "PLAIN"
    assert kafka_from(GOOD | {"KAFKA_BOOTSTRAP_SERVERS": "a:1, [::1]:2,c"}).bootstrap_servers == ("a:1", "[::1]:2", "c")
    assert from_environment(GOOD | {"DATABASE_URL": "postgresql:///d?host=/var/run/postgresql"}).database_url
