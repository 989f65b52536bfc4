"""Clients that say nothing, say it slowly or do not fetch what they asked for are cut off; everybody else is served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import uvicorn

from shared.chassis.telling import patience
from shared.chassis.telling.patience import PatientProtocol
from shared.chassis.telling.side_port import _AT_ONCE, SidePort
from tests.architecture.tree import calls, modules, named, options
from tests.support.installation import eventually

LARGE = b"x" * (32 * 1024 * 1024)
ASK = b"GET /%b HTTP/1.1\r\nhost: here\r\n\r\n"


async def health(scope: Any, _: Any, send: Any) -> None:
    body = LARGE if scope["path"] == "/large" else b"well"
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    for at in range(0, len(body), 65536):
        await send({"type": "http.response.body", "body": body[at : at + 65536], "more_body": at + 65536 < len(body)})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server as a service runs it, in less of a hurry to wait."""
    monkeypatch.setattr(patience, "HEADERS_S", 0.6)
    monkeypatch.setattr(patience, "ANSWER_S", 1.2)
    monkeypatch.setattr(patience, "MOST", 20)
    config = uvicorn.Config(health, port=0, http=PatientProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: now(server.started), "the server has started", 20)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def now(so: bool) -> bool:  # noqa: FBT001  what is waited for
    return so


async def ended(reader: asyncio.StreamReader) -> float:
    """How long it takes until the other side ends it."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 20)
    return time.monotonic() - began


async def well(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK % b"health")
    answer = await asyncio.wait_for(reader.readuntil(b"well"), 20)
    writer.close()
    return answer


Writes = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def nothing(_: asyncio.StreamWriter) -> None:
    """Connect, and no more."""


async def a_header_without_end(writer: asyncio.StreamWriter) -> None:
    """A byte now and then."""
    writer.write(b"GET /health HTTP/1.1\r\nx-slow: ")
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.05)


async def a_second_request_without_end(writer: asyncio.StreamWriter) -> None:
    """The first is answered, the next drips."""
    writer.write(ASK % b"health")
    await a_header_without_end(writer)


async def a_body_that_never_comes(writer: asyncio.StreamWriter) -> None:
    """It is announced."""
    writer.write(b"POST /health HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n")


@pytest.mark.parametrize(
    "writes", [nothing, a_header_without_end, a_second_request_without_end, a_body_that_never_comes]
)
async def test_who_is_slow_is_cut_off(port: int, writes: Writes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writing = asyncio.create_task(writes(writer))

    assert await ended(reader) < 10

    writing.cancel()
    writer.transport.abort()


async def test_who_does_not_fetch_the_answer_is_cut_off(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(ASK % b"large")
    await eventually(lambda: gone(port, writer), "the server has ended the connection", 20)
    writer.transport.resume_reading()  # type: ignore[attr-defined]

    received = 0
    with contextlib.suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(1 << 20), 20):
            received += len(chunk)
    writer.transport.abort()
    assert received < len(LARGE)


async def gone(port: int, writer: asyncio.StreamWriter) -> bool:
    """Whether the server holds no connection to this client any more, as the kernel says."""
    mine = writer.get_extra_info("sockname")[1]
    local, remote = f"{port:04X}", f"{mine:04X}"
    with open("/proc/net/tcp", encoding="ascii") as lines:  # noqa: ASYNC230, PTH123
        rows = [line.split() for line in lines]
    states = [row[3] for row in rows if row[1].endswith(f":{local}") and row[2].endswith(f":{remote}")]
    return "01" not in states


async def test_however_many_say_nothing_a_newcomer_is_answered(port: int) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]

    assert b"200 OK" in await well(port)
    for reader, writer in silent[:30]:
        assert await ended(reader) < 10
        writer.transport.abort()
    for _, writer in silent[30:]:
        writer.transport.abort()


async def test_health_is_answered_however_many_read() -> None:
    release, turned_away, said = asyncio.Event(), [], []

    async def api(*_: Any) -> None:
        await release.wait()

    async def rest(*_: Any) -> None:
        said.append("well")

    async def send(message: Any) -> None:
        said.append(message.get("status"))

    port = SidePort(rest, lambda: api, contextlib.nullcontext, lambda: turned_away.append(1))
    asking = [asyncio.create_task(port({"type": "http", "path": "/api/x"}, None, send)) for _ in range(_AT_ONCE)]
    await eventually(lambda: now(port._api is not None and port._in_hand == _AT_ONCE), "all are in hand", 20)

    await port({"type": "http", "path": "/api/x"}, None, send)
    await port({"type": "http", "path": "/health/ready"}, None, send)

    assert said == [503, None, "well"]
    assert turned_away == [1]
    release.set()
    await asyncio.gather(*asking)
    assert port._in_hand == 0


def test_services_serve_so() -> None:
    (said,) = [options(call) for path in modules() if named(path) == "shared/chassis/app.py"
               for call in calls(path, "Config")]  # fmt: skip

    assert (said["http"], said["ws"]) == ("PatientProtocol", "'none'")
