"""One adult, one id: the identifiers in a report, and the adult they point to (delivery rule 5).

Names and birth dates find nobody: two people share them, and merging two adults by mistake would put one person's
history before the other's family. They keep apart what an identifier alone would join in silence.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from services.intake.bearers import (
    Agreement,
    Described,
    Print,
    agreement,
    bearers_of,
    exchanged,
    given_to,
    learned,
    with_another,
)
from services.intake.cases import Case, Identifier, identifier_in
from services.intake.identifying import Named
from shared.kernel.identity import derived

_ASKED_MOST = 3


class Match(NamedTuple):
    """The adult a concern is about, others who may be the same, and the identifiers as they are after it.

    `exchanged` says that they are known with the day and the month of their birth the other way round.
    """

    adult_id: UUID
    others: tuple[UUID, ...]
    changed: dict[UUID, Identifier]
    exchanged: bool


class _Held(NamedTuple):
    """An identifier that is known already, and what a report says, in its fingerprints."""

    named: Named
    identifier: Identifier
    said: Print


def match(named: Iterable[Named], described: Described, concern_id: UUID, cases: Mapping[UUID, Case]) -> Match:
    """The adult of a report seen for the first time.

    The adult its identifiers point to; where they point at several, the first that the first of them points to, and
    the others are named for a person to look at. Where nobody is known under them, or what is known contradicts the
    report, a new adult, whose id derives from the concern's; whom it contradicts is named too. An identifier that
    already points to an adult is never pointed elsewhere.
    """
    named = tuple(named)
    held = [one for one in (_held(cases, each, described) for each in named) if one is not None]
    out = {
        bearer.adult_id
        for one in held
        for bearer in bearers_of(one.identifier)
        if agreement(bearer, one.said) is Agreement.CONTRADICTS
    }
    pointed = {one.named.key: _pointed(one, out) for one in held}
    fitting = [adult for adults in pointed.values() for adult in adults]
    adult_id = fitting[0] if fitting else derived("adult", str(concern_id))
    against = [one.identifier.adult_id for one in held if not pointed[one.named.key]]
    others = [other for other in dict.fromkeys((*fitting, *against)) if other != adult_id]
    changed = {one.key: given_to(adult_id, described.under(one.key)) for one in named if _is_new(one, cases)}
    for one in held:
        if not one.named.older and (after := _after(one, adult_id, pointed[one.named.key])) != one.identifier:
            changed[one.named.key] = after
    return Match(adult_id, tuple(others[:_ASKED_MOST]), changed, _exchanged(held, adult_id))


def birth_date_exchanged(
    named: Iterable[Named], described: Described, adult_id: UUID, cases: Mapping[UUID, Case]
) -> bool:
    """Whether an adult is known with the day and the month of their birth the other way round."""
    held = (_held(cases, each, described) for each in named)
    return _exchanged((one for one in held if one is not None), adult_id)


def _exchanged(held: Iterable[_Held], adult_id: UUID) -> bool:
    return any(
        exchanged(bearer, one.said)
        for one in held
        for bearer in bearers_of(one.identifier)
        if bearer.adult_id == adult_id
    )


def _held(cases: Mapping[UUID, Case], named: Named, described: Described) -> _Held | None:
    identifier = identifier_in(cases, named.key)
    return None if identifier is None else _Held(named, identifier, described.under(named.key))


def _is_new(named: Named, cases: Mapping[UUID, Case]) -> bool:
    return not named.older and identifier_in(cases, named.key) is None


def _pointed(held: _Held, out: set[UUID]) -> tuple[UUID, ...]:
    """Whom an identifier points to: those of its bearers with whom the report agrees, or at least may.

    Whom the report contradicts under any of its identifiers is none of them.
    """
    found: dict[Agreement, list[UUID]] = {Agreement.AGREES: [], Agreement.OPEN: []}
    for bearer in bearers_of(held.identifier):
        if bearer.adult_id not in out:
            found[agreement(bearer, held.said)].append(bearer.adult_id)
    return tuple(found[Agreement.AGREES] or ([] if held.named.in_doubt else found[Agreement.OPEN]))


def _after(held: _Held, adult_id: UUID, pointed: tuple[UUID, ...]) -> Identifier:
    if not pointed:
        return with_another(held.identifier, adult_id, held.said)
    return learned(held.identifier, adult_id, held.said)
