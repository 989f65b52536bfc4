"""Canaries: words that stand for a person, planted in every place for what describes one, and looked for elsewhere."""

import base64
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.doors import ConcernReported
from shared.contracts.schema import leaves, schema_of

CHOSEN = {
    "gender": "female",
    "ethnicity": "asian",
    "support_reason": "memory_and_cognition",
    "interpreter_needed": "yes",
}
"""What is said where a personal field takes one of a list; all but the last are words that nothing else here uses."""
_A_CHOICE = re.compile(rf"\b({'|'.join((*(set(CHOSEN.values()) - {'yes'}), 'interpreter_needed'))})\b")
_UNKNOWN = "remark_of_a_newer_sender"


def _in_base64(word: str) -> Iterator[str]:
    """What stays of a word in Base64, wherever in a longer text it begins."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode()).decode()
        yield coded[(0, 2, 3)[shift] : len(coded) - 4]


_PLAIN = re.compile("zq[0-9]{4}canary")
_HEXADECIMAL = re.compile(f"{b'Zq'.hex()}(?:3[0-9]){{4}}{b'Canary'.hex()}")
_PIECES = tuple(_in_base64("Canary"))
"""What each canary has in common where it is in Base64: without any of it, none need be looked for one by one."""


@dataclass
class Aviary:
    """Every canary there is, and the days of birth that stand for one; `unknown` are in fields nobody declared."""

    words: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def word(self, about: str = "") -> str:
        """A canary, with what it is about; without, where a code is asked for."""
        word = f"Zq{next(self._numbers):04d}Canary"
        self.words.append(word)
        return f"{word} {about}" if about else word

    def day(self, year: int = 1931) -> str:
        """A day of birth."""
        number = next(self._numbers)
        self.days.append(f"{year}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}")
        return self.days[-1]

    def planted(self, data: Any) -> Any:
        """What somebody says, with a field that the contract does not declare in every object of it."""
        if isinstance(data, list):
            return [self.planted(part) for part in data]
        if not isinstance(data, Mapping):
            return data
        said = self.word("an unknown field")
        self.unknown.append(self.words[-1])
        return {name: self.planted(part) for name, part in data.items()} | {_UNKNOWN: said}

    def in_text(self, text: str) -> list[str]:
        """The canaries in a text, also where it is in another case, hexadecimal or Base64."""
        low = text.lower()
        found = set(_PLAIN.findall(low)) | {bytes.fromhex(one).decode().lower() for one in _HEXADECIMAL.findall(low)}
        hits = {word for word in self.words if word.lower() in found}
        if any(piece in text for piece in _PIECES):
            hits |= {word for word in self.words for coded in _in_base64(word) if coded in text}
        return sorted(hits | {day for day in self.days if day in text})


def choices_in(text: str) -> list[str]:
    """The words of a list that stand for a canary, where they stand alone."""
    return sorted(set(_A_CHOICE.findall(text)))


def a_report(aviary: Aviary, reference: str, **more: Any) -> dict[str, Any]:
    """A report with a canary in every personal field, as the contract marks them."""
    report: dict[str, Any] = {"sender": "canary-sender", "reference": reference, "source": "ambulance"}
    report["risks"] = [{"abuse_type": "neglect"}]
    report["set_aside"] = [{"where": "narrative"}]
    for path, leaf in sorted(leaves(schema_of(CATALOGUE[ConcernReported.type])), key=lambda one: one[0]):
        if not leaf.get("x-personal") or path == "reference_as_sent":
            continue  # a reference, as its sender writes it, goes into its answer: it must name nobody
        *parents, name = path.split(".")
        part = report
        for parent in parents:
            bare = parent.removesuffix("[]")
            part = part.setdefault(bare, {}) if bare == parent else part[bare][0]
        part[name] = _personal(aviary, name, leaf)
    return report | more


def _personal(aviary: Aviary, name: str, leaf: Mapping[str, Any]) -> str:
    if leaf.get("format") == "date":
        return aviary.day()
    if "enum" in leaf:
        return CHOSEN[name]
    return aviary.word(name if re.search(leaf["pattern"], "a b") else "")
