"""Links that are late, half open, cut or away: what whoever uses one gets to see."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.proxy import BrokerProxy, Proxy

MOMENT_S = 0.2
SOON_S = 5.0


@asynccontextmanager
async def echo() -> AsyncIterator[str]:
    """A server that says again what is said to it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while said := await reader.read(4096):
                writer.write(said)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def heard(reader: asyncio.StreamReader, within_s: float = SOON_S) -> bytes:
    return await asyncio.wait_for(reader.read(4096), within_s)


async def test_a_shut_gate_closes_nothing_and_what_waited_comes_late() -> None:
    async with echo() as server, Proxy(server).listening() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"one")
        assert await heard(reader) == b"one"
        proxy.open.clear()
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await heard(reader, MOMENT_S)
        proxy.open.set()
        assert await heard(reader) == b"two"


async def test_half_of_a_link_is_dead_for_good_while_new_connections_pass() -> None:
    async with echo() as server, Proxy(server).listening() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"one")
        assert await heard(reader) == b"one"
        proxy.halve(end_after_s=3 * MOMENT_S)
        writer.write(b"two")
        async with connected(proxy) as (other, saying):
            saying.write(b"three")
            assert await heard(other) == b"three"
        with pytest.raises(TimeoutError):
            await heard(reader, MOMENT_S)
        with contextlib.suppress(ConnectionResetError):
            assert await heard(reader) == b"", "its server has given it up"


async def test_that_a_server_has_gone_is_not_heard_of_past_a_shut_gate() -> None:
    async with Proxy("127.0.0.1:1").listening() as nowhere, connected(nowhere) as (reader, _):
        assert await heard(reader) == b"", "nobody is there, and the gate is open"
    said = asyncio.Event()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await said.wait()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Proxy(f"127.0.0.1:{port}").listening() as proxy, connected(proxy) as (reader, _):
        proxy.open.clear()
        said.set()
        with pytest.raises(TimeoutError):
            await heard(reader, MOMENT_S)
        proxy.open.set()
        assert await heard(reader) == b""


async def test_who_is_cut_off_notices_and_who_is_away_cannot_be_reached_until_it_is_back() -> None:
    async with echo() as server, Proxy(server).listening() as proxy:
        async with connected(proxy) as (reader, writer):
            writer.write(b"one")
            assert await heard(reader) == b"one"
            await proxy.go_away()
            with contextlib.suppress(ConnectionResetError):
                assert await heard(reader) == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.come_back()
        async with connected(proxy) as (reader, writer):
            writer.write(b"two")
            assert await heard(reader) == b"two"


async def test_a_broker_that_says_where_it_is_names_the_proxy_and_records_are_left_as_they_are() -> None:
    ports: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(frame(ports[0], ports[0]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ports.append(server.sockets[0].getsockname()[1])
    async with server, BrokerProxy(f"127.0.0.1:{ports[0]}").listening() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"?")
        wanted = frame(proxy.port, ports[0])
        assert await asyncio.wait_for(reader.readexactly(len(wanted)), SOON_S) == wanted


def frame(at_the_beginning: int, far_behind: int) -> bytes:
    """An answer of Kafka's: its length, then brokers by host and port, then whatever follows."""
    first, second = (b"\x00\x09127.0.0.1" + port.to_bytes(4, "big") for port in (at_the_beginning, far_behind))
    body = b"correlation" + first + bytes(100_000) + second
    return len(body).to_bytes(4, "big") + body
