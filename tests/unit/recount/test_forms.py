"""What the recount takes as an event's data is what the contracts take: the schemas read twice, by two programs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from deploy.recount.doors import READERS
from deploy.recount.forms import SCHEMAS, Contract, WrongForm, contracts
from shared.contracts import CATALOGUE
from shared.contracts.schema import schema_of
from tests.support.from_schema import valid

TYPES = sorted(type_ for type_, event in CATALOGUE.items() if event.topic in READERS)
ODD = st.sampled_from(
    [None, "", "yes", "x y", "x\n", "2023-05-01", "2023-05-01T10:00:00Z", "2023-05-01T10:00:00", 0, 1, 17,
     131, 1.5, True, [], {}, ["physical"], [None], {"answer": "yes"}, "1899-12-31", "2200-01-01T00:00:00Z",
     "00000000-0000-4000-8000-00000000000A", "{00000000-0000-4000-8000-000000000001}", "x" * 65]
)  # fmt: skip


@cache
def valid_of(type_: str) -> st.SearchStrategy[Any]:
    return valid(schema_of(CATALOGUE[type_]), unknown=True)


EVENTS = st.sampled_from(TYPES).flatmap(lambda type_: st.tuples(st.just(type_), valid_of(type_)))


@cache
def known() -> dict[str, Contract]:
    return contracts(frozenset(READERS))


def plain(value: Any) -> Any:
    """A value of the contracts as the recount has it."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case tuple():
            return [plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC)
        case UUID():
            return str(value)
        case _:
            return value


def test_every_type_of_the_doors_is_known_with_its_topic() -> None:
    assert {type_: contract.topic for type_, contract in known().items()} == {
        type_: CATALOGUE[type_].topic for type_ in TYPES
    }


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS)
def test_whatever_fits_the_schema_is_read_as_the_contract_reads_it(event: tuple[str, Any]) -> None:
    type_, said = event

    assert known()[type_].read(said) == plain(CATALOGUE[type_].model_validate_json(json.dumps(said)))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS, st.data())
def test_whatever_is_odd_is_taken_or_refused_as_the_contract_does(event: tuple[str, Any], data: st.DataObject) -> None:
    type_, said = event
    field = data.draw(st.sampled_from(sorted(CATALOGUE[type_].model_fields)))
    odd = said | {field: data.draw(ODD)} if data.draw(st.booleans()) else {k: v for k, v in said.items() if k != field}
    try:
        expected = plain(CATALOGUE[type_].model_validate_json(json.dumps(odd)))
    except ValidationError:
        with pytest.raises(WrongForm):
            known()[type_].read(odd)
    else:
        assert known()[type_].read(odd) == expected


@pytest.mark.parametrize("said", [None, [], "text", 7])
def test_what_is_no_object_is_no_event(said: object) -> None:
    with pytest.raises(WrongForm):
        known()["safeguarding.concern.reported.v1"].read(said)


def test_a_day_and_an_instant_are_read_as_such_and_an_id_in_one_way() -> None:
    said = {"sender": "a", "reference": "b", "happened_on": "2023-05-01"}
    linked = {"concern_id": "00000000-0000-4000-8000-00000000000A", "duplicate_of": str(UUID(int=2)), "decided_by": "x"}

    read = known()["safeguarding.concern.duplicate-found.v1"].read(linked | {"decided_at": "2023-05-01 10:00+0100"})

    assert known()["safeguarding.concern.reported.v1"].read(said)["happened_on"] == date(2023, 5, 1)
    assert read["concern_id"] == "00000000-0000-4000-8000-00000000000a"
    assert read["decided_at"] == datetime(2023, 5, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "at", ["1700000000", "20230501", "2023-05-01T10:00:00 Z", "2023-02-30T10:00:00Z", "2023-05-01T10:00:00+25:00"]
)
def test_what_is_no_date_and_time_of_rfc_3339_is_none(at: str) -> None:
    linked = {"concern_id": str(UUID(int=1)), "duplicate_of": str(UUID(int=2)), "decided_by": "x", "decided_at": at}

    with pytest.raises(WrongForm):
        known()["safeguarding.concern.duplicate-found.v1"].read(linked)


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "minimum": 1},
        {"type": "string", "pattern": "a"},
        {"oneOf": []},
        {"enum": ["a"], "const": "a"},
    ],
)
def test_a_schema_that_says_more_than_is_understood_stops_the_recount(
    field: dict[str, Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"x-topic": "concern-reports", "type": "object", "properties": {"field": field}}
    (tmp_path / "safeguarding.some.thing.v1.json").write_text(json.dumps(schema), encoding="utf-8")
    monkeypatch.setattr("deploy.recount.forms.SCHEMAS", tmp_path)

    with pytest.raises((NotImplementedError, KeyError)):
        contracts(frozenset(["concern-reports"]))


def test_the_schemas_are_the_frozen_ones() -> None:
    assert SCHEMAS.is_dir()
    assert {path.stem for path in SCHEMAS.glob("*.json")} >= set(TYPES)
