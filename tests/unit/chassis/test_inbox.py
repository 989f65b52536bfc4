"""Which events of a batch are new, which came again, and which use another's identity (rule 4)."""

from tests.support.casework import begun
from tests.support.diary import service
from tests.unit.chassis.records import ADA, BEN, RECEIVED, concern, entries, read, work


def test_what_comes_twice_in_one_batch_is_new_once() -> None:
    casework = work(concern("a"), concern("a"), concern("a", adult=BEN))

    assert (entries(casework, ADA), entries(casework, BEN)) == (["a"], [])
    assert casework.counts.outcomes == {(RECEIVED, what): 1 for what in ("applied", "duplicate", "conflicting")}
    assert len(casework.claims) == 1


def test_what_the_inbox_has_is_compared_with_what_it_says() -> None:
    ((identity, said),) = work(concern("a")).claims
    casework = begun(service, taken={identity: said})
    for one in (concern("a", adult=BEN), concern("a")):
        casework.take(read(one))

    assert (entries(casework, ADA), entries(casework, BEN)) == ([], [])
    assert casework.counts.outcomes == {(RECEIVED, what): 1 for what in ("conflicting", "duplicate")}
    assert not casework.claims


def test_what_the_inbox_has_of_a_parked_record_is_decided_all_the_same() -> None:
    casework = begun(service, taken=dict(work(concern("a")).claims))
    casework.take(read(concern("a")), claimed=True)

    assert entries(casework) == ["a"]
    assert not casework.claims


def test_identities_are_claimed_in_one_order_whichever_came_first() -> None:
    """Two instances that claim the same ones in two orders would wait for each other."""
    records = [concern(str(n)) for n in range(8)]
    forth, back = work(*records), work(*records[::-1])

    assert forth.claims == back.claims
    assert len(forth.claims) == len(records)
