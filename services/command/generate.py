"""`make generate`: what static files say of the services and their events, written from what is found.

Such a part stands between two marks: `# [name] …` and `# [/name]`, or `<!-- name -->` and `<!-- /name -->`. What is
around them is written by people.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from services import PORTS, SERVICES
from services.command.docs import ROOT, freeze
from services.command.graph import events, picture, table
from services.command.registry import load
from shared.chassis.kept_states import freeze as freeze_kept
from shared.chassis.process.settings import DATABASE_PASSWORD

_MARKED = (
    r"(?m)^(?P<indent> *)(?P<begin>(?:# \[{0}\]|<!-- {0} -->).*\n)(?s:.*?)(?P<end>^ *(?:# \[/{0}\]|<!-- /{0} -->))"
)


def main() -> None:
    """Write whatever is no longer so, and freeze what is new; exit code 1 where a contract may not change so."""
    for path, text in stale().items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    frozen, refused = freeze()
    for name in frozen:
        print(f"frozen: {name}")
    refused = [f"{line}: give it a new version (shared/contracts/README.md)" for line in refused]
    for service in SERVICES:
        refused += freeze_kept(service, load(service).state, ROOT / "services")
    if refused:
        sys.exit("\n".join(refused))


def stale() -> dict[Path, str]:
    """The files that do not say what is so, each with the text that would."""
    texts = {ROOT / name: filled((ROOT / name).read_text(encoding="utf-8"), parts) for name, parts in FILES.items()}
    return {path: text for path, text in texts.items() if path.read_text(encoding="utf-8") != text}


def filled(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """A text with each of its parts as it should be. Raises ValueError where the marks of one are not there once."""
    for name, part in parts.items():
        found = list(re.finditer(_MARKED.format(re.escape(name)), text))
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} places marked [{name}], and there should be one")
        (place,) = found
        lines = "".join(f"{place['indent']}{line}".rstrip() + "\n" for line in part().splitlines())
        text = text[: place.start()] + place["indent"] + place["begin"] + lines + text[place.start("end") :]
    return text


def _password(service: str) -> str:
    name = DATABASE_PASSWORD.of(service).name
    return f"{name}: ${{{name}:-{service}-of-this-machine}}"


def _containers() -> Iterator[str]:
    for service, port in PORTS.items():
        ready = f"http://127.0.0.1:{port}/health/ready"
        yield f"""\
{service}:
  <<: *service
  command: [run, {service}]
  environment:
    <<: *kafka-address
    DATABASE_URL: postgresql://postgres/section42
    {_password(service)}
    SECTION42_INSTANCE: compose-1
    SECTION42_TEST_NUMBERS: "${{SECTION42_TEST_NUMBERS:-no}}"
    SECTION42_HTTP_HOST: 0.0.0.0
    SECTION42_HTTP_PORT: "{port}"
  ports: ["127.0.0.1:{port}:{port}"]
  healthcheck:
    <<: *healthy
    test: ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('{ready}', timeout=4)"]
"""


def _each(line: str, but: str = "") -> Callable[[], str]:
    """A line for each service, or for each but one."""
    return lambda: "\n".join(line.format(name=name, port=port) for name, port in PORTS.items() if name != but)


def _modules() -> str:
    return ", ".join(f'"services.{name}"' for name in SERVICES)


_UP = """- series: 'up{{job="section42", service="{name}", instance="{name}:1"}}'\n  values: '1x60'"""

FILES: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "docker-compose.yml": {
        "passwords": lambda: "\n".join(map(_password, SERVICES)),
        "services": lambda: "\n".join(_containers()),
        "watched": _each("{name}: {{condition: service_started}}"),
    },
    "deploy/prometheus/prometheus.yml": {
        "targets": _each('- {{targets: ["{name}:{port}"], labels: {{service: {name}}}}}'),
    },
    "deploy/prometheus/alerts.yml": {
        "absent": lambda: "\nor ".join(f'absent(up{{job="section42", service="{name}"}})' for name in SERVICES),
    },
    "deploy/prometheus/alerts_test.yml": {"all": _each(_UP), "all but triage": _each(_UP, but="triage")},
    "pyproject.toml": {
        "layers": lambda: f'layers = ["command", "{" | ".join(SERVICES)}"]',
        "containers": lambda: f"containers = [{_modules()}]",
        "sources": lambda: f"source_modules = [{_modules()}]",
    },
    "README.md": {"graph": lambda: f"```mermaid\n{picture()}\n```", "topics": table},
    "shared/contracts/EVENTS.md": {"events": events},
}
"""Each file with its parts."""

if __name__ == "__main__":
    main()
