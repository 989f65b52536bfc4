"""Text as it compares: what looks the same to a person is the same, however a system encodes it."""

import re
from functools import lru_cache
from unicodedata import category, normalize

_HYPHENS = {"\u2043", "\u2212"}
"""A bullet and a minus sign, which are written for a hyphen; all others are dashes by their category."""
_ASCII_WORDS = re.compile("[0-9A-Za-z]+")
_INVISIBLE = {
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
    *"\u034f\u115f\u1160\u17b4\u17b5",
}
"""What shows nothing, beside the characters that say so by their category: variation selectors, joiners, fillers."""


def canonical(text: str) -> str:
    """NFKC, no invisible characters, one hyphen for all dashes, single spaces, capitals.

    Capitals and not small letters, because most references are written so: what was kept of one before texts were
    compared so is found under the same key.
    """
    return " ".join(text.split()).upper() if text.isascii() else _canonical(text)


def letters_and_digits(text: str) -> str:
    """What is left of a canonical text without anything between."""
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def words(text: str) -> tuple[str, ...]:
    """The runs of letters and digits in a canonical text, in their order."""
    if text.isascii():
        return tuple(_ASCII_WORDS.findall(text))
    return tuple("".join(character if character.isalnum() else " " for character in text).split())


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    shown = "".join(_plain(character) for character in normalize("NFKC", text))
    return " ".join(normalize("NFKC", shown.casefold().upper()).split())


def _plain(character: str) -> str:
    kind = category(character)
    if kind == "Cf" or character in _INVISIBLE:
        return ""
    return "-" if kind == "Pd" or character in _HYPHENS else character
