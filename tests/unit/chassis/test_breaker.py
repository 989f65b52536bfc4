"""How many unreadable records in a row are taken before the breaker trips."""

from typing import Any

import pytest

from shared.chassis.delivery.applying.breaker import Breaker
from tests.unit.chassis.records import NOON, concern, read, review

GOOD, BAD = read(concern("a")), read(concern("a", value=b"{"))
GOOD_AT_A_DOOR, BAD_AT_A_DOOR = read(review("a")), read(review("a", value=b"{"))


def found(text: str) -> list[Any]:
    letters = {"g": GOOD, "b": BAD, "-": None, "G": GOOD_AT_A_DOOR, "B": BAD_AT_A_DOOR}
    return [letters[letter] for letter in text]


@pytest.mark.parametrize(
    ("before", "records", "taken", "in_a_row", "tripped"),
    [
        (0, "", 0, 0, False),
        (0, "ggg", 3, 0, False),
        (0, "bb", 2, 2, False),
        (0, "bbb", 3, 3, True),
        (0, "bbbbbbb", 3, 3, True),
        (2, "bgg", 1, 3, True),
        (2, "gbb", 3, 2, False),
        (0, "bbgbbgbb", 8, 2, False),
        (0, "bb-bb", 5, 2, False),
        (0, "gbbbg", 4, 3, True),
        (0, "BBBBBBB", 7, 0, False),
        (0, "bBBbGGb", 7, 3, True),
        (2, "BG", 2, 2, False),
    ],
)
def test_it_trips_at_the_third_in_a_row(before: int, records: str, taken: int, in_a_row: int, tripped: object) -> None:
    take, after = Breaker(before).over(found(records), 3, NOON)

    assert (take, after.in_a_row, after.tripped_at is not None) == (taken, in_a_row, tripped)
