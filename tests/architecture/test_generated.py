"""What static files say of the services is what is found, and only `make generate` writes it."""

from __future__ import annotations

import pytest

from services.command.generate import FILES, filled, stale
from tests.architecture.tree import ROOT


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_which_services_there_are(name: str) -> None:
    assert ROOT / name not in stale(), "run `make generate`"


def test_a_part_is_written_between_its_marks_and_nothing_else_is() -> None:
    text = (
        "before:\n  # [all] written by `make generate`\n  old\n  # [/all]\n"
        "after: <!-- one -->\n<!-- one -->\n<!-- /one -->\n"
    )

    written = filled(text, {"all": lambda: "new\n\n  deeper", "one": lambda: "text"})

    assert written == (
        "before:\n  # [all] written by `make generate`\n  new\n\n    deeper\n  # [/all]\nafter: <!-- one -->\n"
        "<!-- one -->\ntext\n<!-- /one -->\n"
    )
    assert filled(written, {"all": lambda: "new\n\n  deeper", "one": lambda: "text"}) == written


@pytest.mark.parametrize("text", ["", "# [all]\n", "# [all]\n# [/all]\n# [all]\n# [/all]\n", "# [/all]\n# [all]\n"])
def test_a_part_whose_place_is_lost_is_told_of(text: str) -> None:
    with pytest.raises(ValueError, match=r"marked \[all\]"):
        filled(text, {"all": lambda: "new"})
