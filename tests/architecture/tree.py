"""The repository as the laws see it: its own files, its modules, its services."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from services import SERVICES
from services.command.registry import load
from shared.chassis.service import Service

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared", "deploy")


@cache
def services() -> tuple[Service[Any], ...]:
    return tuple(load(name) for name in SERVICES)


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the program itself."""
    return tuple(
        sorted(path for name in CODE for path in (ROOT / name).rglob("*.py") if "__pycache__" not in path.parts)
    )


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    """The calls of a function or method of this name in a module."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Attribute) and called.attr == name) or (
                isinstance(called, ast.Name) and called.id == name
            ):
                yield node


def options(call: ast.Call) -> dict[str, str]:
    """The options of a call, each with the source of its value."""
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, in the repository."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if found.returncode:
        left_out = {".git", ".venv", ".local", "__pycache__", "build", "dist", "node_modules"}
        return tuple(p for p in ROOT.rglob("*") if p.is_file() and not left_out & set(p.relative_to(ROOT).parts))
    return tuple(ROOT / name for name in found.stdout.decode().split("\0") if name and (ROOT / name).is_file())
