"""What each event says, as a sentence for a reader; fields that describe a person are left out unless asked for."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.contracts import CATALOGUE
from shared.kernel.event import Event


def sentence(event_type: str, fields: Mapping[str, Any], *, all_fields: bool) -> str:
    """What an event says, from the fields that may be shown; every field where nobody declares its type."""
    declared = CATALOGUE.get(event_type)
    if declared is None or all_fields:
        said = ", ".join(f"{name}={_plain(value)}" for name, value in fields.items())
        return f"{event_type}: {said}"
    recorded = fields.get("record")
    told = {**recorded, **fields} if isinstance(recorded, Mapping) else fields
    return declared.sentence.format_map(defaultdict(lambda: "not recorded", {k: _plain(v) for k, v in told.items()}))


def shown(event_type: str, fields: Any) -> Any:
    """The fields that identify or describe nobody: those the contract declares and does not mark as personal."""
    declared = CATALOGUE.get(event_type)
    if declared is None:
        return {}
    schema = _schema(declared)
    return _shown(schema, schema.get("$defs", {}), fields)


@lru_cache
def _schema(declared: type[Event]) -> dict[str, Any]:
    return declared.model_json_schema()


def _shown(schema: Mapping[str, Any], definitions: Mapping[str, Any], value: Any) -> Any:
    """A value without what its schema does not declare or marks; None stands for what may not be shown."""
    if "$ref" in schema:
        return _shown(definitions[schema["$ref"].rpartition("/")[2]], definitions, value)
    if value is None or _personal(schema):
        return None
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return _shown(options[0], definitions, value) if len(options) == 1 else None
    if isinstance(value, dict):
        declared = schema.get("properties", {})
        kept = {name: _shown(declared[name], definitions, part) for name, part in value.items() if name in declared}
        return {name: part for name, part in kept.items() if part is not None}
    if isinstance(value, list):
        parts = (_shown(schema.get("items", {}), definitions, each) for each in value)
        return [part for part in parts if part is not None]
    return value


def _personal(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("x-personal")) or any(option.get("x-personal") for option in schema.get("anyOf", ()))


def _plain(value: Any) -> str:
    match value:
        case None:
            return "not recorded"
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(_plain(each) for each in value)
        case {"says": says}:
            return str(says)
        case dict():
            return ", ".join(f"{name}={_plain(part)}" for name, part in value.items())
        case _:
            return str(value)
