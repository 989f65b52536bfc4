"""The README's picture and table are what the code says, and what it points to is there."""

import re
from pathlib import Path

import pytest

from services.command.graph import picture, table

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def between(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n(.*?)\n<!-- /{marker} -->", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_picture_is_the_services_own() -> None:
    assert between("graph") == f"```mermaid\n{picture()}\n```", "run `make generate`"


def test_the_table_is_the_contracts_own() -> None:
    assert between("topics") == table(), "run `make generate`"


@pytest.mark.parametrize("readme", ["README.md", "deploy/README.md"])
def test_every_file_it_names_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    folder = (ROOT / readme).parent
    links = [folder / target for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)]
    paths = [ROOT / path for path in re.findall(r"`((?:services|shared|deploy|tests)/[\w./-]+)`", text)]

    assert [str(path) for path in (*links, *paths) if not path.exists()] == []
