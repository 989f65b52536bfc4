"""`section42 endpoints`: where each service's metrics and health are, and what it says there of being ready."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from services import PORTS, SERVICES

_CONFIG = "services.config.json"
_PATIENCE_S = 2.5
_MOST_BYTES = 65_536
READY, NOT_READY, SILENT, STRANGER = "ready", "not ready", "does not answer", "no service of ours"


@dataclass
class Endpoint:
    """The addresses of one service, whether it answers there, and what it says of itself."""

    service: str
    metrics: str
    ready: str
    live: str
    answers: bool = False
    says: str = SILENT
    troubles: list[str] = field(default_factory=list)


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
) -> None:
    """Show where each service's metrics and health are, and whether it says that it is ready.

    Looked up in this order: the file SECTION42_ENDPOINTS names (a JSON object from service to base address),
    SECTION42_HTTP_PORT_SERVICE, the services `make demo` left running, and the port each service is given in its value.

    Example: section42 endpoints --json
    """
    from services.command.terminal import Lines, out, say_json

    found = asyncio.run(look(os.environ))
    if as_json:
        say_json([asdict(endpoint) for endpoint in found])
        return
    table = Lines("service", "metrics", "ready", "live", "says", box=None)
    for endpoint in found:
        table.add_row(endpoint.service, endpoint.metrics, endpoint.ready, endpoint.live, _in_words(endpoint))
    out.print(table)


async def look(environment: Mapping[str, str], local: Path | None = None) -> list[Endpoint]:
    """The addresses of all services, each asked whether it is ready."""
    bases = base_addresses(environment, local)
    found = [
        Endpoint(service, f"{base}/metrics", f"{base}/health/ready", f"{base}/health/live")
        for service, base in bases.items()
    ]
    await asyncio.gather(*(asyncio.to_thread(_ask, each) for each in found))
    return found


def base_addresses(environment: Mapping[str, str], local: Path | None = None) -> dict[str, str]:
    """Where each service listens, by the first of the sources that says so."""
    import json

    from shared.chassis.process.settings import ENDPOINTS, HTTP_HOST, HTTP_PORT

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


def _ask(endpoint: Endpoint) -> None:
    """Write down what it says. A process that stands still takes a connection as well, so we wait for an answer."""
    import json
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    directly = build_opener(ProxyHandler({}))
    try:
        try:
            with directly.open(endpoint.ready, timeout=_PATIENCE_S) as answer:
                text = answer.read(_MOST_BYTES)
        except HTTPError as unready:  # whose body says why
            with unready:
                text = unready.read(_MOST_BYTES)
    except (OSError, HTTPException, ValueError):
        return
    try:
        said = json.loads(text)
        well, troubles = said["ready"], [str(trouble) for trouble in said["troubles"]]
    except (ValueError, TypeError, KeyError):
        endpoint.says = STRANGER
        return
    endpoint.answers, endpoint.says, endpoint.troubles = True, READY if well is True else NOT_READY, troubles


def _in_words(endpoint: Endpoint) -> str:
    """What it says, with the first of its troubles."""
    if not endpoint.troubles:
        return endpoint.says
    first, *others = endpoint.troubles
    return f"{endpoint.says}: {first}" + f" and {len(others)} more" * bool(others)
