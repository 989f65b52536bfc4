"""How far behind, whether something stands before us that is no record, and for how long a transaction holds us up."""

import pytest

from shared.chassis.delivery.consuming import standing as module
from shared.chassis.delivery.consuming.standing import Standing
from shared.chassis.delivery.kafka.log_reader import Bounds
from shared.chassis.delivery.kafka.positions import Position

WHERE = ("door", 0)


def at(offset: int) -> Position:
    return Position(offset, b"x", offset - 1)


def test_nought_is_nought_and_any_other_number_is_an_upper_bound() -> None:
    standing = Standing("intake")

    standing.saw(WHERE, at(5), Bounds(0, 7, 7))
    assert standing.behind[WHERE] == 2
    assert WHERE in standing.behind_since
    standing.saw(WHERE, at(7), Bounds(0, 7, 7))
    assert standing.behind[WHERE] == 0
    assert WHERE not in standing.behind_since


def test_what_lies_before_us_is_looked_at_once_nothing_has_moved_between_two_looks() -> None:
    standing = Standing("intake")

    standing.saw(WHERE, at(5), Bounds(0, 7, 7))
    assert standing.waiting([WHERE]) == []
    standing.saw(WHERE, at(6), Bounds(0, 7, 7))
    assert standing.waiting([WHERE]) == [], "it reads"
    standing.saw(WHERE, at(6), Bounds(0, 7, 7))
    assert standing.waiting([WHERE]) == [WHERE]
    assert standing.waiting([]) == [], "it is somebody else's by now"
    standing.saw(WHERE, at(6), Bounds(0, 7, 6))
    assert standing.waiting([WHERE]) == [], "what is there may not be read yet"


def test_a_transaction_holds_up_from_when_the_readable_end_stands_still() -> None:
    standing = Standing("intake")

    standing.saw(WHERE, at(5), Bounds(0, 7, 5))
    (since,) = [since for _, since in standing._held_up.values()]
    standing.saw(WHERE, at(5), Bounds(0, 9, 5))
    assert [each for _, each in standing._held_up.values()] == [since], "the same one, and more behind it"
    standing.saw(WHERE, at(6), Bounds(0, 9, 6))
    assert standing._held_up[WHERE][0] == 6, "another one"
    assert standing.held_up().keys() == {WHERE}
    standing.saw(WHERE, at(9), Bounds(0, 9, 9))
    assert standing.held_up() == {}


def test_what_is_not_ours_any_more_is_forgotten() -> None:
    standing = Standing("intake")
    for _ in range(2):
        standing.saw(WHERE, at(5), Bounds(0, 9, 7))

    standing.forget(WHERE)

    assert (standing.behind, standing.behind_since, standing.held_up(), standing.waiting([WHERE])) == ({}, {}, {}, [])


def test_what_kafka_has_said_nothing_of_for_a_while_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    standing = Standing("intake")
    standing.saw(WHERE, at(7), Bounds(0, 7, 7))
    assert (standing.silent(), standing.troubles((), "")) == ({}, [])

    monkeypatch.setattr(module, "HEARD_S", -1.0)

    assert standing.silent().keys() == {WHERE}
    assert standing.troubles((), "") == ["Kafka has said nothing of 1 partitions for 0 s"]
    standing.forget(WHERE)
    assert standing.silent() == {}, "it is somebody else's by now"


def test_one_partition_that_stands_still_is_told_of_whatever_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    standing, other = Standing("intake"), ("door", 1)
    monkeypatch.setattr(module, "STANDING_S", -1.0)
    for offset in (5, 6, 7):
        standing.saw(WHERE, at(5), Bounds(0, 9, 9))
        standing.saw(other, at(offset), Bounds(0, 9, 9))

    assert standing.standing().keys() == {WHERE}
    assert standing.troubles((), "") == ["door 0 has had records for 0 s, and none was read"]
    assert standing.troubles([WHERE], "") == [], "whoever stopped it says so"
    standing.saw(WHERE, at(6), Bounds(0, 9, 9))
    assert standing.standing() == {}, "it goes on"


def test_of_a_log_that_is_refused_nothing_counts_as_read_until_it_is_accepted() -> None:
    standing = Standing("intake")

    standing.forget(WHERE)
    standing.refused(WHERE, 3, 9)
    assert standing.behind == {WHERE: 6}
    standing.saw(WHERE, at(9), Bounds(3, 9, 9))
    assert standing.behind == {WHERE: 0}
