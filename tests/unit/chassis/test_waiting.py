"""What waits is decided on as soon as it can be, in the order in which it came, however the events came (rule 8)."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations, product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.kernel.decision import Wait
from shared.kernel.identity import derived, event_identity, timed
from tests.support.casework import begun
from tests.support.diary import own_name, service
from tests.unit.chassis.records import ADA, BEN, NOON, RECEIVED, concern, entries, header, later, read, review, work
from tests.unit.chassis.written_down import WrittenDown

CAT = derived("adult", "cat")
WHOSE = {"ada": ADA, "ben": BEN, "cat": CAT}
CHAIN = ("x", "after:x:b", "after:b:c", "after:c:d")
_DONE, _REFUSED = "safeguarding.audit.repeat-review-done.v1", "safeguarding.audit.repeat-review-refused.v1"


@pytest.mark.parametrize("order", list(permutations(CHAIN)))
def test_a_chain_of_waiting_unwinds_in_whatever_order_it_came(order: tuple[str, ...]) -> None:
    casework = work(*map(concern, order))

    assert entries(casework) == list(CHAIN)
    assert not casework.held.waiting


@pytest.mark.parametrize("order", list(permutations(CHAIN)))
@pytest.mark.parametrize("written", list(product((False, True), repeat=3)))
def test_a_chain_unwinds_though_it_was_written_down_in_between(
    order: tuple[str, ...], written: tuple[bool, ...]
) -> None:
    tables = WrittenDown()
    tell(tables, [concern(name) for name in order], written)

    assert tables.diary(ADA) == list(CHAIN)
    assert not tables.held


def test_a_chain_unwinds_from_one_case_to_the_next() -> None:
    """Each waits at another's case, and each case is there already."""
    records = [
        concern("after:cat/c:d", ADA), concern("after:ben/b:c", CAT), concern("after:ada/a:b", BEN), concern("a", ADA),
    ]  # fmt: skip
    for written in product((False, True), repeat=3):
        tables = WrittenDown()
        tables.batch(*(concern(str(n), adult) for n, adult in enumerate(WHOSE.values())))
        tell(tables, records, written)

        assert [tables.diary(adult)[1:] for adult in (ADA, BEN, CAT)] == [
            ["a", "after:cat/c:d"], ["after:ada/a:b"], ["after:ben/b:c"],
        ]  # fmt: skip


def test_the_oldest_has_its_turn_before_whatever_is_younger_in_another_case() -> None:
    """Two of one key wait at different cases: they are applied as they lay on their topic."""
    early = [concern("after:ada/x:1", BEN), concern("after:ben/1:2"), concern("after:x:3")]

    assert entries(work(*early, concern("x"))) == entries(work(concern("x"), *early))
    assert entries(work(*early, concern("x"))) == ["x", "after:ben/1:2", "after:x:3"]


@pytest.mark.parametrize("written", list(product((False, True), repeat=3)))
def test_what_comes_to_wait_elsewhere_keeps_its_place(written: tuple[bool, ...]) -> None:
    records = [concern("after:ben/y.x:1"), concern("after:x:2"), concern("y", BEN), concern("x")]
    tables = WrittenDown()
    tell(tables, records, written)

    assert tables.diary(ADA) == ["x", "after:ben/y.x:1", "after:x:2"]


def test_what_waits_is_written_down_in_the_order_in_which_it_came_whatever_it_waits_for_or_lies_in() -> None:
    waiting = [
        concern("after:x:1", partition=2), concern("after:ben/x:2", partition=1), concern("after:x:3", partition=0),
    ]  # fmt: skip

    casework = work(*waiting, concern("bug"))

    assert [held.found.record for held in casework.held.unwritten] == [*waiting, concern("bug")]


def test_a_row_is_changed_only_if_it_no_longer_says_where_its_event_waits_and_what_for() -> None:
    tables = WrittenDown()

    def moved(*records: KeptRecord) -> list[tuple[UUID | None, str]]:
        return [(held.case, held.reason) for held in tables.batch(*records).held.moved]

    tables.batch(concern("before", BEN), concern("after:x.y.ben/z:1"))
    assert moved(concern("a")) == []
    assert moved(concern("x")) == [(ADA, "what else it comes after")]
    assert moved(concern("b"), concern("y"), concern("c")) == [(BEN, "what else it comes after")]
    assert moved(concern("z", BEN)) == []
    assert tables.diary(ADA)[-1] == "after:x.y.ben/z:1"


def test_what_was_moved_and_then_decided_on_has_no_row_to_move() -> None:
    tables = WrittenDown()
    tables.batch(concern("after:x.ben/y:1"))
    casework = tables.batch(concern("x"), concern("y", BEN))

    assert (len(casework.held.released), casework.held.moved) == (1, [])
    assert tables.diary(ADA) == ["x", "after:x.ben/y:1"]


def test_what_waits_for_a_timer_goes_on_when_it_fires() -> None:
    alarm = concern("after:x:alarm-1300")
    waits = concern("after:alarm-rang-13:00:1", at=later(minutes=30))

    fired = work(alarm, waits, concern("x"))
    fired.fire(ADA, later(hours=1))
    assert entries(fired)[2:] == ["alarm rang 13:00", "after:alarm-rang-13:00:1"]
    passed = work(alarm, waits, concern("x"), concern("y", at=later(hours=2)))
    assert entries(passed)[2:] == ["alarm rang 13:00", "after:alarm-rang-13:00:1", "y"]


def test_a_timer_that_fires_before_one_of_those_that_waited_lets_nobody_younger_pass_it() -> None:
    early = [concern("after:x:alarm-1300"), concern("after:x:1", at=later(hours=2)), concern("after:x:2")]
    early += [concern("after:1:3", at=later(hours=3))]

    in_order = ["x", "after:x:alarm-1300", "alarm rang 13:00", "after:x:1", "after:x:2", "after:1:3"]
    assert entries(work(concern("x"), *early))[-4:] == in_order[-4:]
    assert entries(work(*early, concern("x")))[-4:] == in_order[-4:]


def test_the_timers_of_all_its_cases_fire_before_an_event_in_the_order_in_which_they_fell_due() -> None:
    """Ben's first alarm sets another of Ada's, which falls due before Ben's second."""
    alarms = [concern("alarm-1230", BEN), concern("alarm-1250", BEN)]
    sets = concern("after:ben/alarm-rang-12:30:alarm-1245")
    told = [concern(f"after:{which}:{n}", CAT)
            for n, which in enumerate(("ben/alarm-rang-12:50", "ada/alarm-rang-12:45"))]  # fmt: skip
    event = concern("after:ben/alarm-1230:1", at=later(hours=1))

    casework = work(*alarms, sets, *told, event)

    assert entries(casework) == ["after:ben/alarm-rang-12:30:alarm-1245", "alarm rang 12:45", "after:ben/alarm-1230:1"]
    assert entries(casework, CAT) == ["after:ada/alarm-rang-12:45:1", "after:ben/alarm-rang-12:50:0"]


def test_what_says_no_case_waits_at_the_first_that_does_not_exist_else_at_its_first() -> None:
    def both(cases: Any, event: Any, meta: Any) -> Any:
        answer = service.decide(cases, event, meta)
        return answer._replace(at=None) if isinstance(answer, Wait) else answer

    casework = begun(replace(service, decide=both), clamp=False)
    for record in (concern("a"), concern("after:ben/x.cat/y:1"), concern("x", BEN)):
        casework.take(read(record))

    assert list(casework.held.waiting) == [CAT]
    casework.take(read(concern("z", CAT)))
    assert list(casework.held.waiting) == [ADA]
    assert casework.counts.outcomes[RECEIVED, "waiting"] == 1
    casework.take(read(concern("y", CAT)))
    casework.take(read(concern("b")))
    assert entries(casework) == ["a", "b", "after:ben/x.cat/y:1"]
    assert casework.counts.outcomes["held", "released"] == 1
    assert not casework.held.waiting


def test_nothing_can_wait_at_a_case_that_is_none_of_its_own() -> None:
    def straying(cases: Any, event: Any, meta: Any) -> Any:
        del cases, event, meta
        return Wait("somebody else", at=BEN)

    casework = begun(replace(service, decide=straying), clamp=False)
    casework.take(read(concern("a")))

    assert [held.reason for held in casework.held.parked] == ["internal_error"]
    assert not casework.held.waiting


# --- Any graph of waits, in any order, in any batches --------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """An event: what it is called, whose it is, and what it comes after."""

    name: str
    whose: str
    after: tuple[tuple[str, str], ...]
    at: datetime

    @property
    def record(self) -> KeptRecord:
        """It as a record of a door."""
        named = ".".join(f"{whose}/{entry}" for whose, entry in self.after)
        return review(f"after:{named}:{self.name}" if named else self.name, WHOSE[self.whose], self.at)


@st.composite
def tellings(draw: st.DrawFn, kinds: str) -> list[Told]:
    """Up to nine events, in an order; each comes after some others, or what never comes, or what an alarm says."""
    size = draw(st.integers(2, 9))
    names = [f"{draw(st.sampled_from(kinds))}{place}" for place in range(size)]
    names = [f"alarm-{1200 + place}" if name[0] == "a" else name.replace("n", "no").replace("b", "bug")
             for place, name in enumerate(names)]  # fmt: skip
    known = [(draw(st.sampled_from(sorted(WHOSE))), name) for name in names]
    rung = [(whose, name.replace("alarm-12", "alarm-rang-12:")) for whose, name in known if name[0] == "a"]
    after = st.lists(st.sampled_from([*known, *rung, ("ada", "never")]), max_size=2, unique=True)
    minutes = st.integers(0, 59)
    told = [Told(name, whose, tuple(draw(after)), later(minutes=draw(minutes))) for whose, name in known]
    return draw(st.permutations(told))


splits = st.lists(st.booleans(), min_size=9, max_size=9)


@given(tellings("xxxxn"), splits)
def test_events_are_applied_oldest_first_as_soon_as_they_can_be(told: list[Told], split: list[bool]) -> None:
    tables = WrittenDown()
    tell(tables, [one.record for one in told], split)

    done = [header(fact, "ce_causationid") for fact in tables.facts if header(fact, "ce_type") == _DONE]
    assert done == [event_identity("/tests", name_of(one.record)) for one in oldest_first(told)]


@given(tellings("xxaanb"), splits)
def test_every_order_ends_as_the_canonical_one(told: list[Told], split: list[bool]) -> None:
    tables, canonical = WrittenDown(), WrittenDown()
    tell(tables, [one.record for one in told], split)
    canonical.batch(*(one.record for one in sorted(told, key=lambda one: (one.at, one.name))))
    for each in (tables, canonical):
        each.until(later(days=1))

    there, refused, waiting = closure(told)
    for whose, adult in WHOSE.items():
        assert Counter(map(own_name, tables.diary(adult))) == Counter(name for of, name in there if of == whose)
        assert tables.recorded(adult) == last_recorded(whose, told, there)
    assert {own_name(name_of(record)) for record in tables.waiting} == waiting
    ids = Counter(header(fact, "ce_id") for fact in tables.facts if fact.topic == "audit.repeat-concerns")
    stated = [one for one in told if one.name not in refused | waiting]
    answered = [one for one in told if one.name in refused and one.name.startswith("no")]
    assert ids.total() == len(told) - len(waiting)
    assert ids >= Counter([
        *(id_of(one, _DONE, derived("review", name_of(one.record))) for one in stated),
        *(id_of(one, _REFUSED, WHOSE[one.whose]) for one in answered),
    ])  # fmt: skip
    assert Counter(map(repr, tables.facts)) == Counter(map(repr, canonical.facts))


def tell(tables: WrittenDown, records: Sequence[KeptRecord], written: Iterable[bool]) -> None:
    """Tell of records in this order; after each that is said to be, everything is written down and read again."""
    batch = []
    for record, ends in zip(records, [*written, True], strict=False):
        batch.append(record)
        if ends:
            tables.batch(*batch)
            batch = []
    tables.batch(*batch)


# --- What becomes of them, by their names alone: no cases, no keys, nothing that wakes anything --------------------


def oldest_first(told: Iterable[Told]) -> list[Told]:
    """The order in which they are applied: after each that comes, the oldest that can be, as long as one can."""
    here: list[Told] = []
    applied: list[Told] = []
    there: set[tuple[str, str]] = set()
    for one in told:
        here.append(one)
        while ready := [old for old in here if there.issuperset(old.after)]:
            here.remove(ready[0])
            if not ready[0].name.startswith(("no", "bug")):
                there.add((ready[0].whose, ready[0].name))
                applied.append(ready[0])
    return applied


def closure(told: Sequence[Told]) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    """What every diary says in the end, who was refused, and who waits for ever."""
    there: set[tuple[str, str]] = set()
    for _ in told:
        for one in told:
            if there.issuperset(one.after) and not one.name.startswith(("no", "bug")):
                there |= {(one.whose, one.name)}
                if one.name.startswith("alarm-"):
                    there |= {(one.whose, f"alarm rang {one.name[6:8]}:{one.name[8:]}")}
                    there |= {(one.whose, f"alarm-rang-{one.name[6:8]}:{one.name[8:]}")}
    ready = {one.name for one in told if there.issuperset(one.after)}
    refused = {name for name in ready if name.startswith(("no", "bug"))}
    said = {(whose, name) for whose, name in there if not name.startswith("alarm-rang")}
    return said, refused, {one.name for one in told} - ready


def last_recorded(whose: str, told: Iterable[Told], there: set[tuple[str, str]]) -> datetime | None:
    """When the last of what a diary says was recorded."""
    at = [one.at for one in told if one.whose == whose and (whose, one.name) in there]
    rung = [name[-5:] for of, name in there if of == whose and name.startswith("alarm rang")]
    return max([*at, *(NOON.replace(hour=int(one[:2]), minute=int(one[3:])) for one in rung)], default=None)


def name_of(record: KeptRecord) -> str:
    """The id of a record's event."""
    return next(value.decode() for name, value in record.headers if name == "ce_id" and value is not None)


def id_of(one: Told, type_: str, subject: UUID) -> str:
    """The id of the fact of that type and subject that an event causes."""
    return timed(one.at, event_identity("/tests", name_of(one.record)), type_, str(subject))


def test_no_more_wait_for_a_case_than_everybody_else_can_bear() -> None:
    told = 0

    def counted(cases: Any, event: Any, meta: Any) -> Any:
        nonlocal told
        told += 1
        return service.decide(cases, event, meta)

    casework = begun(replace(service, decide=counted))
    for number in range(400):
        casework.take(read(review(f"after:x:{number}")))
    for number in range(40):
        casework.take(read(review(f"y{number}")))

    assert len(casework.held.waiting[ADA]) == 100
    refused = [json.loads(fact.value) for fact in casework.facts.told if header(fact, "ce_type") == _REFUSED]
    assert [one["reasons"][0]["code"] for one in refused] == ["too_many_waiting"] * 300
    assert told == 400 + 40 * 101, "each arrival costs what may wait at most"
    casework.take(read(review("x")))
    assert entries(casework)[-101:] == ["x", *(f"after:x:{number}" for number in range(100))]
    assert not casework.held.waiting


def test_what_waits_of_our_own_is_never_turned_away() -> None:
    casework = work(*(concern(f"after:x:{number}") for number in range(150)))

    assert len(casework.held.waiting[ADA]) == 150
