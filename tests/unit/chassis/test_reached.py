"""Markers are passed with the record before them, and with no other: what is still in our hands is never passed."""

import pytest

from shared.chassis.delivery.kafka.polling import Reached


@pytest.mark.parametrize(
    ("reached", "taken", "goes_on_at"),
    [
        (Reached(9, 10), 9, 10),
        (Reached(9, 12), 9, 12),  # a marker and something taken back follow
        (Reached(9, 12), 6, 7),  # the breaker, or a clock, has left records 7 to 9 in our hands
        (Reached(9, 4), 9, 10),  # the client has begun elsewhere
    ],
)
def test_where_to_go_on(reached: Reached, taken: int, goes_on_at: int) -> None:
    assert reached.after(taken) == goes_on_at
