"""The one port of a service: the read API under /api, everything else as FastStream serves it, and one life."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

Asgi = Callable[[Any, Any, Any], Any]
Life = Callable[[], AbstractAsyncContextManager[None]]
_BASE = "/api/"


class SidePort:
    """Sends each request where it belongs. The read API is made by the first request for it, in a thread."""

    def __init__(self, rest: Asgi, make_api: Callable[[], Asgi], life: Life) -> None:
        """Make nothing yet; `life` is what goes on from the first request to the last, and beside them."""
        self._rest = rest
        self._make_api = make_api
        self._api: Asgi | None = None
        self._making = asyncio.Lock()
        self._life = life

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or live the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http" or not scope["path"].startswith(_BASE):
            await self._rest(scope, receive, send)
            return
        async with self._making:
            if self._api is None:
                self._api = await asyncio.to_thread(self._make_api)
        await self._api(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        async with self._life():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
