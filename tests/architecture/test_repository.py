"""What may not be in the repository: addresses of registries, paths of somebody's machine, unpinned packages."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files, named

SELF = Path(__file__)
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.(?:org|com)|yarnpkg\.com|repo1?\.maven|maven\.org|"
    r"docker\.io|ghcr\.io|quay\.io|gcr\.io|mcr\.microsoft|artifactory|nexus\.|crates\.io|rubygems\.org|"
    r"deb\.debian\.org|proxy\.golang|jsdelivr|unpkg\.com|cdnjs",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.<$}/])/(?:root|home/\w+|Users/\w+|work/(?:main|shared)|workspace)/")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".sh",
    ".mjs",
    ".java",
    ".in",
    ".lock",
    ".xml",
    ".txt",
    ".cfg",
    ".ini",
    ".sql",
    "",
}


def texts() -> list[Path]:
    return [path for path in files() if path.suffix in TEXT and path != SELF and ".git" not in path.parts]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_registry() -> None:
    assert [f"{named(path)}: {hit[0]}" for path in texts() if (hit := REGISTRIES.search(read(path)))] == []


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    assert [f"{named(path)}: {hit[0]}" for path in texts() if (hit := MACHINE.search(read(path)))] == []


def test_the_lock_has_a_hash_for_everything_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = [each for each in re.split(r"\n(?=[A-Za-z])", text.strip()) if not each.startswith("#")]

    assert len(packages) > 40
    for each in packages:
        assert re.match(r"^[A-Za-z0-9._-]+(?:\[[a-z0-9,]+\])?==[^\s;]+", each), each.splitlines()[0]
        assert "--hash=sha256:" in each, each.splitlines()[0]
    assert not re.search(
        r"^\s*(?:-i|--index|--extra-index|--find-links|--trusted-host|-f)\b|https?://", text, re.MULTILINE
    )


def test_the_lock_of_the_javascript_samples_has_a_hash_for_everything_and_no_address() -> None:
    packages = json.loads((ROOT / "samples/javascript/package-lock.json").read_text(encoding="utf-8"))["packages"]
    asked = packages.pop("")

    assert asked["dependencies"] == {"kafkajs": packages["node_modules/kafkajs"]["version"]}
    assert [name for name, locked in packages.items() if not locked.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, locked in packages.items() if "resolved" in locked] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_everything_asked_for_is_locked(name: str) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower()
    asked = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)

    assert asked
    for package in asked:
        assert re.search(rf"^{re.escape(package.lower())}(?:\[[a-z0-9,]+\])?==", lock, re.MULTILINE), package


def test_the_program_installs_under_its_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["scripts"] == {"section42": "services.command.app:main"}
    assert project["tool"]["mypy"]["strict"] is True
    assert project["tool"]["ruff"]["lint"]["select"] == ["ALL"]


def test_the_top_level_holds_what_the_design_gives_it() -> None:
    parts = {path.relative_to(ROOT).parts[0] for path in files()}

    assert parts <= {
        ".ci", ".dockerignore", ".gitattributes", ".gitignore", "LICENSE", "Makefile", "README.md", "deploy",
        "docker-compose.yml", "pyproject.toml", "requirements-dev.in", "requirements.in", "requirements.lock",
        "samples", "services", "shared", "tests",
    }  # fmt: skip
