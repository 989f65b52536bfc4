"""Events of one case told in order: what comes too early waits, and is told again, in order, when the case changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

E = TypeVar("E")
WAITS, CHANGED, SAME = "waits", "changed", "same"


def replay(events: Iterable[E], tell: Callable[[E], str]) -> list[E]:
    """Tell them all; what waits in the end. `tell` answers WAITS, CHANGED or SAME."""
    waiting: list[E] = []
    todo = list(events)[::-1]
    while todo:
        event = todo.pop()
        became = tell(event)
        if became == WAITS:
            waiting.append(event)
        elif became == CHANGED:
            todo += waiting[::-1]
            waiting.clear()
    return waiting
