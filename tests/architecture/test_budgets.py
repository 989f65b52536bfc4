"""How large a module may be, what it may be called, and what `shared` may hold (style 3 and 4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import SERVICES
from tests.architecture.tree import ROOT, modules, named

KERNEL = 120
ANY = 250
TABLES = 150
SERVICE = 40
NOT_A_NAME = {"utils", "util", "helpers", "helper", "common", "base", "models", "types", "misc", "constants", "manager"}
EVERY_MODULE = pytest.mark.parametrize("path", modules(), ids=named)


def budget(path: Path) -> int:
    name = named(path)
    if name.startswith("shared/kernel/"):
        return KERNEL
    return {"service.py": SERVICE, "tables.py": TABLES}.get(path.name, ANY) if name.startswith("s") else ANY


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@EVERY_MODULE
def test_a_module_is_within_its_budget(path: Path) -> None:
    if named(path) == "shared/chassis/service.py":
        assert lines(path) <= ANY
    else:
        assert lines(path) <= budget(path)


@EVERY_MODULE
def test_a_module_is_named_for_what_it_holds(path: Path) -> None:
    assert not NOT_A_NAME & {*path.relative_to(ROOT).parts[:-1], path.stem}


@EVERY_MODULE
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8").removeprefix("#!/usr/bin/env python3\n")

    assert text.lstrip().startswith('"""')


def test_shared_holds_exactly_three_things() -> None:
    assert {path.name for path in (ROOT / "shared").iterdir()} - {"__pycache__"} == {
        "__init__.py", "chassis", "contracts", "kernel",
    }  # fmt: skip


def test_services_holds_the_services_and_the_command_line() -> None:
    assert {path.name for path in (ROOT / "services").iterdir()} - {"__pycache__"} == {
        "README.md", "__init__.py", "command", *SERVICES,
    }  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_face(service: str) -> None:
    there = {path.name for path in (ROOT / "services" / service).glob("*.py")}

    assert {"__init__.py", "service.py", "decisions.py", "cases.py"} <= there
