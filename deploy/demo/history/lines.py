"""Lines as they are written: CloudEvents for the doors, each with the time it reached the council."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from deploy.demo.history.draw import ahead, likely
from shared.kernel.event import Event
from shared.kernel.identity import derived

CASEWORK = "/council/casework"
Data = Any


class Line(NamedTuple):
    """An event, at a civil time of London."""

    at: datetime
    id: str
    type: str
    source: str
    data: Data

    def event(self) -> dict[str, Any]:
        """The line as a CloudEvent in JSON."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": said(self.at),
            "datacontenttype": "application/json",
            "data": self.data,
        }


def said(at: datetime) -> str:
    """A civil time of London with its offset."""
    return at.isoformat(timespec="seconds") + ("+01:00" if ahead(at.date()) else "+00:00")


class Book:
    """The lines about one thing, with ids of their own."""

    def __init__(self, seed: int, name: str) -> None:
        """`name` tells it from everything else in the history."""
        self.rng = Random(f"{seed}/{name}")
        self.lines: list[Line] = []
        self._name = name

    def add(self, at: datetime, type_: type[Event], data: Data, source: str = CASEWORK) -> None:
        """One more line."""
        self.lines.append(Line(at, f"{self._name}-{len(self.lines) + 1:03d}", type_.type, source, data))

    def again(self) -> None:
        """The last line once more, as it was: delivered twice."""
        self.lines.append(self.lines[-1])

    def new_id(self, *parts: str) -> str:
        """The deciding system's own id for something, which nothing else has."""
        return str(derived("history", self._name, *parts))

    def happens(self, share: float) -> bool:
        """Yes, with this share."""
        return likely(self.rng, share)


def worker(rng: Random, team: str) -> str:
    """Somebody of a team, by an opaque code."""
    return f"sw-{team.replace('_', '-')}-{rng.randint(1, 14):02d}"


_MANAGERS = (
    ("tm", "team_manager"),
    ("atm", "assistant_team_manager"),
    ("tl", "team_leader"),
    ("sm", "service_manager"),
)


def manager(rng: Random, team: str) -> tuple[str, str]:
    """A manager of a team and their role."""
    code, role = rng.choices(_MANAGERS, weights=(6, 3, 2, 1))[0]
    return f"{code}-{team.replace('_', '-')}-{rng.randint(1, 3)}", role
