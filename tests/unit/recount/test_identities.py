"""Identities worked out twice are the same: the recount's own, held against those that the services publish."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.recount.forms import contracts
from deploy.recount.identities import (
    derived,
    identifiers,
    nhs_number,
    of_concern,
    of_content,
    of_enquiry,
    of_event,
    of_other_enquiry,
)
from deploy.recount.texts import policy_at
from services.enquiry.findings_noted import fingerprint
from services.enquiry.records import declared
from shared.contracts.doors import RiskAssessed, enquiry_id_of, other_enquiry_id_of
from shared.contracts.doors.identities import concern_id_of
from shared.kernel import identity
from tests.support.builders import NOON

WORDS = st.text(max_size=20)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_an_identity_derives_from_its_parts_alone(parts: list[str]) -> None:
    assert derived(*parts) == str(identity.derived(*parts))


@given(WORDS, WORDS)
def test_concern_and_enquiries_have_the_ids_that_are_published(sender: str, reference: str) -> None:
    concern_id = concern_id_of(sender, reference)

    assert of_concern(sender, reference) == str(concern_id)
    assert of_enquiry(str(concern_id)) == str(enquiry_id_of(concern_id))
    assert of_other_enquiry(str(concern_id)) == str(other_enquiry_id_of(concern_id))


@given(
    WORDS,
    st.one_of(WORDS, st.uuids().map(str), st.uuids(version=4).map(lambda id_: f"{str(id_)[:14]}7{str(id_)[15:]}")),
)
def test_an_event_is_known_by_its_source_and_its_id(source: str, event_id: str) -> None:
    assert of_event(source, event_id) == identity.event_identity(source, event_id)


def test_what_settles_two_records_of_one_instant_is_what_they_say() -> None:
    said = {
        "enquiry_id": str(UUID(int=1)),
        "assessment": "identified_action",
        "risks": [{"abuse_type": "neglect", "location": "own_home", "source_of_risk": "self", "newer": 1}],
        "assessed_by": "worker",
        "assessed_at": "2023-05-01T10:00:00.5+01:00",
    }
    read = contracts(frozenset(["enquiry-records"]))[RiskAssessed.type].read(said)
    event = RiskAssessed.model_validate_json(json.dumps(said))

    assert read["assessed_at"] == datetime(2023, 5, 1, 9, 0, 0, 500_000, tzinfo=UTC)
    assert of_content(RiskAssessed.type, read) == str(fingerprint(declared(event)))


def test_an_nhs_number_is_the_same_however_it_is_written() -> None:
    assert nhs_number("999 000 0018") == nhs_number("999-000\u20130018") == "9990000018"
    assert nhs_number("9990000017") is None
    assert nhs_number("0000000000") is None


@pytest.mark.parametrize("reference", ["n/a", " None. ", "TBC", "...", "\tx\t", "?"])
def test_a_reference_that_says_there_is_none_names_nobody(reference: str) -> None:
    adult = {"nhs_number": None, "person_reference": reference}

    assert identifiers("a", adult, policy_at(NOON), test_numbers=True) == []


def test_a_reference_names_somebody_together_with_its_sender_and_after_the_nhs_number() -> None:
    adult = {"nhs_number": "999 000 0018", "person_reference": " p-1 "}
    policy = policy_at(NOON)

    assert identifiers("a", adult, policy, test_numbers=True) == [("nhs", "9990000018"), ("reference", "a", "P-1")]
    assert identifiers("a", adult, policy, test_numbers=False) == [("reference", "a", "P-1")]
