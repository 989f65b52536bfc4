"""What intake remembers: concerns and whose they are, identifiers, and which adults are one person.

Nothing here says who anybody is. Names, birth dates, numbers and narratives are on the topics only;
identifiers are remembered as hashes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.contracts.doors import Channel


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """What a person decided about a record: why, who, and when."""

    reason: str
    decided_by: str
    decided_at: datetime


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last that was decided about this concern and another: one incident, or separate after all.

    Both concerns keep it. `decided_at` is the time of that decision, so that an older one, arriving late, does not
    undo it.
    """

    concern_id: UUID
    decided_at: datetime
    taken_back: bool = False


class Withdrawal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A concern was found to be recorded in error, from then until that was taken back."""

    found: Finding
    taken_back: Finding | None = None


class DutyKind(StrEnum):
    """Why a report stands before the duty team."""

    REFUSED = "refused"
    SET_ASIDE = "set_aside"
    UNREADABLE = "unreadable"
    FURTHER = "further"


class DutyItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A report, or several of one reference, that a person has to look at: what is legible of it, by codes alone.

    `why` are the words of its answer, `fields` those of which something was set aside. `times` counts what came since
    in the same way; `last_at` is when, and `place` where the last of it lies. `child` says that it may be about one;
    `read` is up to where each partition was counted, where more than one came.
    """

    item_id: UUID
    kind: DutyKind
    since: datetime
    last_at: datetime
    place: str
    why: tuple[str, ...]
    fields: tuple[str, ...] = ()
    sender: str = ""
    reference: str = ""
    times: int = 1
    child: bool = False
    dealt: Finding | None = None
    read: tuple[tuple[int, int], ...] = ()


class Concern(msgspec.Struct, frozen=True, omit_defaults=True, tag="concern"):
    """A concern that was accepted. It keeps the adult it was received for, for life (delivery rule 6).

    `digest` tells a resend from a different report under the same reference, and `further` are those of the last of
    these. `links` are in the order of the other
    concerns' ids, `withdrawals` in the order of time, each begun after the one before it was taken back.
    """

    adult_id: UUID
    received_at: datetime
    sender: str
    channel: Channel
    digest: str
    links: tuple[Link, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    duty: tuple[DutyItem, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def linked(self) -> tuple[UUID, ...]:
        """The concerns found to report the same incident, in no order of rank: the relation is symmetric."""
        return tuple(link.concern_id for link in self.links if not link.taken_back)

    @property
    def withdrawn(self) -> bool:
        """Whether it stands withdrawn, and counts no more."""
        return bool(self.withdrawals) and self.withdrawals[-1].taken_back is None


Name = tuple[int, ...]
"""The fingerprints of a name's words, the given name first, and last that of its initial."""


class Bearer(msgspec.Struct, frozen=True, array_like=True):
    """An adult who was reported under an identifier, with fingerprints of the names and the birth date they had.

    How little they say of who somebody is, and to whom, `bearers` tells.
    """

    adult_id: UUID
    names: tuple[Name, ...] = ()
    born: int | None = None


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True, tag="identifier"):
    """An NHS number or a sender's person reference, known by its hash alone, and the adult it points to.

    `bearers` are all who were reported under it, first that adult; none where nothing is known that tells them apart.
    """

    adult_id: UUID
    bearers: tuple[Bearer, ...] = ()


class Merging(msgspec.Struct, frozen=True, array_like=True):
    """Another adult record found to be of the same person, by the finding that says so."""

    merge_id: UUID
    other: UUID
    decided_at: datetime


class Adult(msgspec.Struct, frozen=True, omit_defaults=True, tag="adult"):
    """An adult who was once merged with another: the merges that stand, by their ids. All other adults have no case."""

    merges: tuple[Merging, ...] = ()


class Merge(msgspec.Struct, frozen=True, omit_defaults=True, tag="merge"):
    """A finding that two adult records are of one person, and the one that took it back. The smaller id is first."""

    adult_id: UUID
    other_adult_id: UUID
    found: Finding
    taken_back: Finding | None = None


class NoConcern(msgspec.Struct, frozen=True, omit_defaults=True, tag="no_concern"):
    """What came and is no concern: under a reference of which nothing was accepted, or of a door's partition and day.

    A report that is accepted later takes its place, and what stood here stands there.
    """

    duty: tuple[DutyItem, ...] = ()


Case = Concern | Identifier | Adult | Merge | NoConcern


def follows(case: Case) -> Iterable[UUID]:
    """The cases that are handed over with this one: with a concern its adult, with an adult all who are one with it.

    An identifier brings nothing, so that a report that is new loads no more than itself. Between adults the relation
    is mutual; a concern and a merge never change whom they follow.
    """
    match case:
        case Identifier() | NoConcern():
            return ()
        case Concern():
            return (case.adult_id,)
        case Adult():
            return (merging.other for merging in case.merges)
        case Merge():
            return (case.adult_id, case.other_adult_id)


def concern_in(cases: Mapping[UUID, Case], concern_id: UUID) -> Concern | None:
    """The concern, if it has been received."""
    case = cases.get(concern_id)
    return case if isinstance(case, Concern) else None


def duty_of(cases: Mapping[UUID, Case], key: UUID) -> tuple[DutyItem, ...]:
    """What stands before the duty team at a case, dealt with or not."""
    case = cases.get(key)
    return case.duty if isinstance(case, Concern | NoConcern) else ()


def identifier_in(cases: Mapping[UUID, Case], identifier: UUID) -> Identifier | None:
    """The identifier of that hash, if it has been seen before."""
    case = cases.get(identifier)
    return case if isinstance(case, Identifier) else None


def adult_in(cases: Mapping[UUID, Case], adult_id: UUID) -> Adult:
    """The adult with the merges that stand; with none, where there has never been one.

    Asked for by `[]`: a concern received in this very batch brought no adult with it, and the chassis then looks.
    """
    try:
        case = cases[adult_id]
    except KeyError:
        return Adult()
    return case if isinstance(case, Adult) else Adult()


def merge_in(cases: Mapping[UUID, Case], merge_id: UUID) -> Merge | None:
    """The merge of that id, if it has been found."""
    case = cases.get(merge_id)
    return case if isinstance(case, Merge) else None
