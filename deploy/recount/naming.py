"""Whose a report is: what names a person in it, and whether what else it says can be true of who is known by that."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from deploy.recount.identities import Name, derived
from deploy.recount.texts import Policy, pieces, plain

_TITLES = {"MR", "MRS", "MS", "MISS", "MX", "DR", "SIR", "LADY", "LORD", "DAME", "PROF", "REV"}
_UNKNOWN_DAY = date(1900, 1, 1)
_BEARERS, _NAMES, _WORDS, _ASKED = 16, 4, 8, 3


class Bearer(NamedTuple):
    """An adult who was reported under a name of this kind: what they were called, and when they were born."""

    adult_id: str
    called: tuple[tuple[str, ...], ...] = ()
    born: date | None = None


Known = Mapping[Name, tuple[Bearer, ...]]


class Whose(NamedTuple):
    """The adult of a report; who may be the same, for a person to say; who is known by what after it."""

    adult_id: str
    asked: list[str]
    known: dict[Name, tuple[Bearer, ...]]
    exchanged: bool
    """Whether they are known with the day and the month of their birth the other way round."""


def whose(known: Known, concern_id: str, names: list[Name], adult: Mapping[str, Any] | None, policy: Policy) -> Whose:
    """Who a report is about, given who is known by what.

    Nobody it contradicts; of those who are left the first whom the first name points to, and of several whom it may
    mean those it agrees with, and only those where the name may have been filled in. Where nobody is left, somebody
    new, who may still be whom it contradicts.
    """
    called, born = _said(adult, policy)
    contradicted = {b.adult_id for name in names for b in known.get(name, ()) if _fits(b, called, born) is False}
    meant: dict[Name, list[str]] = {}
    in_doubt = {name for name in names if name[0] == "reference" and policy.doubtful(name[-1])}
    for name in names:
        left = [bearer for bearer in known.get(name, ()) if bearer.adult_id not in contradicted]
        agreeing = [bearer.adult_id for bearer in left if _fits(bearer, called, born)]
        meant[name] = agreeing or ([] if name in in_doubt else [bearer.adult_id for bearer in left])
    found = [adult_id for name in names for adult_id in meant[name]]
    adult_id = found[0] if found else derived("adult", concern_id)
    asked = found + [known[name][0].adult_id for name in names if name in known and not meant[name]]
    asked = [one for one in dict.fromkeys(asked) if one != adult_id][:_ASKED]
    learned = {}
    for name in names:
        before = known.get(name, ())
        if before and meant[name]:
            learned[name] = tuple(_more(one, called, born) if one.adult_id == adult_id else one for one in before)
        elif not before or (len(before) < _BEARERS and (called or born)):
            learned[name] = (*before, Bearer(adult_id, (called,) if called else (), born))
    theirs = [bearer for name in names for bearer in known.get(name, ()) if bearer.adult_id == adult_id]
    return Whose(adult_id, asked, learned, any(_the_other_way_round(bearer, born) for bearer in theirs))


def _said(adult: Mapping[str, Any] | None, policy: Policy) -> tuple[tuple[str, ...], date | None]:
    if adult is None:
        return (), None
    born = adult["birth_date"] if adult["birth_date"] != _UNKNOWN_DAY else None
    name = adult["name"] or ""
    return (() if policy.filler(name) else _called(name)), born


def _called(name: str) -> tuple[str, ...]:
    """The words of a name, the given name first, without titles, accents and apostrophes."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", plain(name))
        if not unicodedata.combining(letter) and letter not in "'`\u2018\u2019\u02bc"
    )  # fmt: skip
    family, comma, given = bare.partition(",")
    found = pieces(given) + pieces(family) if comma else pieces(bare)
    return tuple([word for word in dict.fromkeys(found) if word not in _TITLES][:_WORDS])


def _fits(bearer: Bearer, called: tuple[str, ...], born: date | None) -> bool | None:
    """Whether what is said agrees with what is known, contradicts it (False), or says nothing to it (None)."""
    alike = None
    if bearer.called and called:
        alike = any(set(one) <= _also(called) or set(called) <= _also(one) for one in bearer.called)
    if bearer.born is None or born is None:
        return alike
    if bearer.born == born:
        given = {called[0], called[0][0]} if called else set()
        return alike is not False or any(one[0] in given or called[0] == one[0][0] for one in bearer.called)
    return alike is True and _the_other_way_round(bearer, born)


def _also(called: tuple[str, ...]) -> set[str]:
    """The words of a name, and the initial of the given one, which may stand for it."""
    return {*called, called[0][0]}


def _the_other_way_round(bearer: Bearer, born: date | None) -> bool:
    known = bearer.born
    if known is None or born is None or known == born:
        return False
    return (known.year, known.month, known.day) == (born.year, born.day, born.month)


def _more(bearer: Bearer, called: tuple[str, ...], born: date | None) -> Bearer:
    names = bearer.called
    if called and len(names) < _NAMES and not any(_also(called) <= _also(one) for one in names):
        names += (called,)
    return Bearer(bearer.adult_id, names, bearer.born or born)
