"""`section42 endpoints`: where each service's metrics and health are, and whether it answers there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from services.command.problems import SERVICES

PORTS = {service: 8401 + number for number, service in enumerate(SERVICES)}
_CONFIG = "services.config.json"
_PATIENCE_S = 0.5


@dataclass
class Endpoint:
    """The addresses of one service."""

    service: str
    metrics: str
    ready: str
    live: str
    answers: bool


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
) -> None:
    """Show where each service's metrics and health are.

    Looked up in this order: the file SECTION42_ENDPOINTS names (a JSON object from service to base address),
    SECTION42_HTTP_PORT_SERVICE, the services `make demo` left running, and 8401 to 8404.

    Example: section42 endpoints --json
    """
    from services.command.terminal import Lines, out, say_json

    found = asyncio.run(look(os.environ))
    if as_json:
        say_json([asdict(endpoint) for endpoint in found])
        return
    table = Lines("service", "answers", "metrics", "ready", "live", box=None)
    for endpoint in found:
        answers = "yes" if endpoint.answers else "no"
        table.add_row(endpoint.service, answers, endpoint.metrics, endpoint.ready, endpoint.live)
    out.print(table)


async def look(environment: Mapping[str, str], local: Path | None = None) -> list[Endpoint]:
    """The addresses of all services, asked whether anybody answers."""
    bases = base_addresses(environment, local)
    answers = await asyncio.gather(*(_answers(base) for base in bases.values()))
    return [
        Endpoint(service, f"{base}/metrics", f"{base}/health/ready", f"{base}/health/live", answer)
        for (service, base), answer in zip(bases.items(), answers, strict=True)
    ]


def base_addresses(environment: Mapping[str, str], local: Path | None = None) -> dict[str, str]:
    """Where each service listens, by the first of the sources that says so."""
    import json

    from shared.chassis.settings import ENDPOINTS, HTTP_HOST, HTTP_PORT

    host = HTTP_HOST.read(environment).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    ports = {service: str(port) for service, port in PORTS.items()} | _supervised(local)
    own = {service: HTTP_PORT.of(service).given(environment) for service in SERVICES}
    ports |= {service: str(port) for service, port in own.items() if port is not None}
    bases = {service: f"http://{host}:{ports[service]}" for service in SERVICES}
    if named := ENDPOINTS.given(environment):
        try:
            given = json.loads(Path(named).read_text(encoding="utf-8"))
            bases |= {service: given[service].rstrip("/") for service in SERVICES if service in given}
        except (OSError, ValueError, TypeError, AttributeError):
            why = " (it holds no JSON object from service to address)"
            raise ENDPOINTS.wrong(named, why) from None
    return bases


def _supervised(local: Path | None) -> dict[str, str]:
    """The ports of the services a supervisor on this machine runs; the one started last wins."""
    import json

    directory = local or Path(__file__).resolve().parents[2] / ".local"
    records = [p for p in directory.glob(f"*/{_CONFIG}") if p.with_name("services.json").exists()]
    ports: dict[str, str] = {}
    for record in sorted(records, key=lambda path: path.stat().st_mtime):
        for each in json.loads(record.read_text(encoding="utf-8")).get("commands", ()):
            port = each.get("env", {}).get("SECTION42_HTTP_PORT")
            if each.get("name") in SERVICES and port:
                ports[each["name"]] = str(port)
    return ports


async def _answers(base: str) -> bool:
    host, _, port = base.rpartition("//")[2].partition(":")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port or 80)), _PATIENCE_S)
    except (OSError, TimeoutError, ValueError):
        return False
    writer.close()
    return True
