"""Whatever comes to a service's port that is hardly HTTP: no error of ours, nobody's word, and health is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.delivery.harness import _get
from tests.support.installation import Installation, eventually, install
from tests.support.servers import Servers

WORD = b"Zq0001Canary"
HOST = b"host: here\r\n"
CHUNKED = HOST + b"transfer-encoding: chunked\r\n\r\n"
NO_CHUNK = WORD + b"\r\n" + WORD + b"\r\n"


def asked(path: bytes, headers: bytes = b"", method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    return method + b" " + path + b" HTTP/" + version + b"\r\n" + HOST + headers + b"\r\n"


HOSTILE: dict[str, tuple[bytes, ...]] = {
    "no chunk, to health": (b"POST /health/live HTTP/1.1\r\n" + CHUNKED + NO_CHUNK,),
    "no chunk, once health has answered": (b"GET /health/live HTTP/1.1\r\n" + CHUNKED, NO_CHUNK),
    "no chunk, while the metrics are made": (b"GET /metrics HTTP/1.1\r\n" + CHUNKED + NO_CHUNK,),
    "no chunk, to the read API": (b"GET /api/worklist HTTP/1.1\r\n" + CHUNKED + NO_CHUNK,),
    "no chunk, once that has answered": (b"GET /api/worklist HTTP/1.1\r\n" + CHUNKED, NO_CHUNK),
    "no chunk behind a good one": (b"POST /api/worklist HTTP/1.1\r\n" + CHUNKED + b"3\r\nabc\r\n", NO_CHUNK),
    "no chunk to a page": (b"POST /docs/try HTTP/1.1\r\n" + CHUNKED, NO_CHUNK),
    "a trailer that is none": (b"POST /health/live HTTP/1.1\r\n" + CHUNKED + b"0\r\n" + WORD + b"\r\n\r\n",),
    "huge headers": (asked(b"/health/live", b"x: " + WORD * 20_000 + b"\r\n"),),
    "many headers": (asked(b"/health/live", b"".join(b"x%d: y\r\n" % n for n in range(3000))),),
    "a header without a colon": (asked(b"/health/live", WORD + b"\r\n"),),
    "a header of two lines": (asked(b"/health/live", b"x: a\r\n " + WORD + b"\r\n"),),
    "HTTP/0.9": (b"GET /" + WORD + b"\r\n",),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",),
    "HTTP/7.3": (asked(b"/health/live", version=b"7.3"),),
    "TLS": (bytes.fromhex("16030100a5010000a10303") + bytes(range(160)),),
    "a websocket": (asked(b"/api/worklist", b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n"),),
    "a websocket, to a page": (asked(b"/docs", b"connection: upgrade\r\nupgrade: websocket\r\n"),),
    "HTTP/2 by an upgrade": (asked(b"/health/live", b"connection: upgrade\r\nupgrade: h2c\r\n"),),
    "a length below nought": (asked(b"/health/live", b"content-length: -1\r\n", b"POST"),),
    "two lengths": (asked(b"/health/live", b"content-length: 1\r\ncontent-length: 2\r\n", b"POST") + b"x",),
    "a length beyond all": (asked(b"/health/live", b"content-length: " + b"9" * 30 + b"\r\n", b"POST"),),
    "a length and chunks": (asked(b"/health/live", b"content-length: 1\r\ntransfer-encoding: chunked\r\n", b"POST"),),
    "another encoding": (asked(b"/health/live", b"transfer-encoding: gzip\r\n", b"POST") + WORD,),
    "fifty at once": (asked(b"/health/live") * 50,),
    "fifty reads at once": (asked(b"/api/worklist") * 50,),
    "rubbish behind a good one": (asked(b"/health/live") + b"\x00\xff" * 100 + b"\r\n\r\n",),
    "rubbish behind its answer": (asked(b"/api/worklist"), b"\x00\xff" * 100 + b"\r\n\r\n"),
    "a body where none belongs": (asked(b"/health/live", b"content-length: 12\r\n") + WORD,),
    "less of a body than was said": (asked(b"/api/worklist", b"content-length: 500\r\n") + WORD,),
    "a wish to be waited for": (asked(b"/api/worklist", b"expect: 100-continue\r\ncontent-length: 5\r\n", b"POST"),),
    "no UTF-8 in the path": (asked(b"/api/\xff\xfe" + WORD),),
    "no UTF-8 behind percents": (asked(b"/api/concerns/%ff%fe" + WORD),),
    "no UTF-8 in the query": (asked(b"/api/worklist?limit=\xff" + WORD),),
    "no UTF-8 in the query, behind percents": (asked(b"/api/worklist?after=%ff%fe" + WORD),),
    "no UTF-8 for a token": (asked(b"/api/worklist", b"authorization: Bearer \xff\xfe" + WORD + b"\r\n"),),
    "NUL in the path": (asked(b"/api/\x00" + WORD),),
    "NUL behind percents": (asked(b"/api/concerns/%00" + WORD),),
    "NUL in a header": (asked(b"/api/worklist", b"x: \x00" + WORD + b"\r\n"),),
    "an address for a path": (asked(b"http://[evil/" + WORD),),
    "no path": (asked(WORD),),
    "a star": (asked(b"*", method=b"OPTIONS"),),
    "a tunnel": (asked(b"here:443", method=b"CONNECT"),),
    "no host": (b"GET /health/live HTTP/1.1\r\n\r\n",),
    "a host that is none": (b"GET /api/worklist HTTP/1.1\r\nhost: [:::" + WORD + b"\r\n\r\n",),
    "every byte": (bytes(range(256)) * 40,),
}


@pytest.fixture(scope="module")
def running(servers: Servers) -> Iterator[tuple[Installation, subprocess.Popen[bytes]]]:
    """A service without its topics, which is not ready, and is to be asked all the same."""
    installation = asyncio.run(install(servers, topics=False))
    process = installation.start("triage")
    asyncio.run(eventually(lambda: alive(process), "it answers"))
    yield installation, process
    asyncio.run(installation.close())


async def alive(process: subprocess.Popen[bytes]) -> bool:
    return (await asyncio.to_thread(_get, process, "/health/live"))[0]


async def say(process: subprocess.Popen[bytes], *parts: bytes, abruptly: bool) -> bytes:
    """Send each part once what came before has been answered; the last answer."""
    said = b""
    with contextlib.suppress(ConnectionError):
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)  # type: ignore[attr-defined]
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    said = await asyncio.wait_for(reader.read(100_000), 0.5)
        finally:
            if abruptly:
                writer.transport.abort()
            writer.close()
    return said


def errors(log: str) -> list[dict[str, Any]]:
    """What the server that answers, or anything that nobody expected, has told as an error."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [
        line
        for line in lines
        if line["level"] in {"error", "critical"}
        and (line["event"] in {"uncaught", "read_failed", "part_died", "library_line_lost"}
             or line.get("logger", "").partition(".")[0] in {"uvicorn", "asyncio", "faststream", "fastapi"})
    ]  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
async def test_it_is_refused_or_cut_off_and_nothing_more(
    running: tuple[Installation, subprocess.Popen[bytes]], what: str
) -> None:
    installation, process = running
    for abruptly in (False, True):
        said = await say(process, *HOSTILE[what], abruptly=abruptly)
        assert b" 50" not in said[:20]
        assert await alive(process)
    log = installation.log_of(process)
    assert not errors(log)
    assert "Traceback" not in log
    assert WORD.decode() not in log
