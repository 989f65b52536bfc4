"""One adult, one id: the identifiers in a report, and the adult they point to (delivery rule 5).

Only two things identify: an NHS number whose check digit is right, and the sender's own reference for the
person, which means something together with that sender alone. Names and birth dates do not: two people share
them, and merging two adults by mistake would put one person's history before the other's family.
"""

from collections.abc import Mapping
from functools import lru_cache
from operator import mul
from typing import NamedTuple
from uuid import UUID

from services.intake.cases import Case, adult_named_by
from shared.contracts.doors import ConcernReported
from shared.kernel.decision import Reason
from shared.kernel.identity import derived

_NHS_DIGITS = 10
_NHS_MODULUS = 11
_NHS_WEIGHTS = range(_NHS_DIGITS, 0, -1)

_NHS_NUMBER_NOT_VALID = Reason(
    code="nhs_number_not_valid",
    says="Accepted, but the NHS number was not used to find the adult: a valid one has ten digits, not all "
    "the same, of which the last checks the others (modulus 11).",
    where="adult.nhs_number",
)
_REFERENCE_NAMES_NOBODY = Reason(
    code="person_reference_names_nobody",
    says="Accepted, but the person reference was not used to find the adult: it says that there is none. "
    "Leave it out where the person has no reference in your system.",
    where="adult.person_reference",
)

# fmt: off
NOBODY = frozenset((
    "-", "0", "?", "anonymous", "n/a", "na", "nil", "no", "none", "not known", "not provided", "not recorded",
    "null", "tba", "tbc", "test", "unk", "unknown", "x", "xx", "xxx",
))
# fmt: on
"""What is written where a person's reference is missing: as an identifier it would make one adult of many."""


class Match(NamedTuple):
    """The adult a concern is about, another its identifiers point to, and the identifiers new to us."""

    adult_id: UUID
    other_adult_id: UUID | None
    unbound: tuple[UUID, ...]


def keys_of_report(report: ConcernReported) -> tuple[UUID, ...]:
    """The cases a report reads and may change: its concern, and each identifier in it, sorted."""
    return (report.concern_id, *sorted(identifiers(report)))


def identifiers(report: ConcernReported) -> tuple[UUID, ...]:
    """The hashes of a report's identifiers, what counts more first: NHS number, then person reference."""
    adult = report.adult
    return () if adult is None else _identifiers(report.sender, adult.nhs_number, adult.person_reference)


@lru_cache(maxsize=1024)  # asked twice of every report: which cases to lock, and whom they point to
def _identifiers(sender: str, nhs_number: str | None, person_reference: str | None) -> tuple[UUID, ...]:
    found: list[UUID] = []
    if nhs_number is not None and is_nhs_number(number := bare(nhs_number)):
        found.append(derived("identifier", "nhs-number", number))
    if person_reference is not None and names_somebody(reference := person_reference.strip()):
        found.append(derived("identifier", f"person-reference:{sender}", reference))
    return tuple(found)


def match(report: ConcernReported, concern_id: UUID, cases: Mapping[UUID, Case]) -> Match:
    """The adult of a report seen for the first time.

    The adult its identifiers point to; where they point at two, the one the NHS number points to, and the
    other is named for a person to look at; where they point at none, a new adult, whose id derives from the
    concern's. An identifier that already points to an adult is never pointed elsewhere.
    """
    carried = {identifier: adult_named_by(cases, identifier) for identifier in identifiers(report)}
    known = tuple(dict.fromkeys(adult for adult in carried.values() if adult is not None))
    return Match(
        adult_id=known[0] if known else derived("adult", str(concern_id)),
        other_adult_id=known[1] if len(known) > 1 else None,
        unbound=tuple(identifier for identifier, adult in carried.items() if adult is None),
    )


def remarks(report: ConcernReported) -> tuple[Reason, ...]:
    """What of a report the sender should look at, though it stands in nobody's way (design 4, rule 2)."""
    found: list[Reason] = []
    adult = report.adult
    if adult is not None and adult.nhs_number is not None and not is_nhs_number(bare(adult.nhs_number)):
        found.append(_NHS_NUMBER_NOT_VALID)
    if adult is not None and adult.person_reference is not None and not names_somebody(adult.person_reference):
        found.append(_REFERENCE_NAMES_NOBODY)
    return tuple(found)


def names_somebody(reference: str) -> bool:
    """Whether a person reference refers to one person, rather than being filled in because it had to be."""
    word = reference.strip(" .").casefold()
    return bool(word) and word not in NOBODY


def bare(number: str) -> str:
    """An NHS number as people write it ("943 476 5919"), without spaces and hyphens."""
    return "".join(number.split()).replace("-", "")


def is_nhs_number(number: str) -> bool:
    """Whether these are ten digits with the right check digit (NHS Data Dictionary, modulus 11).

    Ten times the same digit passes the arithmetic, and is what systems send for "not known": it is no number.
    """
    if len(number) != _NHS_DIGITS or not (number.isascii() and number.isdigit()) or len(set(number)) == 1:
        return False
    weighted: int = sum(map(mul, map(int, number), _NHS_WEIGHTS))
    return weighted % _NHS_MODULUS == 0
