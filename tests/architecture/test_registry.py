"""A service is found by its folder, and nothing lists which there are."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from services import PORTS, SERVICES, found
from shared.chassis.service import Service
from tests.architecture.tree import modules, named, parsed, services


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_a_service_says_the_name_of_its_folder_and_the_port_that_is_read_there(service: Service[Any]) -> None:
    assert PORTS[service.name] == service.port


def test_the_first_services_keep_their_ports_and_their_order() -> None:
    first = {"intake": 8401, "triage": 8402, "enquiry": 8403, "audit": 8404}

    assert {name: port for name, port in PORTS.items() if name in first} == first
    assert [name for name in SERVICES if name in first] == list(first)


def test_a_folder_without_a_service_is_none_and_one_with_is_found_in_its_place(tmp_path: Path) -> None:
    for name, port in (("zebras", 2), ("ants", 3), ("moles", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "service.py").write_text(f"service: Service[int] = Service(name={name!r}, port={port})\n")
    (tmp_path / "command").mkdir()

    assert found(tmp_path) == {"moles": 1, "zebras": 2, "ants": 3}


@pytest.mark.parametrize(
    ("second", "says"),
    [("port=1", "two services have one port"), ("port=ONE", "second/service.py gives its Service no port"),
     ("", "second/service.py gives its Service no port")],
)  # fmt: skip
def test_a_port_that_is_missing_or_taken_is_told_of(tmp_path: Path, second: str, says: str) -> None:
    for name, option in (("first", "port=1"), ("second", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "service.py").write_text(f"service = Service({option})\n")

    with pytest.raises(ValueError, match=says):
        found(tmp_path)


def named_in(node: ast.AST) -> set[str]:
    """The services whose names are written down in a literal."""
    parts: list[Any] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = node.elts
    elif isinstance(node, ast.Dict):
        parts = node.keys
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {name for name in SERVICES if name in node.value.replace(",", " ").split()}
    return {name for name in SERVICES if any(isinstance(part, ast.Constant) and part.value == name for part in parts)}


def test_no_module_lists_the_services() -> None:
    listing = {named(path) for path in modules() for node in ast.walk(parsed(path)) if len(named_in(node)) > 2}

    assert listing == set()
