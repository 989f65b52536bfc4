"""Old reads new and new reads old: the code against what is frozen, and against samples of the past."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.command.docs import freeze
from shared.chassis.delivery.records.cloudevents import open_envelope
from shared.contracts import CATALOGUE
from shared.contracts.schema import FROZEN, as_frozen, schema_of
from shared.kernel.event import Event
from tests.support.from_schema import valid

HOW = "run `make generate`; what it refuses to freeze takes a new version (shared/contracts/README.md)"
SAMPLES = Path(__file__).with_name("samples")
EVERY_SAMPLE = sorted(SAMPLES.glob("*/*.json"))
EVERY_TYPE = sorted(CATALOGUE)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def frozen(name: str) -> Any:
    path = FROZEN / f"{name}.json"
    assert path.exists(), f"{name} has no frozen schema: {HOW}"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def validator(name: str) -> Draft202012Validator:
    schema = frozen(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def said_under_frozen(name: str) -> st.SearchStrategy[Any]:
    return valid(frozen(name), unknown=True)


@cache
def said_today(name: str) -> st.SearchStrategy[Any]:
    return valid(schema_of(CATALOGUE[name]))


def sample(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_the_code_is_what_is_frozen(name: str) -> None:
    assert schema_of(CATALOGUE[name]) == frozen(name), f"{name} is not what is frozen: {HOW}"
    assert (FROZEN / f"{name}.json").read_text(encoding="utf-8") == as_frozen(schema_of(CATALOGUE[name])), HOW


def test_no_event_the_world_knows_is_gone() -> None:
    assert {path.stem for path in FROZEN.glob("*.json")} == CATALOGUE.keys(), HOW


def test_the_command_freezes_what_is_new_and_refuses_what_may_not_change(tmp_path: Path) -> None:
    name = "safeguarding.concern.routed.v1"
    assert freeze(tmp_path) == (list(CATALOGUE), [])
    assert freeze(tmp_path) == ([], [])

    older = sample(tmp_path / f"{name}.json")
    del older["properties"]["policy"]
    older["required"].remove("policy")
    (tmp_path / f"{name}.json").write_text(json.dumps(older))
    (tmp_path / "safeguarding.concern.forgotten.v1.json").write_text("{}")
    written, refused = freeze(tmp_path)

    assert written == []
    assert [line.partition(" (")[0] for line in refused] == [
        "safeguarding.concern.forgotten.v1: the event is gone",
        f"{name}: policy: required on one side alone",
    ]
    assert sample(tmp_path / f"{name}.json") == older


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_every_event_has_a_sample(name: str) -> None:
    assert list((SAMPLES / name).glob("*.json")), f"put a CloudEvent of invented people into {SAMPLES / name}"


def test_no_sample_is_of_an_event_nobody_knows() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == CATALOGUE.keys()


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=named)
def test_a_sample_of_the_past_is_read_today(path: Path) -> None:
    event = sample(path)
    declared = CATALOGUE[event["type"]]

    read = declared.model_validate_json(json.dumps(event["data"]))

    assert event["type"] == path.parent.name
    assert read.subject == event["subject"]
    assert read.key
    assert json.loads(read.model_dump_json(exclude_none=True, exclude_unset=True)).keys() == event["data"].keys()


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=named)
def test_a_sample_fits_the_frozen_schema(path: Path) -> None:
    event = sample(path)

    assert [error.message for error in validator(event["type"]).iter_errors(event["data"])] == []


@dataclass
class AsKafkaHoldsIt:
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    topic: str = "safeguarding.any"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    timestamp_type: int = 0
    key: bytes | None = None


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=named)
def test_a_sample_says_the_same_in_binary_and_in_structured_mode(path: Path) -> None:
    event = sample(path)
    attributes = {name: value for name, value in event.items() if name not in ("data", "datacontenttype")}
    headers: list[tuple[str, bytes | None]] = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]

    structured = open_envelope(
        AsKafkaHoldsIt(json.dumps(event).encode(), [("content-type", b"application/cloudevents+json; charset=utf-8")])
    )
    binary = open_envelope(
        AsKafkaHoldsIt(json.dumps(event["data"]).encode(), [*headers, ("content-type", b"application/json")])
    )

    assert structured == binary
    assert (binary.id, binary.source, binary.type) == (event["id"], event["source"], event["type"])


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=named)
def test_fields_of_a_newer_writer_are_let_through_and_kept_at_every_level(path: Path) -> None:
    event = sample(path)
    newer = _with_more(event["data"])

    read = CATALOGUE[event["type"]].model_validate_json(json.dumps(newer))

    assert [error.message for error in validator(event["type"]).iter_errors(newer)] == []
    assert _count(json.loads(read.model_dump_json())) == _count(newer) > 0


def _with_more(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _with_more(value) for name, value in part.items()} | {"x_newer": {"said": "later"}}
    return [_with_more(each) for each in part] if isinstance(part, list) else part


def _count(part: Any) -> int:
    if isinstance(part, dict):
        return ("x_newer" in part) + sum(map(_count, part.values()))
    return sum(map(_count, part)) if isinstance(part, list) else 0


@pytest.mark.parametrize("name", EVERY_TYPE)
@FEW
@given(data=st.data())
def test_whatever_the_frozen_schema_takes_is_read_today(name: str, data: st.DataObject) -> None:
    said = data.draw(said_under_frozen(name))

    read = CATALOGUE[name].model_validate_json(json.dumps(said))

    assert read.model_dump(exclude_unset=True).keys() == said.keys()


@pytest.mark.parametrize("name", EVERY_TYPE)
@FEW
@given(data=st.data())
def test_whatever_is_written_today_is_read_by_those_who_know_only_the_frozen_schema(
    name: str, data: st.DataObject
) -> None:
    declared: type[Event] = CATALOGUE[name]
    event = declared.model_validate_json(json.dumps(data.draw(said_today(name))))

    written = json.loads(
        declared.__pydantic_serializer__.to_json(event, exclude_none=True)
    )  # as the relay's writer does

    assert [error.message for error in validator(name).iter_errors(written)] == []


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_what_lacks_a_required_field_or_holds_a_wrong_type_is_refused_by_schema_and_code_alike(name: str) -> None:
    whole = sample(next((SAMPLES / name).glob("*.json")))["data"]
    for field in frozen(name)["required"]:
        for broken in ({k: v for k, v in whole.items() if k != field}, whole | {field: [[]]}, whole | {field: None}):
            assert list(validator(name).iter_errors(broken)), f"the schema takes {field}"
            with pytest.raises(ValueError, match=field):
                CATALOGUE[name].model_validate_json(json.dumps(broken))
