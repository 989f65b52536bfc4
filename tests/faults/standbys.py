"""A Postgres whose place standbys take, one after another, each without the last seconds of the one before."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable

from deploy.local.postgres import Postgres
from deploy.local.standby import Standby


class Standbys:
    """A server and those that came after it; whoever kills or starts it means the one that serves."""

    def __init__(self, first: Postgres) -> None:
        self._first = first
        self._numbers = itertools.count()
        self._serving: list[Postgres] = [first]

    def kill(self) -> None:
        """The one that serves, as a power cut would."""
        self._serving[-1].kill()

    def start(self) -> str:
        """It comes back, with what it had."""
        self._serving[-1].start()
        return self._first.url

    async def take_over(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """A standby follows, is cut off, and some time later, `meanwhile`, takes the place of the one it followed."""
        before = self._serving[-1]
        standby = Standby(self._first.directory / f"standby-{next(self._numbers)}", before)
        self._serving.append(standby)
        await asyncio.to_thread(standby.start)
        await asyncio.to_thread(standby.catch_up)
        await asyncio.to_thread(standby.cut_off)
        await meanwhile()
        await asyncio.to_thread(standby.take_over)

    def close(self) -> None:
        """Erase all but the first, the latest first."""
        while len(self._serving) > 1:
            standby = self._serving.pop()
            standby.erase()
            shutil.rmtree(standby.directory, ignore_errors=True)
