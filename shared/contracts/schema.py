"""The JSON Schema of an event: what its readers accept, where it travels, and which of its fields are personal.

What is frozen under `schemas/` is written from here; see README.md beside this file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.kernel.event import Event

FROZEN = Path(__file__).with_name("schemas")
"""One file for each type of event, as the world has been told."""

Schema = Mapping[str, Any]
_CITED = re.compile(r"\s\((?:seed|domain|design|delivery)\b[^)]*\)")


class WithoutTitles(GenerateJsonSchema):
    """A field's name is its title."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  the answer is the same for all
        return False

    def generate(self, schema: Any, mode: Any = "validation") -> Any:
        """The schema, for readers who have not got the sources that our descriptions cite."""
        return _uncited(super().generate(schema, mode))

    def generate_definitions(self, inputs: Any) -> Any:
        """As `generate`, for several at once."""
        return _uncited(super().generate_definitions(inputs))


def schema_of(event: type[Event]) -> dict[str, Any]:
    """Everything a contract says, in one document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:section42:{event.type}",
        "x-topic": event.topic,
        "x-key": event.key_field,
        "x-subject": event.subject_field,
        **event.model_json_schema(schema_generator=WithoutTitles),
    }


def uncited(text: str) -> str:
    """A text without the places in the sources that it cites in parentheses."""
    return _CITED.sub("", text)


def _uncited(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(map(_uncited, part))
    if not isinstance(part, dict):
        return part
    return {name: uncited(value) if name == "description" and isinstance(value, str) else _uncited(value)
            for name, value in part.items()}  # fmt: skip


def as_frozen(schema: Schema) -> str:
    """The text of a frozen file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def resolved(schema: Schema, root: Schema) -> Schema:
    """A part of a schema, after its reference has been followed; what stands beside the reference wins."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def options(schema: Schema, root: Schema) -> list[Schema]:
    """The ways a value may look: one, unless it may also be absent or something else."""
    schema = resolved(schema, root)
    return [resolved(option, root) for option in schema.get("anyOf", [schema])]


def leaves(schema: Schema, root: Schema | None = None, where: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field that holds a value of its own, with its path; `[]` stands for each element of a list."""
    root = schema if root is None else root
    for option in options(schema, root):
        if "properties" in option:
            for name, field in option["properties"].items():
                yield from leaves(field, root, f"{where}.{name}" if where else name)
        elif "items" in option:
            yield from leaves(option["items"], root, f"{where}[]")
        elif option.get("type") != "null":
            yield where, option


def personal_fields(schema: Schema) -> frozenset[str]:
    """The paths of the fields that identify or describe a person, or hold anyone's own words."""
    return frozenset(where for where, leaf in leaves(schema) if leaf.get("x-personal"))
