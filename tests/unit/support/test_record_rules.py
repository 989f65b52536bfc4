"""The campaign's oracle takes either answer where merges and links overtake each other, and holds each to why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deploy.recount.doors import Sent
from deploy.recount.records import Concern
from tests.faults.doors import Knock
from tests.faults.facts import Book
from tests.faults.identity import timed
from tests.faults.intake_rules import REFUSED, Intake
from tests.faults.log import Message, Record
from tests.faults.record_rules import Decided
from tests.support.builders import NOON

FOUND = "safeguarding.concern.duplicate-found.v1"
PAIR = {"concern_id": "one", "duplicate_of": "two"}
TOLD_APART = NOON + timedelta(hours=1)


def message(topic: str, type_: str, identity: str, data: dict[str, Any], **attributes: str) -> Message:
    return Message(Record(topic, 0, 0, NOON, None, None, {}), identity, "/tests", type_, NOON, data, attributes)


def refused(knock: Knock, code: str) -> Book:
    """What intake has stated: that this was refused, and why."""
    cause = knock.message
    assert cause is not None
    said = {
        "refused_source": cause.source, "refused_id": cause.id, "refused_type": cause.type, "about": "one",
        "reasons": [{"code": code}],
    }  # fmt: skip
    name = timed(NOON, cause.identity, REFUSED, "one")
    answer = message("receipts", REFUSED, name, said, subject="one", causationid=cause.known_as)
    return Book({(REFUSED, "one", cause.known_as): [answer]})


@pytest.mark.parametrize(
    ("decided_at", "code", "differs"),
    [
        (TOLD_APART, "later_decision_stands", False),
        (TOLD_APART, "about_different_adults", False),
        (TOLD_APART + timedelta(hours=1), "about_different_adults", False),
        (TOLD_APART + timedelta(hours=1), "later_decision_stands", True),
    ],
)
def test_a_link_between_adults_who_were_ever_one_is_refused_for_either_reason_that_holds(
    decided_at: Any, code: str, *, differs: bool
) -> None:
    said = PAIR | {"decided_at": decided_at, "decided_by": "worker-1"}
    cause = message("intake-decisions", FOUND, "event-1", said)
    sent = Sent("concern.duplicate-found", decided_at, decided_at, cause.identity, said, said)
    knock = Knock(cause.record, "new", cause, "one", sent)
    book, result = refused(knock, code), Intake()
    result.concerns = {name: Concern(name, f"adult of {name}", NOON, {}) for name in ("one", "two")}
    decided = Decided(book, result)
    decided.people.found["merge"] = {"adult_id": "adult of one", "other_adult_id": "adult of two"}
    decided.pairs[frozenset(("one", "two"))] = TOLD_APART, False

    decided.tell(knock)

    assert any("reasons are" in one or one.startswith("lost") for one in book.differences) is differs, book.differences
