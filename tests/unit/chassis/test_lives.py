"""Which entries of a journal count once the database has gone back, whoever reads them and from wherever (rule 16)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from shared.chassis.delivery.applying.journal import BATCH, COMMAND, Entry, encode, entry_of
from shared.chassis.delivery.applying.lives import Lives

AT = datetime(2026, 11, 28, tzinfo=UTC)
P, Q = 1, 2


def entry(epoch: int, number: int, life: str = "") -> Entry:
    return Entry(epoch, number, AT, BATCH, life=life)


def begins(life: str, **waited: int) -> Entry:
    return Entry(99, 0, AT, COMMAND, life=life, waited={{"p": P, "q": Q}[name]: last for name, last in waited.items()})


def counted(lives: Lives, *entries: Entry) -> list[tuple[int, int]]:
    return [(one.epoch, one.number) for one in entries if lives.counts(one)]


def test_what_is_told_of_a_life_that_is_over_counts_for_nothing() -> None:
    told = [
        begins("first"), entry(P, 1, "first"), entry(P, 2, "first"),
        begins("second"), entry(Q, 1, "second"), entry(P, 3, "first"), entry(Q, 2, "second"),
    ]  # fmt: skip
    whole, rest = Lives(), Lives(["first"])

    assert counted(whole, *told) == [(P, 1), (P, 2), (Q, 1), (Q, 2)]
    assert counted(rest, *told[2:]) == [(P, 2), (Q, 1), (Q, 2)], "so it does for who begins further on"
    assert whole.known == rest.known == ["first", "second"]
    assert counted(Lives(whole.known), entry(P, 3, "first"), entry(Q, 3, "second")) == [(Q, 3)]


def test_what_waited_in_the_outbox_when_a_life_began_is_told_late_and_counts() -> None:
    told = [begins("second", p=2), entry(P, 2, "first"), entry(Q, 1, "second"), entry(P, 3, "first")]

    assert counted(Lives(["first"]), *told) == [(P, 2), (Q, 1)]


def test_of_two_who_say_that_a_life_has_begun_the_first_is_believed() -> None:
    told = [begins("second", p=2), begins("second", p=3), entry(P, 2, "first"), entry(P, 3, "first")]

    assert counted(Lives(["first"]), *told) == [(P, 2)]


def test_what_programs_wrote_that_knew_of_no_lives_counts() -> None:
    told = [entry(P, 1), begins("first"), entry(P, 2), begins("second"), entry(P, 3)]

    assert counted(Lives(), *told) == [(P, 1), (P, 2), (P, 3)]


def test_a_life_that_nobody_told_of_counts() -> None:
    """A person has given up where it began."""
    assert counted(Lives(["first"]), entry(Q, 1, "third"), begins("second"), entry(Q, 2, "third")) == [(Q, 1), (Q, 2)]


@pytest.mark.parametrize("one", [begins("second", p=2), entry(P, 1, "first"), entry(P, 1)])
def test_entries_are_read_as_they_were_written(one: Entry) -> None:
    assert entry_of(encode(one)) == one


def test_programs_that_know_of_no_lives_pass_over_where_one_begins() -> None:
    """To them it is an entry that every database has, since its number is none."""
    told = msgspec.json.decode(encode(begins("second", p=2)))

    assert (told["kind"], told["number"], told.get("what", {})) == (COMMAND, 0, {})
