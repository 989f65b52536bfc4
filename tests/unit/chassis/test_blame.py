"""An error is told by its kind and the place in our code it came from, and by none of its words."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from shared.chassis.delivery.records.strict_json import flaw
from shared.chassis.process.blame import blame
from shared.contracts.doors import ConcernReported
from tests.architecture.tree import ROOT, named

CANARY = "Zq0001Canary"


def caught(does: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as error:  # noqa: PT011  whatever it is
        does()
    return error.value


def in_a_group() -> object:
    raise ExceptionGroup("several", [caught(lambda: flaw(12))])  # type: ignore[arg-type]


def test_the_deepest_line_of_ours_is_named() -> None:
    error = caught(lambda: flaw(12))  # type: ignore[arg-type]

    told = blame(error)

    assert told["error"] == "TypeError"
    file, _, line = told["where"].rpartition(":")
    assert file == "shared/chassis/delivery/records/strict_json.py"
    assert 1 <= int(line) <= len((ROOT / file).read_text().splitlines())


@pytest.mark.parametrize(
    ("does", "where"),
    [
        (in_a_group, "shared/chassis/delivery/records/strict_json.py:"),
        (lambda: ConcernReported.model_validate_json(json.dumps({"sender": CANARY, "reference": 4})), ""),
        (lambda: msgspec.json.decode(CANARY), ""),
    ],
    ids=["a group", "pydantic", "json"],
)
def test_no_word_of_an_error_is_told(does: Callable[[], object], where: str) -> None:
    told = blame(caught(does))

    assert CANARY not in json.dumps(told)
    assert told.get("where", "").startswith(where)


def test_a_cause_is_asked_where_an_error_has_not_been_near_our_code() -> None:
    one = KeyError(CANARY)
    one.__cause__ = caught(lambda: flaw(12))  # type: ignore[arg-type]

    assert blame(one)["error"] == "KeyError"
    assert blame(one)["where"].startswith("shared/chassis/delivery/records/strict_json.py:")


def sources() -> list[Path]:
    return [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("path", sources(), ids=named)
def test_the_log_is_told_of_errors_in_no_other_way(path: Path) -> None:
    """Neither `error=...` nor an exception's text nor a traceback is handed to a logger of ours."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "log"):
            continue
        assert call.func.attr != "exception", f"{path}:{call.lineno}"
        assert not {"error", "exc_info", "stack_info"} & {word.arg for word in call.keywords}, f"{path}:{call.lineno}"
        said = {
            part.func.id for part in ast.walk(call) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
        }
        caught_names = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)} & {"error", "wrong", "exc"}
        assert not caught_names or "blame" in said, f"{path}:{call.lineno}: say **blame(error)"
