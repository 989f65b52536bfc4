"""What services keep is frozen: cases of older code are read by today's, and mean the same."""

from __future__ import annotations

import enum
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.command.docs import ROOT
from shared.chassis.kept_states import FILE, Shape, forbidden_changes, freeze, shape_of, words
from shared.chassis.service import Service
from tests.architecture.tree import services

EVERY = pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
LEAVES: dict[str, list[Any]] = {
    "uuid": ["018e0b6a-0000-8000-8000-000000000001"],
    "text": ["words"],
    "yes or no": [True, False],
    "whole number": [7],
    "instant": ["2024-03-06T12:00:00Z"],
    "day": ["2024-03-06"],
}


def frozen_of(service: Service[Any]) -> Shape:
    found: Shape = json.loads((ROOT / "services" / service.name / FILE).read_text(encoding="utf-8"))
    return found


def ways(shape: Shape, said: str) -> list[Any]:
    """Values as older code wrote them, with nothing left out; what may be nothing is something."""
    return [value for what in words(said) if what != "nothing" for value in _written(shape, what)]


def _written(shape: Shape, what: str) -> list[Any]:
    if what.startswith("list of "):
        return [ways(shape, what.removeprefix("list of (").removesuffix(")"))]
    if what.startswith("("):
        return [[ways(shape, one)[0] for one in words(what[1:-1], by=" then ")]]
    if what in LEAVES:
        return LEAVES[what]
    one = shape[what]
    if "values" in one:
        return list(one["values"])
    fields = {name: _other(shape, field) for name, field in one["fields"].items()}
    if one["is"] == "array":
        return [list(fields.values())]
    return [({"type": one["tag"]} if one["tag"] else {}) | fields]


def _other(shape: Shape, field: dict[str, Any]) -> Any:
    """A value that is not the one which stands for a field that is left out."""
    return next(one for one in ways(shape, field["is"]) if one != field.get("otherwise", ...))


@EVERY
def test_what_is_kept_is_frozen_as_it_is(service: Service[Any]) -> None:
    assert frozen_of(service) == shape_of(service.state), "run make generate"


@EVERY
def test_whatever_older_code_wrote_is_read_and_written_back_word_for_word(service: Service[Any]) -> None:
    shape = frozen_of(service)
    assert shape["cases"]["are"]
    for case in shape["cases"]["are"]:
        (said,) = ways(shape, case)

        read = msgspec.convert(said, service.state, str_keys=True)

        assert json.loads(msgspec.json.encode(read)) == said
        assert msgspec.json.decode(json.dumps(said), type=service.state) == read


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Redder(enum.StrEnum):
    RED = "red"


class Part(msgspec.Struct, array_like=True):
    at: datetime
    by: str


class Older(msgspec.Struct, omit_defaults=True, tag="case"):
    adult_id: UUID
    part: Part
    colour: Colour = Colour.RED
    parts: tuple[Part, ...] = ()


def changed(**fields: Any) -> Shape:
    """The shape of a case with these fields; a field that is given as None is left out."""
    kept = {
        "adult_id": (UUID,),
        "part": (Part,),
        "colour": (Colour, Colour.RED),
        "parts": (tuple[Part, ...], ()),
    } | fields
    defined: list[Any] = [(name, *what) for name, what in kept.items() if what is not None]
    defined.sort(key=len)
    return shape_of(msgspec.defstruct("Older", defined, omit_defaults=True, tag="case"))


class Longer(msgspec.Struct, array_like=True):
    at: datetime
    by: str
    why: str = ""


class Turned(msgspec.Struct, array_like=True):
    by: str
    at: datetime


Longer.__name__ = Turned.__name__ = "Part"
Redder.__name__ = "Colour"


@pytest.mark.parametrize(
    "fields",
    [
        {"note": (str, "")},
        {"note": (str | None, None)},
        {"adult_id": (UUID | None,)},
        {"part": (Longer,), "parts": (tuple[Longer, ...], ())},
    ],
    ids=["a field with a default", "one that may be nothing", "a field may be more", "an array grows behind its last"],
)
def test_what_older_cases_bear_may_change(fields: dict[str, Any]) -> None:
    assert forbidden_changes(shape_of(Older), changed(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"adult_id": None}, "Older.adult_id is gone"),
        ({"note": (str,)}, "Older.note is new and has no default"),
        ({"adult_id": (str,)}, "Older.adult_id is text, was uuid"),
        ({"colour": (Colour, Colour.BLUE)}, "Older.colour has another default"),
        ({"colour": (Colour,)}, "Older.colour has another default"),
        ({"colour": (Redder, Redder.RED)}, "Colour knows blue no more"),
        ({"part": (Turned,), "parts": (tuple[Turned, ...], ())}, "known by their places"),
        ({"part": (str,), "parts": None}, "Part is gone"),
    ],
)
def test_what_older_cases_would_not_survive_may_not(fields: dict[str, Any], says: str) -> None:
    assert any(says in line for line in forbidden_changes(shape_of(Older), changed(**fields)))


def test_another_tag_or_another_way_of_writing_is_another_case() -> None:
    for other in (
        msgspec.defstruct("Older", [("adult_id", UUID)], tag="other"),
        msgspec.defstruct("Older", [("adult_id", UUID)], array_like=True),
    ):
        (*_, said) = [line for line in forbidden_changes(shape_of(Older), shape_of(other)) if "Older" in line]
        assert "written otherwise" in said


def test_what_may_not_change_is_not_written(tmp_path: Any) -> None:
    (tmp_path / "themes").mkdir()
    assert freeze("themes", Older, tmp_path) == []
    before = (tmp_path / "themes" / FILE).read_text()

    refused = freeze("themes", msgspec.defstruct("Older", [("adult_id", UUID)], tag="case"), tmp_path)

    assert "services/themes/kept.json: Older.part is gone" in refused
    assert (tmp_path / "themes" / FILE).read_text() == before


def test_two_kept_types_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two kept types are called Part"):
        shape_of(msgspec.defstruct("Older", [("part", Part), ("other", Longer)]))
