"""Two concerns that report one incident: a person finds it; both stay, and count once (design 4, rule 9).

The relation is symmetric and belongs to both concerns; which of the two is called the duplicate is only a
word.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from services.intake.cases import Case, concern_in
from shared.contracts.doors import DuplicateFound
from shared.contracts.intake import ConcernLinkedAsDuplicate
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

CLOCKS_DIFFER_BY = timedelta(minutes=5)


def keys_of_duplicate(found: DuplicateFound) -> tuple[UUID, ...]:
    """Both concerns: each keeps the link."""
    return tuple(dict.fromkeys((found.concern_id, found.duplicate_of)))


def link(cases: Mapping[UUID, Case], found: DuplicateFound, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The two linked, once both are known and about one adult; saying it again changes nothing."""
    if found.concern_id == found.duplicate_of:
        return refused(
            "duplicate_of_itself",
            "A concern cannot be its own duplicate: `duplicate_of` is accepted when it names another concern.",
            "duplicate_of",
        )
    if found.decided_at > meta.recorded + CLOCKS_DIFFER_BY:
        return refused(
            "decided_in_the_future",
            "`decided_at` lies more than five minutes ahead of the council's clock. It is accepted when it "
            "is the time of the decision, with its offset from UTC.",
            "decided_at",
        )
    one, other = concern_in(cases, found.concern_id), concern_in(cases, found.duplicate_of)
    if one is None or other is None:
        return Wait("both concerns to be received")
    if one.adult_id != other.adult_id:
        return refused(
            "about_different_adults",
            "The two concerns are about different adults, and an incident is counted once for one adult. If "
            "they are one person, merge the two adult records first; the link is accepted then.",
            "duplicate_of",
        )
    if found.duplicate_of in one.linked:
        return Decision({})
    linked = ConcernLinkedAsDuplicate(
        concern_id=found.concern_id,
        duplicate_of=found.duplicate_of,
        adult_id=one.adult_id,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
    return Decision(
        {
            found.concern_id: replace(one, linked=tuple(sorted((*one.linked, found.duplicate_of)))),
            found.duplicate_of: replace(other, linked=tuple(sorted((*other.linked, found.concern_id)))),
        },
        (linked,),
    )
