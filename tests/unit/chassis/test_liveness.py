"""Alive is who goes on, or knows what it waits for: an outage of the database starts nobody again."""

from __future__ import annotations

from shared.chassis.telling.liveness import Liveness


def test_it_lives_as_long_as_it_goes_on_or_knows_what_it_waits_for() -> None:
    now, waits_for = [0.0], [""]
    life = Liveness(lambda: waits_for[0], lambda: now[0])

    def after(seconds: float) -> bool:
        now[0] += seconds
        return life.there()

    assert after(60)
    life.beats()
    assert after(80), "a statement takes as long as it may"
    waits_for[0] = "the database (ConnectionRefusedError)"
    assert after(5)
    assert after(10_000), "an outage is no reason to start anybody again"
    waits_for[0] = ""
    assert after(1), "and nor is its end"
    assert not after(100), "but a standstill that nobody can explain is"
    life.beats()
    assert after(0)


def test_housekeeping_that_fails_for_a_while_is_told_of_until_it_has_been_done() -> None:
    now = [0.0]
    life = Liveness(str, lambda: now[0])
    for second in range(12):
        now[0] = second
        life.went("RaiseError")
        assert bool(life.troubles()) == (second >= 10)
    assert life.troubles() == ["the housekeeping fails (RaiseError): see tending_failed in the log"]
    life.went()
    assert life.troubles() == []
