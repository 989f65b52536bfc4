"""What a timer is called and when it has its turn: by everything that tells one from another, and by nothing else."""

from datetime import timedelta
from itertools import permutations

from shared.chassis.due import in_order, timer_metadata
from shared.kernel.event import Due
from tests.unit.chassis.records import ADA, BEN, NOON

DUE = Due("alarm", ADA, NOON)
OTHERS = [
    DUE._replace(name="bell"),
    DUE._replace(subject=BEN),
    DUE._replace(at=NOON.replace(year=2025)),
    DUE._replace(at=NOON + timedelta(milliseconds=1)),
    DUE._replace(turn="2024-03-07"),
]


def test_a_timer_has_an_identity_of_its_own_and_always_the_same() -> None:
    names = {timer_metadata("diary", due).identity for due in (DUE, *OTHERS)}

    assert len(names) == 1 + len(OTHERS)
    assert timer_metadata("diary", DUE._replace()).identity in names
    assert timer_metadata("audit", DUE).identity not in names


def test_timers_have_their_turn_as_they_fell_due_and_then_in_one_order_whatever_the_case_says_first() -> None:
    early = DUE._replace(name="zzz", at=NOON - timedelta(hours=1))
    due = [DUE, DUE._replace(turn="a"), DUE._replace(turn="b"), DUE._replace(name="bell")]
    due.insert(3 if BEN > ADA else 0, DUE._replace(subject=BEN))

    for order in permutations(due):
        assert sorted([*order, early], key=in_order) == [early, *due]
