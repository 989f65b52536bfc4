"""What a service keeps of its cases is kept for years: what older code wrote must mean the same to newer code.

So its shape is frozen as the contracts are, in `kept.json` beside the service. A field that is left out says its
default; a field of a struct that is written as an array is known by its place alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

FILE = "kept.json"
OR = " | "
Shape = dict[str, dict[str, Any]]
"""By the name of a struct, its `fields` in order, how it `is` written, and its `tag`; by that of an enum, its `values`.

What stands for whole cases is under `cases`.
"""
_LEAVES = {
    inspect.UUIDType: "uuid",
    inspect.StrType: "text",
    inspect.BoolType: "yes or no",
    inspect.IntType: "whole number",
    inspect.DateTimeType: "instant",
    inspect.DateType: "day",
    inspect.NoneType: "nothing",
}


def shape_of(state: Any) -> Shape:
    """The shape of a service's cases. Raises TypeError for what no case should hold, and for two structs of a name."""
    found: Shape = {}
    known: dict[str, Any] = {}
    top = _said(inspect.type_info(state), found, known)
    return {"cases": {"are": top}, **dict(sorted(found.items()))}


def _said(of: inspect.Type, found: Shape, known: dict[str, Any]) -> list[str]:
    """What a type may be, a word for each."""
    if isinstance(of, inspect.UnionType):
        return sorted(word for one in of.types for word in _said(one, found, known))
    if isinstance(of, inspect.VarTupleType | inspect.ListType):
        return [f"list of ({OR.join(_said(of.item_type, found, known))})"]
    if isinstance(of, inspect.TupleType):
        return ["(" + " then ".join(OR.join(_said(one, found, known)) for one in of.item_types) + ")"]
    if isinstance(of, inspect.EnumType | inspect.StructType):
        name = of.cls.__name__
        if known.setdefault(name, of.cls) is not of.cls:
            raise TypeError(f"two kept types are called {name}: a case could not say which it holds")
        if name not in found:
            found[name] = {}
            found[name] |= _struct(of, found, known) if isinstance(of, inspect.StructType) else _enum(of)
        return [name]
    if type(of) not in _LEAVES:
        raise TypeError(f"a case should not hold a {type(of).__name__}")
    return [_LEAVES[type(of)]]


def _struct(of: inspect.StructType, found: Shape, known: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for field in of.fields:
        one: dict[str, Any] = {"is": OR.join(_said(field.type, found, known))}
        if not field.required:
            made = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
            one["otherwise"] = json.loads(msgspec.json.encode(made))
        fields[field.encode_name] = one
    return {"is": "array" if of.array_like else "object", "tag": of.tag, "fields": fields}


def _enum(of: inspect.EnumType) -> dict[str, Any]:
    return {"values": [one.value for one in of.cls]}


def words(said: str, by: str = OR) -> list[str]:
    """The ways a value may be, each whole; or what stands between other words."""
    found, depth = [""], 0
    for part in said.split(by):
        found[-1] += f"{by}{part}" if depth else part
        depth += part.count("(") - part.count(")")
        if not depth:
            found.append("")
    return found[:-1]


def forbidden_changes(frozen: Shape, current: Shape) -> list[str]:
    """What an older case would lose, or would mean otherwise: a line each; none where the shape may be frozen anew."""
    return [line for name, was in frozen.items() for line in _lost(name, was, current.get(name))]


def _lost(name: str, was: dict[str, Any], now: dict[str, Any] | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
        return
    if missing := [value for value in was.get("values", ()) if value not in now.get("values", ())]:
        yield f"{name} knows {', '.join(map(str, missing))} no more"
    if missing := [case for case in was.get("are", ()) if case not in now.get("are", ())]:
        yield f"{', '.join(missing)} is no case any more"
    if "fields" in was:
        yield from _lost_of_a_struct(name, was, now)


def _lost_of_a_struct(name: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if (was["is"], was["tag"]) != (now.get("is"), now.get("tag")):
        yield f"{name} is written otherwise: {now.get('is')} with tag {now.get('tag')}, was {was['is']}, {was['tag']}"
        return
    if was["is"] == "array" and list(now["fields"])[: len(was["fields"])] != list(was["fields"]):
        yield f"{name} is an array, whose fields are known by their places: add behind the last alone"
    for field in now["fields"].keys() - was["fields"].keys():
        if "otherwise" not in now["fields"][field]:
            yield f"{name}.{field} is new and has no default: older cases lack it"
    for field, before in was["fields"].items():
        after = now["fields"].get(field)
        if after is None:
            yield f"{name}.{field} is gone"
        elif not {*words(before["is"])} <= {*words(after["is"])}:
            yield f"{name}.{field} is {after['is']}, was {before['is']}"
        elif "otherwise" in before and before["otherwise"] != after.get("otherwise", ...):
            yield f"{name}.{field} has another default: a case without it would mean something else"


def freeze(service: str, state: Any, folder: Path) -> list[str]:
    """Write the shape beside its service where it may be frozen so; else what may not change."""
    path, shape = folder / service / FILE, shape_of(state)
    frozen: Shape = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if refused := forbidden_changes(frozen, shape):
        return [f"services/{service}/{FILE}: {line}" for line in refused]
    if frozen != shape:
        path.write_text(json.dumps(shape, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return []
