"""Each change that would break somebody is caught, wherever it is made; each harmless one is let through."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.contracts import CATALOGUE, DOORS
from shared.contracts.evolution import forbidden_changes
from shared.contracts.schema import FROZEN

Schema = dict[str, Any]
Change = Callable[[Schema], Iterator[None]]
"""Changes a schema in place, in one spot after the other; before each, it is as it was."""


def every_part(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
        for name, part in list(schema.items()):
            if name in ("properties", "$defs"):
                for each in part.values():
                    yield from every_part(each)
            elif name in ("items", "anyOf"):
                yield from every_part(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from every_part(part)


def objects(schema: Schema) -> Iterator[Schema]:
    return (part for part in every_part(schema) if "properties" in part)


def leaves(schema: Schema, kind: str) -> Iterator[Schema]:
    return (part for part in every_part(schema) if part.get("type") == kind)


def field_removed(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        for name in list(part["properties"]):
            kept, required = dict(part["properties"]), list(part["required"])
            del part["properties"][name]
            part["required"] = [each for each in required if each != name]
            yield
            part["properties"], part["required"] = kept, required


def field_renamed(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        for name in list(part["properties"]):
            kept, required = dict(part["properties"]), list(part["required"])
            part["properties"][f"{name}_anew"] = part["properties"].pop(name)
            part["required"] = [f"{name}_anew" if each == name else each for each in required]
            yield
            part["properties"], part["required"] = kept, required


def new_field_required(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        kept, required = dict(part["properties"]), list(part["required"])
        part["properties"]["added"] = {"type": "string"}
        part["required"] = [*required, "added"]
        yield
        part["properties"], part["required"] = kept, required


def known_field_required(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        required = list(part["required"])
        for name in part["properties"]:
            if name not in required:
                part["required"] = [*required, name]
                yield
        part["required"] = required


def enum_narrowed(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        for value in list(part.get("enum", ())):
            kept = part["enum"]
            part["enum"] = [each for each in kept if each != value]
            yield
            part["enum"] = kept


def type_changed(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        kind = part.get("type")
        if kind in ("string", "integer", "boolean", "array") and "enum" not in part:
            part["type"] = "integer" if kind != "integer" else "string"
            yield
            part["type"] = kind


def no_longer_nullable(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        if {"type": "null"} in part.get("anyOf", ()):
            kept = part["anyOf"]
            part["anyOf"] = [option for option in kept if option != {"type": "null"}]
            yield
            part["anyOf"] = kept


def format_changed(schema: Schema) -> Iterator[None]:
    for part in leaves(schema, "string"):
        if "format" in part:
            kept, part["format"] = part["format"], "email"
            yield
            part["format"] = kept


def _tightened(schema: Schema, kind: str, name: str, by: Callable[[Any], Any]) -> Iterator[None]:
    for part in leaves(schema, kind):
        if part.get("format") or "enum" in part:
            continue
        had = name in part
        kept = part.get(name)
        part[name] = by(kept)
        yield
        if had:
            part[name] = kept
        else:
            del part[name]


def text_shortened(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "string", "maxLength", lambda most: (most or 1000) - 1)


def text_lengthened(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "string", "minLength", lambda least: (least or 0) + 1)


def pattern_changed(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "string", "pattern", lambda _: "^[a-z]$")


def list_shortened(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "array", "maxItems", lambda most: (most or 100) - 1)


def list_lengthened(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "array", "minItems", lambda least: (least or 0) + 1)


def least_number_raised(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "integer", "minimum", lambda least: (least or 0) + 1)


def uniqueness_asked_for(schema: Schema) -> Iterator[None]:
    return _tightened(schema, "array", "uniqueItems", lambda _: True)


def default_changed(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        for field in part["properties"].values():
            if "default" in field:
                kept, field["default"] = field["default"], "something else"
                yield
                field["default"] = kept


def unknown_fields_refused(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        part["additionalProperties"] = False
        yield
        part["additionalProperties"] = True


def personal_mark_removed(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        if part.pop("x-personal", None):
            yield
            part["x-personal"] = True


def moved(schema: Schema) -> Iterator[None]:
    for name in ("x-topic", "x-key", "x-subject", "$id"):
        kept, schema[name] = schema[name], "elsewhere"
        yield
        schema[name] = kept


FORBIDDEN: list[Change] = [
    field_removed, field_renamed, new_field_required, known_field_required, enum_narrowed, type_changed,
    no_longer_nullable, format_changed, text_shortened, text_lengthened, pattern_changed, list_shortened,
    list_lengthened, least_number_raised, uniqueness_asked_for, default_changed, unknown_fields_refused,
    personal_mark_removed, moved,
]  # fmt: skip


def enum_widened(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        if "enum" in part:
            kept = part["enum"]
            part["enum"] = [*kept, "quite_new"]
            yield
            part["enum"] = kept


def text_allowed_to_be_longer(schema: Schema) -> Iterator[None]:
    for part in leaves(schema, "string"):
        if "maxLength" in part:
            part["maxLength"] += 1
            yield
            part["maxLength"] -= 1


def required_field_made_optional(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        required = list(part["required"])
        for name in required:
            part["required"] = [each for each in required if each != name]
            yield
        part["required"] = required


def made_nullable(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        for name, field in list(part["properties"].items()):
            if "anyOf" not in field:
                part["properties"][name] = {"anyOf": [field, {"type": "null"}]} | (
                    {"default": field["default"]} if "default" in field else {}
                )
                yield
                part["properties"][name] = field


FORBIDDEN_TO_FACTS: list[Change] = [
    enum_widened,
    text_allowed_to_be_longer,
    required_field_made_optional,
    made_nullable,
]


def field_added(schema: Schema) -> Iterator[None]:
    for part in objects(schema):
        part["properties"]["added"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        yield
        del part["properties"]["added"]


def described_better(schema: Schema) -> Iterator[None]:
    for part in every_part(schema):
        had, kept = "description" in part, part.get("description")
        part["description"] = "The same in better words."
        yield
        if had:
            part["description"] = kept
        else:
            del part["description"]


def marked_as_personal(schema: Schema) -> Iterator[None]:
    for part in leaves(schema, "string"):
        if "x-personal" not in part:
            part["x-personal"] = True
            yield
            del part["x-personal"]


HARMLESS: list[Change] = [field_added, described_better, marked_as_personal]


def frozen(name: str) -> Schema:
    schema: Schema = json.loads((FROZEN / f"{name}.json").read_text(encoding="utf-8"))
    for part in objects(schema):
        part.setdefault("required", [])
    return schema


def outcomes(change: Change, name: str, *, door: bool) -> list[list[str]]:
    """What is said against a change, in each spot of an event where it can be made."""
    before = frozen(name)
    after = copy.deepcopy(before)
    found = [forbidden_changes(before, after, door=door) for _ in change(after)]
    assert after == before, "a mutation was not undone"
    return found


def is_door(name: str) -> bool:
    return CATALOGUE[name].topic in DOORS


def described(change: Change) -> str:
    return change.__name__.replace("_", " ")


@pytest.mark.parametrize("change", FORBIDDEN, ids=described)
def test_a_forbidden_change_is_caught_in_every_spot_of_every_event(change: Change) -> None:
    spots = 0
    for name in CATALOGUE:
        for spot, said in enumerate(outcomes(change, name, door=is_door(name))):
            assert said, f"{name}: nothing is said against spot {spot}"
            spots += 1
    assert spots


@pytest.mark.parametrize("change", FORBIDDEN_TO_FACTS, ids=described)
def test_a_door_may_take_more_but_a_fact_may_say_nothing_its_readers_do_not_know(change: Change) -> None:
    facts = doors = 0
    for name in CATALOGUE:
        for spot, said in enumerate(outcomes(change, name, door=is_door(name))):
            assert bool(said) is not is_door(name), f"{name}: spot {spot}, {said}"
            doors, facts = doors + is_door(name), facts + (not is_door(name))
    assert doors
    assert facts


@pytest.mark.parametrize("change", HARMLESS, ids=described)
def test_a_harmless_change_is_let_through(change: Change) -> None:
    for name in CATALOGUE:
        assert not any(outcomes(change, name, door=is_door(name))), name


def test_an_event_that_did_not_change_has_nothing_said_against_it() -> None:
    for name in CATALOGUE:
        assert forbidden_changes(frozen(name), frozen(name), door=False) == []


def test_what_is_said_names_the_field_and_what_is_wrong_with_it() -> None:
    name = "safeguarding.concern.received.v1"
    after = frozen(name)
    after["$defs"]["Adult"]["properties"]["name"]["anyOf"][0]["maxLength"] = 100

    assert forbidden_changes(frozen(name), after, door=False) == [
        "report.adult.name: maxLength 100 on one side, 300 on the other (what was valid no longer is)"
    ]
