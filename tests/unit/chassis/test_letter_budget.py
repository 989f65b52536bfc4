"""What is copied whole of what comes to nothing, and what only by its place."""

import json
from datetime import timedelta
from typing import Any

from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.letter_budget import BUCKETS, LetterBudget, Spent, bucket_of, size_of
from tests.unit.chassis.records import NOON, concern, read, review, work


def bad(name: str = "a", **changes: Any) -> KeptRecord:
    return review(name, value=b"{", **changes)


def letters(budget: LetterBudget, *records: KeptRecord) -> list[dict[str, Any]]:
    casework = work()
    casework.facts.letters = budget
    for one in records:
        casework.take(read(one))
    return [json.loads(fact.value) for fact in casework.facts.told if fact.topic.endswith(".dead-letters")]


def test_beyond_the_budget_a_letter_keeps_place_size_and_hash_and_each_record_is_answered_all_the_same() -> None:
    budget = LetterBudget(size_of(bad()) + 1)
    casework = work()
    casework.facts.letters = budget
    for offset in range(4):
        casework.take(read(bad(offset=offset)))

    found = [json.loads(fact.value) for fact in casework.facts.told if fact.topic.endswith(".dead-letters")]
    assert [letter["value"] for letter in found] == ["ew==", "ew==", None, None]
    assert [letter["offset"] for letter in found] == [0, 1, 2, 3]
    cut = found[3]
    assert (cut["key"], cut["headers"], cut["whole_value"]["bytes"]) == (None, [], 1)
    assert len(cut["whole_value"]["blake2b_128"]) == 32
    assert cut["reasons"] == found[0]["reasons"]
    assert len([fact for fact in casework.facts.told if fact.topic == "audit.repeat-concerns"]) == 4
    (row,) = budget.rows()
    assert (row.size, row.cut) == (2 * size_of(bad()), 2)


def test_it_is_each_writers_own_each_partitions_and_each_days() -> None:
    one = next(n for n in range(100) if bucket_of(f"/{n}") != bucket_of("/tests"))
    elsewhere = [(name, f"/{one}".encode() if name == "ce_source" else value) for name, value in bad().headers]
    spent = {("audit-reviews", 0, bucket_of("/tests")): Spent(NOON.date(), 1)}

    for record, whole in (
        (bad(), False), (bad(headers=elsewhere), True), (bad(partition=1), True),
        (bad(at=NOON + timedelta(days=1)), True), (bad(at=NOON - timedelta(days=1)), True),
    ):  # fmt: skip
        (letter,) = letters(LetterBudget(1, spent), record)
        assert (letter["value"] is not None) is whole


def test_a_new_day_begins_at_nought_within_a_batch_too() -> None:
    budget = LetterBudget(1)
    tomorrow = NOON + timedelta(days=1)

    found = letters(budget, bad(), bad(), bad(at=tomorrow), bad(at=tomorrow))

    assert [letter["value"] is not None for letter in found] == [True, False, True, False]
    (row,) = budget.rows()
    assert (row.day, row.size, row.cut) == (tomorrow.date(), size_of(bad(at=tomorrow)), 2)


def test_a_sender_that_changes_its_name_all_the_time_makes_no_more_rows() -> None:
    budget = LetterBudget(1)
    for n in range(1000):
        headers = [(name, f"/{n}".encode() if name == "ce_source" else value) for name, value in bad().headers]
        letters(budget, bad(headers=headers))

    assert len(budget.rows()) == BUCKETS


def test_another_event_under_a_known_id_is_copied_no_further_either() -> None:
    casework = work()
    casework.facts.letters = LetterBudget(1)
    for _ in range(2):
        casework._conflicting(read(review("a")))  # type: ignore[arg-type]

    found = [json.loads(fact.value) for fact in casework.facts.told if fact.topic.endswith(".dead-letters")]
    assert [letter["value"] is not None for letter in found] == [True, False]


def test_what_is_our_own_is_always_kept_whole() -> None:
    casework = work()
    casework.facts.letters = LetterBudget(0)
    casework._conflicting(read(concern("a")))  # type: ignore[arg-type]

    assert json.loads(casework.facts.told[0].value)["value"] is not None
    assert casework.facts.letters.rows() == []
