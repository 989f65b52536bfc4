"""`section42 endpoints`: what each service says of itself; that its machine takes a connection says nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from services import SERVICES
from services.command.endpoints import look
from tests.integration.command.test_program import run
from tests.integration.delivery.harness import QUICK, is_ready
from tests.integration.delivery.test_rule_19_ready import of_its_own
from tests.support.installation import free_port
from tests.support.servers import Servers

SOON_S = 8.0
"""Two and a half seconds for an answer, and the start of the program."""


async def asked(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], str]:
    """What is said of intake, as JSON and in the table; the others are nowhere."""
    where = {f"SECTION42_HTTP_PORT_{name}": str(free_port()) for name in map(str.upper, SERVICES[1:])}
    where["SECTION42_HTTP_PORT_INTAKE"] = str(process.port)  # type: ignore[attr-defined]
    began = time.monotonic()
    done = await asyncio.to_thread(lambda: run("endpoints", "--json", **where))
    assert time.monotonic() - began < SOON_S
    intake, *others = json.loads(done.stdout)
    assert len(others) == len(SERVICES) - 1
    assert all((each["answers"], each["says"], each["troubles"]) == (False, "does not answer", []) for each in others)
    shown = await asyncio.to_thread(lambda: run("endpoints", **where))
    return intake, shown.stdout.splitlines()[1].strip()


async def test_what_a_service_says_of_itself_is_shown(servers: Servers) -> None:
    async with of_its_own(servers) as installation:
        process = installation.start("intake", **QUICK)
        await is_ready(process, 60)
        found, line = await asked(process)
        assert (found["answers"], found["says"], found["troubles"]) == (True, "ready", [])
        assert line.split()[-1] == "ready"

        process.send_signal(signal.SIGSTOP)
        found, line = await asked(process)
        assert (found["answers"], found["says"], found["troubles"]) == (False, "does not answer", [])
        assert line.endswith("  does not answer")
        process.send_signal(signal.SIGCONT)
        await is_ready(process, 60)
        assert (await asked(process))[0]["says"] == "ready"

        away = f"postgresql://section42_intake@127.0.0.1:{free_port()}/nowhere"
        lame = installation.start("intake", DATABASE_URL_INTAKE=away, **QUICK)
        while not (found := (await asked(lame))[0])["answers"]:
            assert lame.poll() is None
        assert found["says"] == "not ready"
        assert any("the database" in trouble for trouble in found["troubles"])
        line = (await asked(lame))[1]
        assert "not ready: " in line
        assert f" and {len(found['troubles']) - 1} more" in line


@pytest.fixture(params=["a page", "a list", "words", "a closed line", "silence"])
def somebody_else(request: pytest.FixtureRequest) -> Iterator[tuple[int, str]]:
    """A port where another program listens, and what is to be said of it."""
    bodies = {"a page": b"<html>", "a list": b"[1]", "words": b'{"ready": "\\u001b[2J"}'}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if request.param == "a closed line":
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bodies[request.param])

        def log_message(self, *_: Any) -> None:
            pass

    if request.param == "silence":
        with socket.create_server(("127.0.0.1", 0)) as listening:
            yield listening.getsockname()[1], "does not answer"
        return
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, "does not answer" if request.param == "a closed line" else "no service of ours"
        server.shutdown()


async def test_another_program_on_the_port_is_no_service_that_is_ready(somebody_else: tuple[int, str]) -> None:
    port, says = somebody_else
    intake = (await look({"SECTION42_HTTP_PORT_INTAKE": str(port)}))[0]
    assert (intake.answers, intake.says, intake.troubles) == (False, says, [])
