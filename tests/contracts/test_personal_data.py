"""Who may be told about whom: which topics carry marked fields, and that nothing unmarked can hold prose."""

from __future__ import annotations

import re

import pytest

from shared.contracts import CATALOGUE
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.contracts.schema import leaves, personal_fields, schema_of
from shared.kernel.event import Event

MAY_CARRY = {
    "concern-reports": "names, birth date, NHS number, address and narrative",
    "concerns": "the same, repeated once for our own services",
    "enquiry-records": "the adult's own words, on their way in",
    "msp-outcomes": "the adult's own words",
}
OWN_WORDS = {"outcomes[].words"}
CLOSED = {"date", "date-time", "uuid"}
OURS = re.compile(r"^(?:reasons|remarks)\[\]\.(?:code|says|where)$")
"""Sentences of our own, which quote nothing: tests/e2e/test_personal_data.py proves it."""
TELLING = {
    "name", "birth_date", "nhs_number", "address", "person_reference", "narrative", "words", "contact", "description",
}  # fmt: skip
ECHOED = {
    "sender": "a code when it came in: shared/contracts/doors",
    "reference": "a reference when it came in",
    "about": "an identifier of ours",
    "accepted_source": "the sender's own name for itself",
    "accepted_id": "the sender's own name for its event",
    "refused_source": "the sender's own name for itself",
    "refused_id": "the sender's own name for its event",
    "refused_type": "what the sender called its event",
}
EVERY_EVENT = pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.type)


@EVERY_EVENT
def test_only_four_topics_carry_anything_personal(event: type[Event]) -> None:
    marked = personal_fields(schema_of(event))

    assert not marked or event.topic in MAY_CARRY
    if event.topic in ("enquiry-records", "msp-outcomes"):
        assert marked <= OWN_WORDS


def test_each_of_the_four_does_carry_it() -> None:
    assert {event.topic for event in CATALOGUE.values() if personal_fields(schema_of(event))} == MAY_CARRY.keys()


@EVERY_EVENT
def test_keys_and_subjects_are_never_personal(event: type[Event]) -> None:
    plain = {where for where, _ in leaves(schema_of(event))} - personal_fields(schema_of(event))

    for field in (event.key_field, event.subject_field):
        if field in event.model_fields:
            assert field in plain
        else:  # made from others: sender and reference, or the identifier that derives from them
            assert event.type == "safeguarding.concern.reported.v1"
            assert field in ("door_key", "concern_id")
            assert {"sender", "reference"} <= plain


@EVERY_EVENT
def test_an_unmarked_text_can_hold_no_prose(event: type[Event]) -> None:
    for where, leaf in leaves(schema_of(event)):
        if leaf.get("type") != "string" or leaf.get("x-personal"):
            continue
        closed = "enum" in leaf or "const" in leaf or leaf.get("format") in CLOSED
        if not closed and "pattern" in leaf:
            closed = not re.search(leaf["pattern"], "Mrs Smith") and leaf["maxLength"] <= 128
        answered = issubclass(event, Refusal | PlaceRefusal) or event.topic == "receipts"
        assert closed or (answered and (OURS.match(where) or where in ECHOED)), f"{where}: mark it, or make it a code"


@EVERY_EVENT
def test_every_name_that_speaks_of_a_person_is_marked(event: type[Event]) -> None:
    marked = personal_fields(schema_of(event))

    assert {where for where, _ in leaves(schema_of(event)) if where.rpartition(".")[2] in TELLING} <= marked
