"""One value of a report: as the contract has it, as the one thing it can mean, or set aside for a person.

A reader of a value gives what the contract takes in its place; None is unset, as empty text, an empty list and null
are. Whatever is odd is noted.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from services.intake.days import readings
from services.intake.wordings import Notes, printable
from shared.contracts.doors import Answer

Read = Callable[[Any, str, Notes], Any]
"""From what was said, where, what is taken."""
NAME, PROSE, CODE = 300, 20_000, 64
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")
_YES, _NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
_NOT_KNOWN = frozenset({"notknown", "unknown", "dontknow", "nk"})
_URGENT, _NOT_URGENT = _YES | {"urgent"}, _NO | {"noturgent", "nonurgent"}


def is_unset(said: Any) -> bool:
    """Whether nothing is said: null, empty, or nothing but spaces."""
    return said is None or said in ({}, []) or (isinstance(said, str) and not printable(said).strip())


def letters(said: Any) -> str:
    """What compares of a word: small letters and digits; nothing where it is no word."""
    if isinstance(said, bool | int | float):
        said = json.dumps(said)
        said = said.removesuffix(".0")
    return "".join(filter(str.isalnum, said.casefold())) if isinstance(said, str) else ""


def text(longest: int) -> Read:
    """A text; of a longer one the beginning is taken, and the whole kept beside it."""

    def read(said: Any, where: str, notes: Notes) -> str | None:
        if isinstance(said, int | float) and not isinstance(said, bool):
            notes.say("read_as", where)
            return json.dumps(said)[:longest]
        if not isinstance(said, str):
            notes.aside("wrong_kind", where, said)
            return None
        if (shown := printable(said)) != said:
            notes.say("control_characters", where)
        if len(shown) > longest:
            notes.keep(where, shown)
        return shown[:longest]

    return read


def code(said: Any, where: str, notes: Notes) -> str | None:
    """A code, which may have been written as a number, or with spaces around it."""
    written = json.dumps(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if not isinstance(written, str):
        notes.aside("wrong_kind", where, said)
        return None
    if len(bare := written.strip()) > CODE or not _CODE.fullmatch(bare):
        notes.aside("characters_not_allowed", where, said)
        return None
    if bare != said:
        notes.say("read_as", where)
    return bare


def word(of: type[StrEnum]) -> Read:
    """One of a list, however it is spelt."""
    known, values = _spellings(of), {one.value for one in of}

    def read(said: Any, where: str, notes: Notes) -> str | None:
        if isinstance(said, str) and said in values:
            return said
        found = None if isinstance(said, dict | list) else known.get(letters(said))
        if found is None:
            notes.aside("value_of_no_list" if isinstance(said, str) else "wrong_kind", where, said)
        else:
            notes.say("read_as", where)
        return found

    return read


def _spellings(of: type[StrEnum]) -> Mapping[str, str]:
    known: dict[str, str] = {letters(one.value): one.value for one in of}
    if of is Answer:
        known |= dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")
    if "notknown" in known:
        known |= dict.fromkeys(_NOT_KNOWN, "not_known")
    return known


def day(said: Any, where: str, notes: Notes) -> str | None:
    """A day, where it can only be one."""
    found = readings(said) if isinstance(said, str) else frozenset()
    if len(found) != 1:
        notes.aside("not_a_day", where, said)
        return None
    (only,) = found
    if only.isoformat() != said:
        notes.say("read_as", where)
    return only.isoformat()


def urgency(said: Any, where: str, notes: Notes) -> bool:
    """Whether it is urgent; what says neither is."""
    if isinstance(said, bool):
        return said
    if (spelt := letters(said)) in _URGENT | _NOT_URGENT:
        notes.say("read_as", where)
        return spelt in _URGENT
    notes.aside("urgent_in_doubt", where, said)
    return True


def words(of: type[StrEnum]) -> Read:
    """Several of a list, which may come as a text with commas; those that are none of it are set aside together."""
    one = word(of)

    def read(said: Any, where: str, notes: Notes) -> list[str]:
        parts = re.split(r"[,;]", said) if isinstance(said, str) else said
        if not isinstance(parts, list):
            notes.aside("wrong_kind", where, said)
            return []
        if parts is not said:
            notes.say("read_as", where)
        found, strange = [], []
        for part in parts:
            if not is_unset(part):
                own = Notes()
                found.append(one(part, where, own))
                if own.set_aside:
                    strange.append(part)
                elif own.remarks:
                    notes.say("read_as", where)
        if strange:
            notes.aside("value_of_no_list", where, strange)
        known = [each for each in found if each is not None]
        return known if len(known) <= len(of) else list(dict.fromkeys(known))

    return read
