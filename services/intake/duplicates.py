"""Two concerns that report one incident: a person finds it; both stay, and count once (design 4, rule 9).

The relation is symmetric and belongs to both concerns; which of the two is called the duplicate is only a word. It
can be taken back and found again: what was decided last stands, whichever reached us last, and of two decisions of
one instant the one that takes back, since there must have been something to take back.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from services.intake.cases import Case, Concern, Link, concern_in
from services.intake.merging import one_person
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import DuplicateFound, DuplicateTakenBack
from shared.contracts.intake import ConcernLinkedAsDuplicate, ConcernUnlinked
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

PairDecided = DuplicateFound | DuplicateTakenBack

_DIFFERENT_ADULTS = refused(
    "about_different_adults",
    "The two concerns are about different adults, and an incident is counted once for one adult. If "
    "they are one person, merge the two adult records first; the link is accepted then.",
    "duplicate_of",
)
_SEPARATE_SINCE = refused(
    "later_decision_stands",
    "The two concerns were found to be separate at that time or later, and stay so. That they report "
    "one incident is accepted when it was found after that.",
    "decided_at",
)
_LINKED_SINCE = refused(
    "later_decision_stands",
    "The two concerns were found to report one incident later than this was decided, and stay linked. "
    "That they are separate is accepted when it was found at that time or after.",
    "decided_at",
)


def keys_of_pair(decided: PairDecided) -> tuple[UUID, ...]:
    """Both concerns: each keeps the link."""
    return tuple(dict.fromkeys((decided.concern_id, decided.duplicate_of)))


def decide_pair(cases: Mapping[UUID, Case], decided: PairDecided, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The two as they are after a decision about them, once both are known; saying it again changes nothing."""
    wrong = _wrong_in_itself(decided, meta)
    if wrong is not None:
        return wrong
    one, other = concern_in(cases, decided.concern_id), concern_in(cases, decided.duplicate_of)
    if one is None or other is None:
        return Wait("both concerns to be received")
    last = next((link for link in one.links if link.concern_id == decided.duplicate_of), None)
    if isinstance(decided, DuplicateTakenBack):
        return _unlink(decided, one, other, last)
    if (last is None or last.taken_back) and not one_person(cases, one.adult_id, other.adult_id):
        return _DIFFERENT_ADULTS
    return _link(decided, one, other, last)


def _link(found: DuplicateFound, one: Concern, other: Concern, last: Link | None) -> Decision[Case] | Refused:
    if last is not None and not last.taken_back:
        return Decision(_kept(found, one, other) if last.decided_at < found.decided_at else {})
    if last is not None and found.decided_at <= last.decided_at:
        return _SEPARATE_SINCE
    fact = ConcernLinkedAsDuplicate(
        concern_id=found.concern_id,
        duplicate_of=found.duplicate_of,
        adult_id=_adult_of_pair(found, one, other),
        decided_by=found.decided_by,
        decided_at=_utc(found),
    )
    return Decision(_kept(found, one, other), (fact,))


def _unlink(
    found: DuplicateTakenBack, one: Concern, other: Concern, last: Link | None
) -> Decision[Case] | Wait | Refused:
    """The two separate again, whether or not their adults are one person by now."""
    if last is None:
        return Wait("the link it takes back")
    if last.taken_back:
        return Decision(_kept(found, one, other) if last.decided_at < found.decided_at else {})
    if found.decided_at < last.decided_at:
        return _LINKED_SINCE
    fact = ConcernUnlinked(
        concern_id=found.concern_id,
        duplicate_of=found.duplicate_of,
        adult_id=_adult_of_pair(found, one, other),
        decided_by=found.decided_by,
        decided_at=_utc(found),
    )
    return Decision(_kept(found, one, other), (fact,))


def _wrong_in_itself(decided: PairDecided, meta: Metadata) -> Refused | None:
    if decided.concern_id == decided.duplicate_of:
        return refused(
            "duplicate_of_itself",
            "A concern cannot be its own duplicate: `duplicate_of` is accepted when it names another concern.",
            "duplicate_of",
        )
    ahead = tuple(in_the_future(decided.decided_at, "decided_at", meta.recorded))
    return Refused(ahead) if ahead else None


def _adult_of_pair(decided: PairDecided, one: Concern, other: Concern) -> UUID:
    """The adult of the concern with the smaller id: all facts about a pair have one key, and so keep their order."""
    return one.adult_id if decided.concern_id < decided.duplicate_of else other.adult_id


def _kept(decided: PairDecided, one: Concern, other: Concern) -> dict[UUID, Case]:
    """Both concerns, each with what was decided last."""
    taken_back = isinstance(decided, DuplicateTakenBack)
    return {
        decided.concern_id: _with(one, Link(decided.duplicate_of, _utc(decided), taken_back)),
        decided.duplicate_of: _with(other, Link(decided.concern_id, _utc(decided), taken_back)),
    }


def _with(concern: Concern, link: Link) -> Concern:
    others = (each for each in concern.links if each.concern_id != link.concern_id)
    return replace(concern, links=tuple(sorted((*others, link), key=lambda each: each.concern_id)))


def _utc(decided: PairDecided) -> datetime:
    return decided.decided_at.astimezone(UTC)
