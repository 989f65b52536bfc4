"""What may not change about an event that the world has been told of (README.md beside this file).

Two questions, one comparison: would what was written under the frozen schema still be read, and would those who
know only the frozen schema still read what is written now? A door is read by us alone, so it may learn to take
more; a fact of ours may say nothing its readers do not know, but for further fields.
"""

from collections.abc import Iterator
from typing import Any

from shared.contracts.schema import Schema, options, personal_fields, resolved

_WHERE_IT_TRAVELS = ("$id", "x-topic", "x-key", "x-subject")
_SAYS_NOTHING = {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "x-personal",
                 "x-topic", "x-key", "x-subject"}  # fmt: skip
_LEAST = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_MOST = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_COMPARED = {*_LEAST, *_MOST, "type", "enum", "const", "anyOf", "properties", "required", "items", "default",
             "additionalProperties", "$ref"}  # fmt: skip


def forbidden_changes(frozen: Schema, current: Schema, *, door: bool) -> list[str]:
    """A line for each change that takes a new version of the event; none when the schema may be frozen anew."""
    found = [f"{name} is {current.get(name)}, was {frozen.get(name)}" for name in _WHERE_IT_TRAVELS
             if current.get(name) != frozen.get(name)]  # fmt: skip
    found += _Comparison(frozen, current, "what was valid no longer is").lost(frozen, current)
    found += [
        f"{where}: is no longer marked as personal" for where in personal_fields(frozen) - personal_fields(current)
    ]
    if not door:
        found += _Comparison(current, frozen, "readers of the frozen schema would refuse it", back=True).lost(
            current, frozen
        )
    return list(dict.fromkeys(found))


class _Comparison:
    """Finds what is valid under one schema and not under another."""

    def __init__(self, before: Schema, after: Schema, so: str, *, back: bool = False) -> None:
        self._before = before
        self._after = after
        self._so = so
        self._back = back

    def lost(self, before: Schema, after: Schema) -> list[str]:
        """What of `before` does not fit `after`."""
        return [f"{where or 'the event'}: {what} ({self._so})" for where, what in self._lost(before, after, "")]

    def _lost(self, before: Schema, after: Schema, where: str) -> Iterator[tuple[str, str]]:
        before, after = resolved(before, self._before), resolved(after, self._after)
        if before.get("default") != after.get("default") and not self._back:
            yield where, "another default: leaving the field out would mean something else"
        if "anyOf" not in before and "anyOf" not in after:
            yield from self._alike(before, after, where)
            return
        for option in options(before, self._before):
            misfits = [list(self._alike(option, other, where)) for other in options(after, self._after)]
            if all(misfits):
                yield from min(misfits, key=len)

    def _alike(self, before: Schema, after: Schema, where: str) -> Iterator[tuple[str, str]]:
        if before.get("type") != after.get("type"):
            yield where, f"{before.get('type')} on one side, {after.get('type')} on the other"
            return
        yield from self._values(before, after, where)
        for name in sorted({*before, *after} - _COMPARED - _SAYS_NOTHING):
            if name in after and before.get(name) != after[name]:
                yield where, f"another {name}"
        if before.get("type") == "object":
            yield from self._fields(before, after, where)
        if "items" in before and "items" in after:
            yield from self._lost(before["items"], after["items"], f"{where}[]")

    def _values(self, before: Schema, after: Schema, where: str) -> Iterator[tuple[str, str]]:
        named, known = _values(before), _values(after)
        if known is not None and (named is None or not set(named) <= set(known)):
            yield where, f"a value is not known: {', '.join(map(str, sorted(set(named or ['any']) - set(known))))}"
        for name in _LEAST:
            if name in after and after[name] > before.get(name, float("-inf")):
                yield where, f"{name} {after[name]} on one side, {before.get(name, 'none')} on the other"
        for name in _MOST:
            if name in after and after[name] < before.get(name, float("inf")):
                yield where, f"{name} {after[name]} on one side, {before.get(name, 'none')} on the other"

    def _fields(self, before: Schema, after: Schema, where: str) -> Iterator[tuple[str, str]]:
        if before.get("additionalProperties", True) and not after.get("additionalProperties", True):
            yield where, "fields that are not declared are no longer let through"
        for name in after.get("required", ()):
            if name not in before.get("required", ()):
                yield _inside(where, name), "required on one side alone"
        for name, field in before.get("properties", {}).items():
            known = after.get("properties", {}).get(name)
            if known is not None:
                yield from self._lost(field, known, _inside(where, name))
            elif not self._back:
                yield _inside(where, name), "the field is gone"


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
