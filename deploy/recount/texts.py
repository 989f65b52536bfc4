"""Text as it compares; and what the council says of what is written where there is nothing to say."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[2] / "services" / "intake" / "policy.json"
_DASHES = re.compile("[\u2043\u2212]")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_COUNTED = ("1234567890", "0123456789")
_MANY = 3


def plain(text: str) -> str:
    """What compares of a text: capitals, one kind of hyphen and of space, nothing that does not show."""
    shown = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    shown = "".join(
        "-" if unicodedata.category(one) == "Pd" else one for one in shown if unicodedata.category(one) != "Cf"
    )
    folded = unicodedata.normalize("NFKC", _DASHES.sub("-", shown).casefold().upper())
    return " ".join(folded.split())


def pieces(text: str) -> list[str]:
    """The runs of letters and digits."""
    return ["".join(run) for is_word, run in itertools.groupby(text, str.isalnum) if is_word]


@dataclass(frozen=True, eq=False)
class Policy:
    """What the council says, from some instant on: which numbers are given to people, and what fills a field."""

    said: dict[str, Any]

    def filler(self, text: str) -> bool:
        """Whether a text only fills a field: signs, noughts, one character over and over, words for "not known"."""
        words = pieces(plain(text))
        run = "".join(words)
        if not run.strip("0") or run in self.said["fillers"] or set(words) <= set(self.said["filler_words"]):
            return True
        return len(run) >= _MANY and run == run[0] * len(run)

    def doubtful(self, text: str) -> bool:
        """Whether what is no filler may be one: a character or two, digits in their order, a numbered stranger."""
        first, *others = words = pieces(plain(text))
        run = "".join(words)
        if run == run[0] * len(run) or (len(run) >= _MANY and any(digits.startswith(run) for digits in _COUNTED)):
            return True
        return first in self.said["unknown"] and all(w.isdigit() or w in self.said["filler_words"] for w in others)

    def given(self, digits: str, *, test_numbers: bool) -> bool:
        """Whether a number of ten digits is one that somebody has."""
        ranges = self.said["issued"] + ([self.said["tests"]] if test_numbers else [])
        of = [one for one in ranges if int(digits[:3]) in range(one["first"], one["last"] + 1)]
        return not self.filler(digits) and any(not one.get("dated") or _is_a_day(digits) for one in of)


@cache
def _versions() -> list[tuple[datetime | None, Policy]]:
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    return [(datetime.fromisoformat(one["from"]) if one["from"] else None, Policy(one)) for one in found]


def policy_at(at: datetime) -> Policy:
    """What was in force when something was recorded."""
    return [policy for since, policy in _versions() if since is None or since <= at][-1]


def _is_a_day(digits: str) -> bool:
    """Whether a number begins with a day of this century or the last."""
    for century in ("19", "20"):
        try:
            datetime.strptime(digits[:4] + century + digits[4:6], "%d%m%Y")  # noqa: DTZ007  a day alone
        except ValueError:
            continue
        return True
    return False
