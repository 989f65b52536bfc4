"""Who is known under an identifier, and whether what a report says of its adult can be true of them.

A name and a birth date find nobody: two people share them. But where they contradict what is known under an
identifier, one of the two is wrong, and it is for a person to say which (delivery rule 5). What explains a difference:
a birth date that agrees explains another surname, a name that agrees explains a day and a month exchanged.

Neither is kept. What is kept are fingerprints of sixteen bits, under each identifier others: that two differ shows in
all but one of 65,536 pairs. They say nothing to whoever reads them; whoever has the whole database and tries every name
and every day can narrow them down, as they can the hash of an NHS number, since neither has a key.
"""

from collections.abc import Iterable
from datetime import date
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from unicodedata import combining, normalize
from uuid import UUID

from msgspec.structs import replace

from services.intake.cases import Bearer, Identifier, Name
from services.intake.identifying import names_somebody
from services.intake.policy import Policy
from services.intake.texts import canonical, words
from shared.contracts.doors import Adult

BEARERS_MOST = 16
"""Under how many adults one identifier is remembered; what is given to more identifies nobody, and each is asked."""
_NAMES_MOST = 4
_WORDS_MOST = 8
_BYTES = 2
_TITLES = {"DAME", "DR", "LADY", "LORD", "MISS", "MR", "MRS", "MS", "MX", "PROF", "REV", "SIR"}
_APOSTROPHES = str.maketrans("", "", "'`\u2018\u2019\u02bc")
_NO_DAY = date(1900, 1, 1)
"""The first day a birth date may be, which systems send for "not known"."""


class Agreement(IntEnum):
    """How what is said of somebody stands to what is known."""

    CONTRADICTS = 0
    OPEN = 1
    AGREES = 2


class Described(NamedTuple):
    """A name, as the words that compare, the given name first; and a birth date."""

    name: tuple[str, ...] = ()
    born: date | None = None

    def under(self, identifier: UUID) -> "Print":
        """Its fingerprints under an identifier."""
        said = (*self.name, self.name[0][0]) if self.name else ()
        name = tuple(_short(identifier, word) for word in said)
        if self.born is None:
            return Print(name)
        return Print(name, _short(identifier, self.born.isoformat()), _exchanged(identifier, self.born))


class Print(NamedTuple):
    """The fingerprints of a name and a birth date; `exchanged` is that of the date with day and month exchanged."""

    name: Name = ()
    born: int | None = None
    exchanged: int | None = None


def described(adult: Adult | None, policy: Policy) -> Described:
    """What a report says of its adult that can be compared. A name that is filled in says nothing."""
    if adult is None or (adult.name is None and adult.birth_date is None):
        return Described()
    born = None if adult.birth_date == _NO_DAY else adult.birth_date
    if adult.name is None or not names_somebody(adult.name, policy):
        return Described((), born)
    return Described(_compared(adult.name), born)


@lru_cache(maxsize=1024)
def _compared(name: str) -> tuple[str, ...]:
    """The words of a name without titles, accents and apostrophes: "OTHERWISE, Zoë" is Zoe Otherwise."""
    plain = "".join(letter for letter in normalize("NFKD", canonical(name)) if not combining(letter))
    family, _, given = plain.translate(_APOSTROPHES).partition(",")
    said = (*words(given), *words(family))
    return tuple(dict.fromkeys(word for word in said if word not in _TITLES))[:_WORDS_MOST]


def _short(identifier: UUID, said: str) -> int:
    return int.from_bytes(
        blake2b(said.encode("utf-8", "surrogatepass"), digest_size=_BYTES, key=identifier.bytes).digest(), "big"
    )


def _exchanged(identifier: UUID, born: date) -> int | None:
    try:
        other = born.replace(month=born.day, day=born.month)
    except ValueError:
        return None
    return _short(identifier, other.isoformat()) if other != born else None


def bearers_of(held: Identifier) -> tuple[Bearer, ...]:
    """Who is known under an identifier, first the one it was first given for."""
    return held.bearers or (Bearer(held.adult_id),)


def agreement(bearer: Bearer, said: Print) -> Agreement:
    """Whether what is said can be true of a bearer."""
    same_name = _alike(bearer.names, said.name) if bearer.names and said.name else None
    if bearer.born is None or said.born is None:
        if same_name is None:
            return Agreement.OPEN
        return Agreement.AGREES if same_name else Agreement.CONTRADICTS
    if bearer.born == said.born:
        explained = same_name is not False or any(_same_given(name, said.name) for name in bearer.names)
    else:
        explained = exchanged(bearer, said) and same_name is True
    return Agreement.AGREES if explained else Agreement.CONTRADICTS


def exchanged(bearer: Bearer, said: Print) -> bool:
    """Whether the birth date is the one that is known with day and month exchanged."""
    return said.exchanged is not None and bearer.born == said.exchanged


def _alike(known: Iterable[Name], said: Name) -> bool:
    """Whether all of one name is in the other: who leaves out a middle name, or gives an initial, names nobody else."""
    return any(set(name[:-1]) <= set(said) or set(said[:-1]) <= set(name) for name in known)


def _same_given(one: Name, other: Name) -> bool:
    return one[0] in (other[0], other[-1]) or other[0] == one[-1]


def with_another(held: Identifier, adult_id: UUID, said: Print) -> Identifier:
    """The identifier with one more who was reported under it; unchanged where nothing would tell them from others."""
    bearers = bearers_of(held)
    if len(bearers) >= BEARERS_MOST or (not said.name and said.born is None):
        return held
    return replace(held, bearers=(*bearers, _first(adult_id, said)))


def given_to(adult_id: UUID, said: Print) -> Identifier:
    """A new identifier, and who it is given for."""
    return Identifier(adult_id, (_first(adult_id, said),) if said.name or said.born is not None else ())


def learned(held: Identifier, adult_id: UUID, said: Print) -> Identifier:
    """The identifier with what is new about a bearer of it: a further name, a birth date that was not known."""
    return replace(
        held,
        bearers=tuple(_told(bearer, said) if bearer.adult_id == adult_id else bearer for bearer in bearers_of(held)),
    )


def _first(adult_id: UUID, said: Print) -> Bearer:
    return Bearer(adult_id, (said.name,) if said.name else (), said.born)


def _told(bearer: Bearer, said: Print) -> Bearer:
    names = bearer.names
    if said.name and len(names) < _NAMES_MOST and not any(set(said.name) <= set(name) for name in names):
        names = (*names, said.name)
    return replace(bearer, names=names, born=said.born if bearer.born is None else bearer.born)
