"""Which entries of a journal are decided anew together: plain batches of one process, no more than a batch takes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.chassis.delivery.applying.journal import BATCH, COMMAND, TIMERS, Entry
from shared.chassis.delivery.recovering.together import alike

AT = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


def entry(number: int, records: int = 1, **changes: Any) -> Entry:
    took = (("concerns", 0, 10 * number, 10 * number + records),)
    plain: dict[str, Any] = {"epoch": 1, "at": AT, "kind": BATCH, "outcome": "abc", "took": took}
    return Entry(number=number, **plain | changes)


def numbers(*entries: Entry, begin: int = 0, most: int = 500) -> list[int]:
    return [one.number for one in alike(entries, begin, most)]


def test_plain_batches_of_one_process_go_together() -> None:
    assert numbers(entry(1), entry(2), entry(3)) == [1, 2, 3]
    assert numbers(entry(1), entry(2), entry(3), begin=1) == [2, 3]


def test_they_take_no_more_records_than_a_batch_does_and_one_in_any_case() -> None:
    assert numbers(entry(1, 2), entry(2, 2), entry(3, 2), most=4) == [1, 2]
    assert numbers(entry(1, 9), entry(2, 1), most=4) == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": TIMERS, "until": AT},
        {"kind": COMMAND, "what": {"given_up": {}}},
        {"undecided": "too_much"},
        {"unreadable": 1},
        {"outcome": ""},
        {"epoch": 2},
    ],
    ids=("timers", "command", "undecided", "breaker", "no-digest", "epoch"),
)
def test_whatever_else_goes_by_itself(other: dict[str, Any]) -> None:
    assert numbers(entry(1), entry(2, **other), entry(3)) == [1]
    assert numbers(entry(1, **other), entry(2)) == [1]


def test_what_another_process_did_between_keeps_its_place() -> None:
    assert numbers(entry(1), entry(7, epoch=2), entry(2)) == [1]
    assert numbers(entry(1), entry(3)) == [1]
