"""Dumps of a database that is in use, and how an administrator puts one back: all of it, or one service's part."""

from __future__ import annotations

import os
import random
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from tests.faults.monitor import READS
from tests.support.databases import dump, put_back, put_back_alone
from tests.support.installation import Installation

_KEPT = 2
_APART_S = (5.0, 12.0)


class Dumped(NamedTuple):
    """One moment: everything, and one service alone."""

    whole: Path
    service: str
    alone: Path


class Backups:
    """The latest dumps; an older one is thrown away when another is made."""

    def __init__(self, installation: Installation, dice: random.Random) -> None:
        self._installation = installation
        self._dice = dice
        self._kept: deque[Dumped] = deque()
        self._next_at = 0.0

    async def keep(self) -> None:
        """Dump again if it is time."""
        if time.monotonic() < self._next_at:
            return
        service = self._dice.choice(list(READS))
        into = Path(os.environ["SECTION42_TEST_RUN"])
        whole = await dump(self._installation, into)
        self._kept.append(Dumped(whole, service, await dump(self._installation, into, service)))
        while len(self._kept) > _KEPT:
            self._throw_away(self._kept.popleft())
        self._next_at = time.monotonic() + self._dice.uniform(*_APART_S)

    def __bool__(self) -> bool:
        """Whether there is anything to put back."""
        return bool(self._kept)

    def one(self) -> Dumped:
        """One of those there are."""
        return self._dice.choice(self._kept)

    async def put_back(self, dumped: Dumped) -> None:
        """Everything as it was then."""
        self._forget_after(dumped)
        await put_back(self._installation, dumped.whole)

    async def put_back_alone(self, dumped: Dumped) -> None:
        """One service as it was then."""
        self._forget_after(dumped)
        await put_back_alone(self._installation, dumped.alone, dumped.service)

    def forget(self) -> None:
        """None of these may be put back any more: what they would need again is about to go."""
        while self._kept:
            self._throw_away(self._kept.popleft())
        self._next_at = 0.0

    def _forget_after(self, dumped: Dumped) -> None:
        """Those that came after it may hold what nobody was told of, and what was then decided anew contradicts."""
        while self._kept[-1] is not dumped:
            self._throw_away(self._kept.pop())

    def _throw_away(self, dumped: Dumped) -> None:
        dumped.whole.unlink()
        dumped.alone.unlink()
