"""Which way imports point, and that importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from services import SERVICES
from tests.architecture.tree import ROOT, modules, named, parsed


def test_the_import_rules_of_pyproject_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert broken == 0, capsys.readouterr().out


@pytest.mark.parametrize("module", [*(f"services.{name}.service" for name in SERVICES), "services.command.app"])
def test_a_module_can_be_imported_with_an_empty_environment(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env={"PYTHONPATH": str(ROOT)}, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_the_command_line_is_quick_to_ask_for_help() -> None:
    """Help must need neither Kafka's nor Postgres' libraries, nor any service."""
    heavy = ("aiokafka", "asyncpg", "faststream", "sqlalchemy", "pydantic", "uvicorn", "services.intake.service")
    shown = f"import sys, services.command.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", shown], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} imports relatively"
            found.add(node.module or "")
    return found


def test_no_test_is_imported_by_the_program() -> None:
    """Import-linter knows only the program: that it stands without its tests is seen here."""
    assert [named(path) for path in modules() if any(name.split(".")[0] == "tests" for name in imported(path))] == []


def test_only_the_command_line_loads_a_service_by_name_and_only_the_contracts_are_found() -> None:
    loading = {named(path) for path in modules() if "importlib" in imported(path)}

    assert {name for name in loading if not name.startswith("deploy/local/")} <= {
        "services/command/registry.py", "shared/contracts/__init__.py",
    }  # fmt: skip
