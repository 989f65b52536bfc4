"""How many events of a door may wait at one case: each look at the case reads them all, for everybody in its batch."""

import json

from shared.chassis.delivery.deciding.casework import WAITING_MAX
from tests.unit.chassis.records import ADA, BEN, concern, entries, review, work


def test_what_comes_when_too_many_wait_is_refused_and_the_others_have_their_turn() -> None:
    waiting = [review(f"after:first:{n}", offset=n) for n in range(WAITING_MAX)]
    too_late, elsewhere = review("after:first:late", offset=999), review("after:first:ben", BEN)

    casework = work(*waiting, too_late, elsewhere)

    answers = [json.loads(fact.value) for fact in casework.facts.told]
    assert [(one["refused_id"], one["reasons"][0]["code"]) for one in answers] == [
        ("after:first:late", "too_many_waiting")
    ]
    assert casework.counts.tallies["audit-reviews", "/tests", "refused"] == 1
    assert {case: len(rows) for case, rows in casework.held.waiting.items()} == {ADA: WAITING_MAX, BEN: 1}


def test_what_waits_already_goes_on_waiting_for_what_else_it_needs() -> None:
    reviews = [review(f"after:first.second:{n}", offset=n) for n in range(WAITING_MAX)]

    casework = work(*reviews, concern("first"), concern("second"))

    assert len(entries(casework)) == WAITING_MAX + 2
    assert not casework.held.waiting


def test_what_our_own_services_say_waits_however_much_of_it_there_is() -> None:
    casework = work(*(concern(f"after:first:{n}") for n in range(WAITING_MAX + 1)))

    assert len(casework.held.waiting[ADA]) == WAITING_MAX + 1
    assert not casework.facts.told
