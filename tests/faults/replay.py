"""Events of one case told in order: what comes too early waits, and is told again, in order, when the case changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from deploy.recount.answers import LATER, TAKEN, Answer

E = TypeVar("E")


def replay(events: Iterable[E], tell: Callable[[E], Answer]) -> list[E]:
    """Tell them all; what waits in the end."""
    waiting: list[E] = []
    todo = list(events)[::-1]
    while todo:
        event = todo.pop()
        became = tell(event)
        if became is LATER:
            waiting.append(event)
        elif became is TAKEN:
            todo += waiting[::-1]
            waiting.clear()
    return waiting
