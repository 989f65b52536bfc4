"""The one port of a service: the read API under /api, everything else as FastStream serves it, and one life."""

import asyncio
import errno
import json
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from shared.chassis.process.errors import PortTaken
from shared.chassis.process.settings import HTTP_HOST, HTTP_PORT, Settings

Asgi = Callable[[Any, Any, Any], Any]
Life = Callable[[], AbstractAsyncContextManager[None]]
_BASE = "/api/"
_AT_ONCE = 30
_BUSY = json.dumps(
    {
        "title": "Not now", "status": 503, "code": "too_many_calls",
        "detail": f"{_AT_ONCE} calls are being answered already. Ask again in a moment.",
    }
).encode()  # fmt: skip


def listen(settings: Settings) -> socket.socket:
    """The port, before anything else is done, so that who cannot have it is told so. Raises as a setting does."""
    try:
        family, *_, address = socket.getaddrinfo(
            settings.http_host, settings.http_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"{HTTP_PORT.name} is {settings.http_port}: another program listens there; choose one that is free"
            ) from None
        if error.errno == errno.EACCES:
            raise HTTP_PORT.wrong(str(settings.http_port), " (this user may not listen there)") from None
        raise HTTP_HOST.wrong(settings.http_host, " (this machine has no such address)") from None


class SidePort:
    """Sends each request where it belongs. The read API is made by the first request for it, in a thread.

    However many read, health and metrics are answered.
    """

    def __init__(self, rest: Asgi, make_api: Callable[[], Asgi], life: Life, turned_away: Callable[[], None]) -> None:
        """Make nothing yet; `life` is what goes on from the first request to the last, and beside them."""
        self._rest = rest
        self._make_api = make_api
        self._turned_away = turned_away
        self._api: Asgi | None = None
        self._making = asyncio.Lock()
        self._life = life
        self._in_hand = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or live the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http" or not scope["path"].startswith(_BASE):
            await self._rest(scope, receive, send)
            return
        if self._in_hand >= _AT_ONCE:
            self._turned_away()
            await _busy(send)
            return
        self._in_hand += 1
        try:
            async with self._making:
                if self._api is None:
                    self._api = await asyncio.to_thread(self._make_api)
            await self._api(scope, receive, send)
        finally:
            self._in_hand -= 1

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        async with self._life():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _busy(send: Any) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"retry-after", b"5"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _BUSY})
