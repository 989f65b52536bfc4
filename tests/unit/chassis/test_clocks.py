"""Whose clock is wrong: what may be true stops nothing, what cannot be true is found, however seldom anybody looks."""

import math
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chassis.delivery.timing.clocks import AGREE_S, Ahead, Bounds, DatabaseClock, Looks, agree, beyond, off_by

HOUR, DAYS_200 = 3600.0, 200 * 86_400.0
SKEWS = st.sampled_from([0.0, 0.5, -0.5, 1.9, -1.9, 30.0, -30.0, HOUR, -HOUR, DAYS_200, -DAYS_200])


@dataclass
class Told:
    """A log as it came to be: records are taken, and its ends looked at, at instants of the monotonic clock."""

    skew: float
    taken: list[float] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)
    now: float = 1000.0

    def take(self) -> None:
        self.taken.append(self.now)

    def look(self, took: float) -> None:
        asked, end = self.now, len(self.taken)
        self.now += took
        self.looks.saw_leader(end, asked)
        self.looks.saw_readers(end, self.now)

    def log_time(self, offset: int) -> float:
        """What the broker stamped: a true clock is ahead of the monotonic one by 5,000 s."""
        return self.taken[offset] + 5000 + self.skew

    def off_by(self, offset: int, ahead: Ahead) -> float:
        return off_by(self.log_time(offset), self.looks.bounds(offset, self.now), ahead)


STEPS = st.lists(st.tuples(st.sampled_from(["take", "take", "look"]), st.floats(min_value=0, max_value=3)), max_size=60)


def told(skew: float, steps: list[tuple[str, float]]) -> Told:
    log = Told(skew)
    for what, lasting in steps:
        if what == "take":
            log.now += lasting
            log.take()
        else:
            log.look(lasting)
    return log


@settings(max_examples=300, deadline=None)
@given(broker=SKEWS, service=SKEWS, database=SKEWS, steps=STEPS)
def test_a_broker_that_agrees_with_either_clock_is_never_found_wrong(
    broker: float, service: float, database: float, steps: list[tuple[str, float]]
) -> None:
    log = told(broker, steps)
    ahead = Ahead(5000 + service, 5000 + database)

    differs = min(abs(broker - service), abs(broker - database))
    for offset in range(len(log.taken)):
        found = log.off_by(offset, ahead)
        assert abs(found) <= differs + 1e-6, "it is told as no further off than it is"
        if differs <= AGREE_S:
            assert agree(found)


@settings(max_examples=300, deadline=None)
@given(broker=SKEWS, steps=STEPS)
def test_a_broker_that_is_further_off_than_anybody_can_doubt_is_found_wrong(
    broker: float, steps: list[tuple[str, float]]
) -> None:
    log = told(broker, steps)

    for offset, taken in enumerate(log.taken):
        bounds = log.looks.bounds(offset, log.now)
        assert bounds.after <= taken <= bounds.before
        if broker > AGREE_S + bounds.before - taken or -broker > AGREE_S + taken - bounds.after:
            found = log.off_by(offset, Ahead(5000.0, 5000.0))
            assert not agree(found)
            assert (found > 0) == (broker > 0)


def test_clocks_agree_to_within_two_seconds() -> None:
    assert [agree(by) for by in (-2.001, -2.0, 0.0, 2.0, 2.001)] == [False, True, True, True, False]


def test_looked_at_every_second_a_clock_four_seconds_off_is_found_either_way() -> None:
    for skew in (4.1, -4.1):
        log = told(skew, [("look", 0.0), ("take", 1.0)] * 5)
        log.look(0.0)

        assert not agree(log.off_by(3, Ahead(5000.0, 5000.0)))


def test_a_broker_is_believed_where_it_agrees_with_one_of_two_that_differ() -> None:
    bounds = Bounds(10, 11)

    assert off_by(5010.5, bounds, Ahead(5000 + DAYS_200, 5000)) == 0, "the service's clock is wrong"
    assert off_by(5010.5, bounds, Ahead(5000, 5000 - HOUR)) == 0, "the database's clock is wrong"
    assert not agree(off_by(5010.5 + DAYS_200, bounds, Ahead(5000, 5000 + HOUR))), "all three differ"
    assert off_by(5010.5 + HOUR, bounds, Ahead(5000)) == HOUR - 0.5, "and while the database's was never read"


def test_a_record_before_anybody_looked_may_be_as_old_as_it_says_and_no_younger_than_now() -> None:
    bounds = Looks().bounds(7, now=50)

    assert bounds == Bounds(-math.inf, 50)
    assert beyond(10, bounds, 0) == 0
    assert beyond(60, bounds, 0) == 10


def test_a_record_that_shows_late_has_a_look_s_grace() -> None:
    """A broker stamps a record before it shows it: what the last look missed may have been stamped just before it."""
    looks = Looks()
    for asked in (10.0, 11.0, 12.0):
        looks.saw_leader(5, asked)

    assert looks.bounds(5, now=13).after == 11.0


def test_a_log_that_lost_its_end_has_its_new_records_judged_by_what_was_seen_since() -> None:
    looks = Looks()
    for at, end in ((10.0, 5), (11.0, 9), (12.0, 6)):
        looks.saw_leader(end, at)
        looks.saw_readers(end, at)

    assert looks.bounds(7, now=20) == Bounds(11.0, 20)
    looks.saw_readers(8, 14.0)
    assert looks.bounds(7, now=20).before == 14.0


def test_what_was_seen_long_ago_bounds_less_closely_and_takes_no_room() -> None:
    looks = Looks()
    for second in range(5000):
        looks.saw_leader(second, float(second))
        looks.saw_readers(second, float(second))
        looks.saw_readers(second, second + 0.5)
    assert len(looks._leader) == len(looks._asked) <= 700
    assert len(looks._readers) == len(looks._answered) <= 700
    for offset in range(0, 4999, 7):
        bounds = looks.bounds(offset, now=5000)
        assert bounds.after <= offset <= bounds.before
    assert looks.bounds(4998, now=5000) == Bounds(4997.0, 4999.0)
    quiet = Looks()
    for second in range(5000):
        quiet.saw_leader(7, float(second))
        quiet.saw_readers(7, float(second))
    assert len(quiet._leader) == len(quiet._readers) == 1


def test_a_database_s_clock_that_was_set_makes_worthless_what_was_seen_before_and_a_slow_answer_says_nothing() -> None:
    clock = DatabaseClock()

    assert not clock.read(10.0, 5010.1, 10.2)
    assert clock.ahead_s == 5000.0
    assert not clock.read(11.0, 5011.9, 12.8), "it took too long"
    assert (clock.ahead_s, clock.read_at) == (5000.0, 10.2)
    assert not clock.read(20.0, 5020.5, 20.0)
    assert clock.read(21.0, 5021.0 + HOUR, 21.0)
    assert clock.ahead_s == 5000.0 + HOUR
    assert not clock.read(22.0, 5022.0 + HOUR, 22.0)
