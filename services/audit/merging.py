"""Two adult records are found to be of one person; or that is taken back (delivery rule 6).

Both adults keep the finding, since what either is told of from then on concerns both. Neither order of a merge and
what was received of the two, nor of several merges, makes a difference to what stands.
"""

from collections.abc import Mapping
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Case, Merge, adult_in
from services.audit.people import persons_of
from services.audit.possible_duplicates import answer
from services.audit.repeat import settle
from shared.contracts.intake import AdultsMerged, AdultsUnmerged
from shared.kernel.decision import Decision
from shared.kernel.event import Metadata

_BY_ID = attrgetter("merge_id")


def regroup(cases: Mapping[UUID, Case], event: AdultsMerged | AdultsUnmerged, _: Metadata) -> Decision[Case]:
    """Both adults with the finding, and everything that is counted of a person counted anew for all it touches."""
    one, other = event.adult_id, event.other_adult_id
    tell = _unmerged if isinstance(event, AdultsUnmerged) else _merged
    told = {
        one: tell(adult_in(cases, one), Merge(event.merge_id, other)),
        other: tell(adult_in(cases, other), Merge(event.merge_id, one)),
    }
    if all(cases.get(adult_id) is adult for adult_id, adult in told.items()):
        return Decision({})
    before = persons_of(cases, (one, other))
    involved = {adult_id for person in before for adult_id in person}
    after = persons_of({**{adult_id: adult_in(cases, adult_id) for adult_id in involved}, **told}, involved)
    settled, facts = settle(before, after)
    answered, cleared = answer({adult_id: settled.get(adult_id, adult) for person in after
                                for adult_id, adult in person.items()}, after)  # fmt: skip
    return Decision({**told, **settled, **answered}, (*facts, *cleared))


def _merged(adult: Adult, merge: Merge) -> Adult:
    """With the finding; unless it is known, or known to have been taken back."""
    if merge in adult.merges or merge in adult.unmerged:
        return adult
    return replace(adult, merges=tuple(sorted((*adult.merges, merge), key=_BY_ID)))


def _unmerged(adult: Adult, merge: Merge) -> Adult:
    """Without it; that it was taken back is kept, for a person has said that the two are two."""
    if merge in adult.unmerged:
        return adult
    return replace(
        adult,
        merges=tuple(kept for kept in adult.merges if kept != merge),
        unmerged=tuple(sorted((*adult.unmerged, merge), key=_BY_ID)),
    )
