"""Until when timers may fire: what is agreed by two clocks, and past everything that was taken by then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from shared.chassis.delivery.applying import position_rows
from shared.chassis.delivery.kafka.positions import Position
from shared.chassis.delivery.timing import timer_gate
from shared.chassis.delivery.timing.clocks import AGREE_S
from shared.chassis.delivery.timing.timer_gate import TimerGate
from shared.chassis.process.metrics import Metrics
from tests.unit.chassis.records import NOON, later

ONE, TWO = ("concerns", 0), ("audit-reviews", 1)


class World:
    """What a gate asks: two clocks, the logs, the database, the monotonic clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: datetime | str = NOON
        self.ends: dict[Any, int] | None = {ONE: 5, TWO: 0}
        self.positions = {ONE: 5, TWO: 0}
        self.monotonic = 100.0
        self.looks = 0
        self.metrics = Metrics("audit")
        monkeypatch.setattr(timer_gate, "monotonic_seconds", lambda: self.monotonic)
        monkeypatch.setattr(position_rows, "read", self._read)
        transactions: Any = SimpleNamespace(service=SimpleNamespace(name="audit"), lock=asyncio.Lock(), run=self._run)
        clock: Any = SimpleNamespace(now=lambda: NOON)
        clocks: Any = SimpleNamespace(present=lambda: self.now)
        self.gate = TimerGate(transactions, clock, clocks, self, self.metrics)  # type: ignore[arg-type]

    async def _run(self, once: Callable[[Any], Awaitable[Any]]) -> Any:
        return await once(None)

    async def _read(self, connection: Any, wanted: Any) -> Any:
        del connection
        return {p: Position(at, None) for p, at in self.positions.items() if p in wanted}

    async def partitions(self) -> list[Any]:
        return list(self.ends or ())

    async def for_readers(self, partitions: Any) -> dict[Any, int]:
        self.looks += 1
        if self.ends is None:
            raise ConnectionError
        return {partition: self.ends[partition] for partition in partitions}

    @property
    def waited(self) -> float:
        text = generate_latest(self.metrics.registry).decode()
        line = next(line for line in text.splitlines() if line.startswith("safeguarding_timers_waiting_seconds{"))
        return float(line.rpartition(" ")[2])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


async def test_it_opens_for_what_fell_due_before_the_look_by_as_much_as_clocks_that_agree_may_differ(
    world: World,
) -> None:
    assert await world.gate.opened() == NOON - timedelta(seconds=AGREE_S) == world.gate.wanted()
    world.gate.shut()
    assert world.waited == 0


async def test_it_is_shut_while_clocks_differ_and_says_so_after_a_minute(world: World) -> None:
    world.now = "the clock of this machine is 3600.000 s behind the database's"

    with capture_logs() as told:
        assert await world.gate.opened() is None
    assert told == []
    assert world.looks == 0, "nobody could say to what the look belongs"
    assert world.gate.troubles() == []
    with capture_logs() as told:
        for _ in range(3):
            world.monotonic += 61
            assert await world.gate.opened() is None
            assert [line["event"] for line in told] == ["timers_wait"], "once, and not before"
    assert world.waited == 183
    assert world.gate.troubles() == [f"timers are due and wait: {world.now}"]
    world.now = later(hours=1)
    assert await world.gate.opened() == later(hours=1) - timedelta(seconds=AGREE_S)
    world.gate.shut()
    assert world.gate.troubles() == []


@pytest.mark.parametrize("partition", [ONE, TWO])
async def test_it_is_shut_until_each_partition_has_been_read_whoever_reads_it(world: World, partition: Any) -> None:
    world.ends = {ONE: 5, TWO: 3}
    world.positions = {ONE: 5, TWO: 3, partition: 2}

    assert await world.gate.opened() is None
    world.monotonic += 61
    assert world.gate.troubles() == [f"timers are due and wait: {partition[0]} {partition[1]} is to be read first"]
    world.positions[partition] = 5
    assert await world.gate.opened() == world.gate.wanted()


async def test_a_partition_that_nobody_has_begun_to_read_is_unread_even_if_it_is_empty(world: World) -> None:
    del world.positions[TWO]

    assert await world.gate.opened() is None


async def test_what_is_taken_meanwhile_keeps_it_shut_no_longer_and_what_falls_due_later_has_a_look_of_its_own(
    world: World,
) -> None:
    world.positions[ONE] = 4
    assert await world.gate.opened() is None
    world.ends = {ONE: 9, TWO: 9}
    world.now = later(minutes=1)
    world.positions[ONE] = 5

    assert await world.gate.opened() == NOON - timedelta(seconds=AGREE_S), "as of the look, not of now"
    assert world.looks == 1
    world.gate.shut()
    assert await world.gate.opened() is None
    assert world.looks == 2


async def test_a_database_that_goes_back_shuts_it_again(world: World) -> None:
    assert await world.gate.opened() is not None
    world.positions[ONE] = 1

    assert await world.gate.opened() is None


async def test_it_is_shut_while_nobody_knows_where_the_logs_end(world: World) -> None:
    partitions, world.ends = world.ends, None

    assert await world.gate.opened() is None
    world.monotonic += 61
    assert "nobody knows where the logs end" in world.gate.troubles()[0]
    world.ends = partitions
    assert await world.gate.opened() is not None
