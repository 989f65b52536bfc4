"""The second count shares nothing with what it counts again: no rule, no contract, no calendar."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, modules, named, parsed

ALLOWED = {*sys.stdlib_module_names, "aiokafka"}
OF_THE_RECOUNT = [path for path in modules() if named(path).startswith("deploy/recount/")]


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module or "")
    return found


def test_there_is_a_recount() -> None:
    assert "deploy/recount/__main__.py" in map(named, OF_THE_RECOUNT)


@pytest.mark.parametrize("path", OF_THE_RECOUNT, ids=named)
def test_the_recount_imports_the_standard_library_kafka_s_client_and_itself(path: Path) -> None:
    foreign = {name for name in imported(path) if name.partition(".")[0] not in ALLOWED}

    assert {name for name in foreign if name != "deploy.recount" and not name.startswith("deploy.recount.")} == set()
    assert "importlib" not in imported(path)


def test_counting_loads_nothing_of_the_services() -> None:
    shown = "import sys, deploy.recount.__main__; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", shown], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )

    assert {"services", "shared", "pydantic", "msgspec"} & set(ast.literal_eval(done.stdout)) == set()


def test_nothing_imports_the_recount() -> None:
    """Who needs it runs it, as a program of its own."""
    others = [path for path in modules() if path not in OF_THE_RECOUNT]

    assert [named(path) for path in others if any(name.startswith("deploy.recount") for name in imported(path))] == []
