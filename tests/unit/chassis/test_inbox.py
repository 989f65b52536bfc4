"""A batch's events sorted out: what is new, what came again, and what uses another's identity (rule 4)."""

from shared.chassis.delivery.applying.inbox import Sorted
from shared.chassis.delivery.records.wire import Arrival
from tests.unit.chassis.records import BEN, concern, read


def arrival(name: str, **changes: object) -> Arrival:
    """A concern of that identity."""
    found = read(concern(name, **changes))  # type: ignore[arg-type]
    assert isinstance(found, Arrival)
    return found


def test_what_comes_twice_in_one_batch_is_new_once() -> None:
    first, again, impostor = arrival("a"), arrival("a"), arrival("a", adult=BEN)
    out = Sorted([first, again, impostor], {})

    assert list(out.fresh.values()) == [first]
    assert out.fresh[first.meta.identity] is first
    assert out.duplicates == [again]
    assert out.duplicates[0] is again
    assert out.conflicting == [impostor]
    assert out.claims == [(first.meta.identity, first.body_hash)]


def test_what_the_inbox_has_is_compared_with_what_it_says() -> None:
    first, again, impostor = arrival("a"), arrival("a"), arrival("a", adult=BEN)
    out = Sorted([impostor, again], {first.meta.identity: first.body_hash})

    assert not out.fresh
    assert not out.claims
    assert (out.duplicates, out.conflicting) == ([again], [impostor])


def test_identities_are_claimed_in_one_order_whichever_came_first() -> None:
    """Two instances that claim the same ones in two orders would wait for each other."""
    arrivals = [arrival(str(n)) for n in range(8)]
    forth, back = Sorted(arrivals, {}), Sorted(arrivals[::-1], {})

    assert forth.claims == back.claims
    assert len(forth.claims) == len(arrivals)
