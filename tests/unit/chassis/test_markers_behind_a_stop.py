"""Where a batch takes its partitions: past the markers behind its last record, unless a record was left there."""

from types import SimpleNamespace
from typing import Any

import pytest

from shared.chassis.breaker import Breaker
from shared.chassis.clock import WallClock
from shared.chassis.clock_rows import Stop
from shared.chassis.consumer import Consumer
from shared.chassis.positions import Position
from tests.unit.chassis.records import review, wire


class _SeenError(Exception):
    """The batch was handed over."""


@pytest.mark.parametrize(("stopped", "to"), [({}, 9), ({("audit-reviews", 0): Stop(5, 60.0)}, 5)])
async def test_what_stands_still_is_not_passed_with_the_markers(stopped: dict[Any, Stop], to: int) -> None:
    seen: list[Any] = []

    async def apply(batch: Any) -> None:
        seen.append(batch)
        raise _SeenError

    consumer: Any = SimpleNamespace(
        _transactions=SimpleNamespace(wire=wire(), clock=WallClock(), apply=apply),
        _settings=SimpleNamespace(burst_unreadable_max=100, topic_prefix=""),
        _reached={("audit-reviews", 0): 9},
        breaker=Breaker(),
        owned=SimpleNamespace(positions={("audit-reviews", 0): Position(4, None)}),
        clocks=SimpleNamespace(stopped=stopped),
    )
    with pytest.raises(_SeenError):
        await Consumer._apply(consumer, [review("a", offset=4)])

    assert seen[0].to["audit-reviews", 0].next_offset == to
