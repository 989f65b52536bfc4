"""What is said in the log is printed: each field of each line is on the list of what may be told (`logs.ALLOWED`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.chassis.process.blame import blame
from shared.chassis.process.logs import AGAIN_AND_AGAIN, ALLOWED
from tests.architecture.tree import modules, named, parsed

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "msg", "bind"}
SPREAD = {"blame(error)", "blame(error) if error is not None else {}"}
"""What may be spread over a line: the kind and the place of an error; of anything else nobody knows what it holds."""


def lines(path: Path) -> Iterator[ast.Call]:
    """The calls of a logger of ours, by whatever name a module has it."""
    loggers = {
        target.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assign) and "get_logger" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(called := node.func, ast.Attribute) and called.attr in LEVELS:
            of = called.value
            if (isinstance(of, ast.Name) and of.id in loggers) or "get_logger" in ast.unparse(of):
                yield node


@pytest.mark.parametrize("path", [path for path in modules() if any(lines(path))], ids=named)
def test_no_field_is_dropped_in_silence(path: Path) -> None:
    for call in lines(path):
        said = {keyword.arg for keyword in call.keywords if keyword.arg}
        spread = {ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg is None}
        place = f"{named(path)}:{call.lineno}"
        assert said <= ALLOWED, f"{place}: {sorted(said - ALLOWED)} would be dropped: see logs.ALLOWED"
        assert spread <= SPREAD, f"{place}: nobody knows which fields {sorted(spread - SPREAD)} are"


def test_what_is_spread_is_allowed() -> None:
    assert {"error", "where"} | blame(ValueError()).keys() <= ALLOWED


def test_there_are_lines_to_look_at() -> None:
    events = {
        word.value
        for path in modules()
        for call in lines(path)
        for word in ast.walk(call.args[0])
        if isinstance(word, ast.Constant)
    }
    assert len(events) > 40
    assert events >= AGAIN_AND_AGAIN, "what is said seldom is said at all"
