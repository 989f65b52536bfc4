"""What tells, at no cost, that a log is not the one we have read; and what tells nothing."""

from uuid import UUID

import pytest

from shared.chassis.delivery.kafka.log_check import ANOTHER_TOPIC, BEGINS_AFTER, ENDS_BEFORE, outgrown
from shared.chassis.delivery.kafka.log_reader import Bounds
from shared.chassis.delivery.kafka.requests import NO_ID

OLD, NEW = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("was", "now", "bounds", "read_as", "is_now", "says"),
    [
        (5, 5, Bounds(0, 5, 5), OLD, OLD, ""),
        (5, 5, Bounds(5, 9, 9), OLD, OLD, ""),  # retention has taken what we had read
        (5, 5, Bounds(6, 9, 9), OLD, OLD, BEGINS_AFTER),
        (5, 7, Bounds(7, 9, 9), OLD, OLD, ""),  # read, and then taken, since Kafka was asked
        (5, 5, Bounds(0, 4, 4), OLD, OLD, ENDS_BEFORE),
        (5, 7, Bounds(0, 5, 5), OLD, OLD, ""),  # come, and read, since Kafka was asked
        (5, 5, Bounds(0, 9, 3), OLD, OLD, ""),  # a transaction that is open says nothing of the log
        (5, 5, Bounds(0, 9, 9), OLD, NEW, ANOTHER_TOPIC),
        (0, 0, Bounds(0, 0, 0), OLD, NEW, ANOTHER_TOPIC),  # nobody knows what the old one held that we had not read
        (5, 5, Bounds(0, 9, 9), None, NEW, ""),  # read before ids were kept
        (5, 5, Bounds(0, 9, 9), OLD, NO_ID, ""),  # a Kafka that gives none
    ],
)
def test_a_log_is_outgrown(was: int, now: int, bounds: Bounds, read_as: UUID | None, is_now: UUID, says: str) -> None:
    assert outgrown(was, now, bounds, read_as, is_now) == says
