"""What identifies a person, and what only looks as if it did.

Two things identify: an NHS number that has been given to somebody, and the sender's own reference for the person,
which means something together with that sender alone. Whatever is filled in because a form asked for it would make
one adult of many: it identifies nobody, and the receipt remarks on it.
"""

from collections.abc import Iterator
from datetime import date
from enum import IntEnum
from functools import lru_cache
from operator import mul
from typing import NamedTuple
from uuid import UUID

from services.intake.policy import Issued, Policy
from services.intake.texts import canonical, letters_and_digits, words
from shared.contracts.doors import Adult, ConcernReported
from shared.kernel.decision import Reason
from shared.kernel.identity import derived

_NHS_DIGITS = 10
_NHS_MODULUS = 11
_NHS_WEIGHTS = range(_NHS_DIGITS, 0, -1)
_CENTURIES = (1900, 2000)
_COUNTING = ("1234567890", "0123456789")
_FEW = 3
"""A character so often and nothing else is no reference; less often it may be one."""

_NHS_NUMBER_NOT_VALID = Reason(
    code="nhs_number_not_valid",
    says="Accepted, but the NHS number was not used to find the adult: a valid one has ten digits, not all "
    "the same, of which the last checks the others (modulus 11).",
    where="adult.nhs_number",
)
_NHS_NUMBER_NOT_ISSUED = Reason(
    code="nhs_number_not_issued",
    says="Accepted, but the NHS number was not used to find the adult: it is of no range that is given to people, "
    "or is what is filled in where there is none. Leave it out where it is not known.",
    where="adult.nhs_number",
)
_REFERENCE_NAMES_NOBODY = Reason(
    code="person_reference_names_nobody",
    says="Accepted, but the person reference was not used to find the adult: it says that there is none. "
    "Leave it out where the person has no reference in your system.",
    where="adult.person_reference",
)
_REFERENCE_IN_DOUBT = Reason(
    code="person_reference_in_doubt",
    says="Accepted, but the person reference may have been filled in because one was asked for: it finds the adult "
    "only where the name or the birth date agrees, and else a person is asked. Leave it out where the person has no "
    "reference in your system.",
    where="adult.person_reference",
)


class Named(NamedTuple):
    """An identifier in a report, by its hash.

    One `in_doubt` joins only what agrees besides. `older` is the hash of the same reference as it was kept before
    texts were compared in one form: it is looked at, and never kept anew.
    """

    key: UUID
    in_doubt: bool = False
    older: bool = False


class Identified(NamedTuple):
    """What identifies the adult of a report, what counts more first; and what its sender should look at."""

    named: tuple[Named, ...] = ()
    remarks: tuple[Reason, ...] = ()


class _Keys(NamedTuple):
    """The hashes of whatever has the form of an identifier. Which of them count is the policy's to say."""

    number: UUID | None
    reference: UUID | None
    older: UUID | None


def keys_of_report(report: ConcernReported) -> tuple[UUID, ...]:
    """The cases a report reads and may change: its concern, and whatever in it may identify the adult, sorted."""
    if report.adult is None:
        return (report.concern_id,)
    found = _keys(report.sender, report.adult.nhs_number, report.adult.person_reference)
    return (report.concern_id, *sorted(key for key in found if key is not None))


def identified(report: ConcernReported, policy: Policy, *, test_numbers: bool) -> Identified:
    """What of a report identifies its adult under a policy; `test_numbers` count where people are invented."""
    adult = report.adult
    if adult is None or (adult.nhs_number is None and adult.person_reference is None):
        return Identified()
    keys = _keys(report.sender, adult.nhs_number, adult.person_reference)
    found = (*_by_number(adult, keys, policy, test_numbers=test_numbers), *_by_reference(adult, keys, policy))
    return Identified(
        tuple(one for one in found if isinstance(one, Named)), tuple(one for one in found if isinstance(one, Reason))
    )


def _by_number(adult: Adult, keys: _Keys, policy: Policy, *, test_numbers: bool) -> Iterator[Named | Reason]:
    if adult.nhs_number is None:
        return
    if keys.number is None:
        yield _NHS_NUMBER_NOT_VALID
    elif is_issued(bare(adult.nhs_number), policy, test_numbers=test_numbers):
        yield Named(keys.number)
    else:
        yield _NHS_NUMBER_NOT_ISSUED


def _by_reference(adult: Adult, keys: _Keys, policy: Policy) -> Iterator[Named | Reason]:
    if adult.person_reference is None:
        return
    fills = filling(adult.person_reference, policy)
    if keys.reference is None or fills is Filling.FILLS:
        yield _REFERENCE_NAMES_NOBODY
        return
    if in_doubt := fills is Filling.IN_DOUBT:
        yield _REFERENCE_IN_DOUBT
    yield Named(keys.reference, in_doubt)
    if keys.older is not None:
        yield Named(keys.older, in_doubt, older=True)


@lru_cache(maxsize=1024)  # asked twice of every report: which cases to lock, and whom they point to
def _keys(sender: str, nhs_number: str | None, person_reference: str | None) -> _Keys:
    number = reference = older = None
    if nhs_number is not None and is_nhs_number(digits := bare(nhs_number)):
        number = derived("identifier", "nhs-number", digits)
    if person_reference is not None and not _says_nothing(letters_and_digits(said := canonical(person_reference))):
        scheme = f"person-reference:{sender}"
        reference = derived("identifier", scheme, said)
        if said != (before := person_reference.strip()):
            older = derived("identifier", scheme, before)
    return _Keys(number, reference, older)


class Filling(IntEnum):
    """Whether a text names somebody, or only fills its field."""

    NAMES = 0
    IN_DOUBT = 1
    FILLS = 2


def names_somebody(reference: str, policy: Policy) -> bool:
    """Whether a reference or a name is somebody's, rather than being filled in because it had to be."""
    return filling(reference, policy) is not Filling.FILLS


def filling(reference: str, policy: Policy) -> Filling:
    """Whether a text is filled in because it had to be; in doubt are such as "1", "123", "unknown 2"."""
    said = canonical(reference)
    run = letters_and_digits(said)
    if _says_nothing(run) or run in policy.fillers:
        return Filling.FILLS
    found = words(said)
    if found[0] in policy.filler_words and policy.filler_words.issuperset(found):
        return Filling.FILLS
    if len(set(run)) == 1 or (len(run) >= _FEW and any(digits.startswith(run) for digits in _COUNTING)):
        return Filling.IN_DOUBT
    numbered = found[0] in policy.unknown and all(word in policy.filler_words or word.isdigit() for word in found[1:])
    return Filling.IN_DOUBT if numbered else Filling.NAMES


def _says_nothing(bare_of_all: str) -> bool:
    """Whether nothing but signs or noughts is there, or one character over and over."""
    kinds = set(bare_of_all)
    return kinds <= {"0"} or (len(kinds) == 1 and len(bare_of_all) >= _FEW)


def bare(number: str) -> str:
    """An NHS number as people write it ("999 000 0018"), without spaces and hyphens of any kind."""
    return canonical(number).replace(" ", "").replace("-", "")


def is_nhs_number(number: str) -> bool:
    """Whether these are ten digits with the right check digit (NHS Data Dictionary, modulus 11).

    Ten times the same digit passes the arithmetic, and is what systems send for "not known": it is no number.
    """
    if len(number) != _NHS_DIGITS or not (number.isascii() and number.isdigit()) or len(set(number)) == 1:
        return False
    weighted: int = sum(map(mul, map(int, number), _NHS_WEIGHTS))
    return weighted % _NHS_MODULUS == 0


def is_issued(number: str, policy: Policy, *, test_numbers: bool) -> bool:
    """Whether such a number is given to people; or to nobody, where people are invented."""
    if number in policy.fillers:
        return False
    return any(_in(number, of) for of in policy.issued) or (test_numbers and _in(number, policy.tests))


def _in(number: str, of: Issued) -> bool:
    return of.first <= int(number[:3]) <= of.last and (not of.dated or _begins_with_a_day(number))


def _begins_with_a_day(number: str) -> bool:
    """Whether the first six digits are a day of this century or the last: 29 February has to have been there."""
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    return any(_is_a_day(century + year, month, day) for century in _CENTURIES)


def _is_a_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
