"""Links between a service and a server that a test can make worse: late, half open, cut, or not there at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Self

_HOST = "127.0.0.1"
_CHUNK = 65_536
_NAMED_WITHIN = 512
"""Where in an answer a broker names itself: at its beginning, before whatever a record may say."""


class Gate:
    """Whether bytes pass. What has come to a shut gate waits there, its connection open."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def set(self) -> None:
        """Let what waits go on."""
        self._open.set()

    def clear(self) -> None:
        """Let nothing pass."""
        self._open.clear()

    async def passed(self) -> None:
        """Return once it is open."""
        await self._open.wait()


class Proxy:
    """Passes bytes on to a server and its answers back, while `open` is set; nobody is told when it is not."""

    def __init__(self, server: str) -> None:
        """Before a server at `host:port`, or at the path of a socket."""
        self._server_at = server
        self._connections: set[asyncio.Task[None]] = set()
        self.open = Gate()
        self.port = 0

    @property
    def address(self) -> str:
        """What clients connect to instead."""
        return f"{_HOST}:{self.port}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Listen on a port of its own, the same for as long as this lasts."""
        self._server = await self._listen()
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._server.close()
            tasks = set(self._connections)
            self.cut()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, _HOST, self.port)

    async def go_away(self) -> None:
        """Nobody listens there any more; who is connected is cut off."""
        self._server.close()
        self.cut()

    async def come_back(self) -> None:
        """Listen there again."""
        self._server = await self._listen()

    def cut(self) -> None:
        """End every connection on both sides, without a word of goodbye."""
        for connection in self._connections:
            connection.cancel()

    def halve(self, end_after_s: float) -> None:
        """What is connected passes nothing from now on and is not closed, until its server gives up; new links do."""
        old, self.open = self.open, Gate()
        old.clear()
        for connection in self._connections:
            asyncio.get_running_loop().call_later(end_after_s, connection.cancel)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await connection

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gate = self.open
        ends = [writer]
        try:
            back, on = await self._open()
            ends.append(on)
            async with asyncio.TaskGroup() as passing:
                passing.create_task(self._until_gone(self._pass(reader, on, gate), gate))
                passing.create_task(self._until_gone(self._answer(back, writer, gate), gate))
        except (OSError, ExceptionGroup):  # one side has gone: so does the other
            for end in ends:
                end.close()
        except asyncio.CancelledError:
            for end in ends:
                end.transport.abort()
            raise

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._server_at.startswith("/"):
            return await asyncio.open_unix_connection(self._server_at)
        host, _, port = self._server_at.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def _until_gone(self, passing: Coroutine[Any, Any, None], gate: Gate) -> None:
        """That one side has gone is not heard of past a gate that is shut, either."""
        try:
            await passing
        except (ConnectionError, asyncio.IncompleteReadError):
            await gate.passed()
            raise ConnectionResetError from None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate) -> None:
        while data := await reader.read(_CHUNK):
            await gate.passed()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate) -> None:
        await self._pass(reader, writer, gate)


class BrokerProxy(Proxy):
    """A proxy before a broker: where that says where it is to be found, it names the proxy.

    Clients ask a broker for its address and go there, past any proxy. Host and port stand in answers as they are, the
    host as text and the port in four bytes, and the proxy's name is as long as the broker's.
    """

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate) -> None:
        host, _, port = self._server_at.rpartition(":")
        assert host == _HOST, "the names of the broker and of the proxy must be equally long"
        named, instead = (_HOST.encode() + number.to_bytes(4, "big") for number in (int(port), self.port))
        while True:
            size = await reader.readexactly(4)
            left = int.from_bytes(size, "big")
            begin = await reader.readexactly(min(left, _NAMED_WITHIN))
            left -= len(begin)
            await gate.passed()
            writer.write(size + begin.replace(named, instead))
            while left:
                data = await reader.readexactly(min(left, _CHUNK))
                left -= len(data)
                await gate.passed()
                writer.write(data)
                await writer.drain()
            await writer.drain()
