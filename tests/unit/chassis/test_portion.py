"""What one transaction may ask for: measured in bytes, cases, facts and thinking, and cut to what fits."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from shared.chassis.delivery.consuming.portion import Portion
from shared.chassis.delivery.deciding import budget
from shared.chassis.delivery.deciding.budget import TooMuchError, few_enough, within
from shared.chassis.delivery.records.wire import Fact, Unread
from shared.chassis.process.errors import ServiceBroke
from shared.kernel.identity import derived
from tests.unit.chassis.records import concern, read, wire


def fact(size: int) -> Fact:
    return Fact("concerns", b"key", [], b"x" * size)


def loop() -> None:
    while True:
        pass


def spend(seconds: float, *records: Sequence[Fact], then: Callable[[], object] = int) -> None:
    """A step within so many seconds: records with the facts so far, and then something more."""
    with within(seconds) as meter:
        for facts in records:
            meter.record(facts)
        then()


def test_a_loop_is_interrupted_and_what_came_before_it_is_known() -> None:
    began = time.thread_time()
    with pytest.raises(TooMuchError) as told:
        spend(0.1, [], [], then=loop)

    assert told.value.done == 2
    assert time.thread_time() - began < 0.5
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_what_a_service_catches_does_not_keep_it_going() -> None:
    def deaf() -> None:
        while True:
            with suppress(Exception):
                loop()

    with pytest.raises(TooMuchError), within(0.1):
        deaf()


def test_waiting_is_no_thinking() -> None:
    with within(0.05) as meter:
        time.sleep(0.2)
        meter.record()

    assert meter.done == 1


def test_want_of_memory_is_too_much() -> None:
    def full() -> None:
        raise MemoryError

    with pytest.raises(TooMuchError) as told:
        spend(5, [], then=full)

    assert told.value.done == 1


def test_what_was_decided_before_has_all_the_time_there_is() -> None:
    with within(None) as meter:
        for _ in range(budget.FACTS_MAX + 1):
            meter.record([fact(1)] * (budget.FACTS_MAX + 1))


@pytest.mark.parametrize("facts", [[fact(1)] * (budget.FACTS_MAX + 1), [fact(budget.FACT_BYTES_MAX + 1)]])
def test_facts_are_bounded_in_number_and_in_bytes(facts: Sequence[Fact]) -> None:
    with pytest.raises(TooMuchError) as told:
        spend(5, [], facts)

    assert told.value.done == 1


def test_cases_are_bounded_but_never_those_of_one_record() -> None:
    ours = read(concern("a"))
    assert not isinstance(ours, Unread)
    wide = ours._replace(keys=tuple(derived("case", str(n)) for n in range(budget.CASES_MAX)))

    few_enough([wide._replace(keys=wide.keys * 2)])
    few_enough([wide])
    with pytest.raises(TooMuchError) as told:
        few_enough([None, wide, ours])
    assert told.value.done == 2


class Applying:
    """What was applied, portion by portion; `bad` are records over which it breaks, as `error` says."""

    def __init__(self, error: type[Exception], *bad: int) -> None:
        self.error = error
        self.bad = set(bad)
        self.applied: list[int] = []
        self.aside: dict[int, str] = {}

    async def __call__(self, records: Sequence[int], undecided: str) -> None:
        if undecided:
            self.aside[records[0]] = undecided
        elif wrong := [place for place, one in enumerate(records) if one in self.bad]:
            raise TooMuchError(wrong[0]) if self.error is TooMuchError else ServiceBroke("somewhere")
        self.applied += records


class Numbered(int):
    value = b""


@pytest.mark.parametrize("error", [TooMuchError, ServiceBroke])
async def test_what_is_too_much_is_set_aside_alone_and_everything_else_is_applied_in_order(
    error: type[Exception],
) -> None:
    applying = Applying(error, 0, 7, 8, 63, 99)
    portion, left = Portion("any", 50, 1), [Numbered(n) for n in range(100)]
    rounds = 0
    while left:
        left = left[await portion.apply(left, applying) :]
        rounds += 1

    assert applying.applied == list(range(100))
    code = "asks_too_much" if error is TooMuchError else "internal_error"
    assert applying.aside == dict.fromkeys(sorted(applying.bad), code)
    assert rounds < 50


@pytest.mark.parametrize("together", [1, 5])
async def test_whose_turn_it_was_when_the_machine_stood_still_is_not_set_aside(together: int) -> None:
    applying, stood_still = Applying(TooMuchError), iter([True])

    async def once(records: Sequence[int], undecided: str) -> None:
        if next(stood_still, False):
            raise TooMuchError(0)
        await applying(records, undecided)

    portion, left = Portion("any", 50, 1), [Numbered(n) for n in range(together)]
    while left:
        left = left[await portion.apply(left, once) :]

    assert applying.applied == list(range(together))
    assert not applying.aside


async def test_what_breaks_even_so_is_not_tried_for_ever() -> None:
    async def never(_: Any, __: str) -> None:
        raise ServiceBroke("everywhere")

    with pytest.raises(ServiceBroke):
        await Portion("any", 50, 1).apply([Numbered(1)], never)


async def test_a_batch_is_cut_by_the_bytes_of_its_records() -> None:
    class Big(int):
        value = b"x" * (budget.BYTES_MAX // 2)

    applying = Applying(TooMuchError)
    assert await Portion("any", 50, 1).apply([Big(n) for n in range(5)], applying) == 2


def test_reading_is_thinking_too() -> None:
    slow = wire()
    slow._service = _Endless()  # type: ignore[assignment]

    with pytest.raises(TooMuchError):
        Portion("any", 50, 0.1).read(slow, [concern("a")], "")
    (aside,) = Portion("any", 50, 0.1).read(slow, [concern("a")], "asks_too_much")
    assert isinstance(aside, Unread)
    assert [reason.code for reason in aside.reasons] == ["asks_too_much"]


class _Endless:
    def cases_of(self, _: object) -> None:
        while True:
            pass
