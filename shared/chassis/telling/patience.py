"""Connections to the side port: how many there may be, and how long each may take.

uvicorn waits for ever for the rest of a request's headers, and for a client that does not fetch its answer. A few
hundred such clients would take every file a process may open, and health would be answered no more.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0
"""For the headers of a request, from when the connection is there or the answer before was written."""
ANSWER_S = 90.0
"""For a whole request and its answer; the slowest view has a minute."""
MOST = 100
"""Whoever comes when so many are there takes the place of the one that has said nothing for longest."""


class PatientProtocol(H11Protocol):
    """A connection that is cut off when its time is up, whatever it drips meanwhile."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody has come."""
        super().connection_made(transport)
        self._within(HEADERS_S)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody has gone."""
        super().connection_lost(exc)
        if self._deadline is not None:
            self._deadline.cancel()

    def handle_events(self) -> None:
        """Bytes have come; when they complete the headers of a request the clock of its answer begins."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._within(ANSWER_S)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP. Whoever deals with the request before it, or with its beginning, speaks no more.

        Where they have begun to answer nothing can be said; and what they say now would be an error of the server's.
        """
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing is upgraded here, and what could be installed for it is nobody's concern."""

    def on_response_complete(self) -> None:
        """The next request may come, over the same connection; it may be here already."""
        self._within(HEADERS_S)
        super().on_response_complete()

    def asks_nothing(self) -> bool:
        """Whether it is open and no request of it is in hand."""
        cycle: Any = self.cycle
        return not self.transport.is_closing() and (cycle is None or cycle.response_complete)

    def until(self) -> float:
        """Until when it may go on: of those that ask nothing, the least has waited longest."""
        return self._deadline.when() if self._deadline is not None else 0.0

    def _within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        # Abort, not close: closing waits until what was written is fetched.
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _make_room(self) -> None:
        there: list[Any] = [one for one in self.connections if not one.transport.is_closing()]
        if len(there) > MOST:
            idle = [one for one in there if one is not self and one.asks_nothing()]
            min(idle, key=PatientProtocol.until, default=self).transport.abort()
