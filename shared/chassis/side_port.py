"""The one port of a service: the read API under /api, everything else as FastStream serves it, and one life."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Any

from shared.chassis.errors import PortTaken
from shared.chassis.settings import HTTP_HOST, HTTP_PORT, Settings

Asgi = Callable[[Any, Any, Any], Any]
_BASE = "/api/"


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
    """Sends each request where it belongs. The read API is made by the first request for it, in a thread."""

    def __init__(self, rest: Asgi, make_api: Callable[[], Asgi]) -> None:
        """Make nothing yet."""
        self._rest = rest
        self._make_api = make_api
        self._api: Asgi | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or live the life of the process."""
        if scope["type"] != "http" or not scope["path"].startswith(_BASE):
            await self._rest(scope, receive, send)
            return
        async with self._making:
            if self._api is None:
                self._api = await asyncio.to_thread(self._make_api)
        await self._api(scope, receive, send)
