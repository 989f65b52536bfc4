"""Adult records that are of one person: a person finds it, and can take it back (delivery rules 5 and 6).

Nothing moves. A concern keeps the adult it was received for; an identifier keeps pointing where it pointed, so a new
report goes on to that adult whether or not others are one with it. A merge is a relation, and who is one person
follows from the merges that stand: two adults may be merged twice over, or by way of a third, and stay one until
nothing connects them.

Whether a concern was ever received for an adult is not asked. Intake keeps no case of an adult until there is a
merge, because that would be a further row for most reports, and whoever merges read both ids from our own facts. A
merge of an adult nobody knows connects nothing that is counted.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.intake.cases import Adult, Case, Finding, Merge, Merging, adult_in, merge_in
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import AdultsFoundDifferent, AdultsFoundOne
from shared.contracts.intake import AdultsMerged, AdultsUnmerged
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata


def keys_of_merge(found: AdultsFoundOne) -> tuple[UUID, ...]:
    """The merge, and each adult, who keeps it too."""
    return tuple(dict.fromkeys((found.merge_id, found.adult_id, found.other_adult_id)))


def one_person(cases: Mapping[UUID, Case], adult_id: UUID, other: UUID) -> bool:
    """Whether two adults are one person, by the merges that stand, directly or through others."""
    found, ahead = {adult_id}, [adult_id]
    while ahead and other not in found:
        further = {merging.other for merging in adult_in(cases, ahead.pop()).merges} - found
        found |= further
        ahead.extend(further)
    return other in found


def merge(cases: Mapping[UUID, Case], said: AdultsFoundOne, meta: Metadata) -> Decision[Case] | Refused:
    """The two adults one person, under an id that is used once; the same said again changes nothing."""
    if said.adult_id == said.other_adult_id:
        return refused(
            "merged_with_itself",
            "An adult record cannot be merged with itself: `other_adult_id` is accepted when it names another.",
            "other_adult_id",
        )
    if reasons := tuple(in_the_future(said.decided_at, "decided_at", meta.recorded)):
        return Refused(reasons)
    smaller, larger = sorted((said.adult_id, said.other_adult_id))
    found = Merge(smaller, larger, _finding(said))
    known = merge_in(cases, said.merge_id)
    if known is not None:
        return Decision({}) if replace(known, taken_back=None) == found else _used(known)
    fact = AdultsMerged(
        merge_id=said.merge_id,
        adult_id=smaller,
        other_adult_id=larger,
        decided_by=found.found.decided_by,
        decided_at=found.found.decided_at,
    )
    changed: dict[UUID, Case] = {said.merge_id: found}
    for adult_id, other in ((smaller, larger), (larger, smaller)):
        merging = Merging(said.merge_id, other, found.found.decided_at)
        merges = sorted((*adult_in(cases, adult_id).merges, merging), key=lambda each: each.merge_id)
        changed[adult_id] = Adult(tuple(merges))
    return Decision(changed, (fact,))


def _used(known: Merge) -> Refused:
    if known.taken_back is not None:
        return refused(
            "merge_taken_back",
            "The merge of this `merge_id` was taken back. That the adults are one person after all is accepted "
            "as a finding with a `merge_id` of its own.",
            "merge_id",
        )
    return refused(
        "merge_id_used",
        "This `merge_id` names another finding, of other adults, on other grounds, by somebody else or at another "
        "time, and that stands. A further finding is accepted with a `merge_id` of its own.",
        "merge_id",
    )


def unmerge(cases: Mapping[UUID, Case], said: AdultsFoundDifferent, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The merge taken back, for good; other merges of the same adults stand."""
    if reasons := tuple(in_the_future(said.decided_at, "decided_at", meta.recorded)):
        return Refused(reasons)
    known = merge_in(cases, said.merge_id)
    if known is None:
        return Wait("the merge it takes back")
    found = _finding(said)
    if known.taken_back == found:
        return Decision({})
    if known.taken_back is not None:
        return refused(
            "taken_back_already",
            "The merge was taken back already, and stays so. Another merge of the two adults is taken back by its "
            "own `merge_id`.",
            "merge_id",
        )
    if found.decided_at < known.found.decided_at:
        return refused(
            "later_decision_stands",
            "The adults were found to be one person later than this was decided, and stay merged. Taking it back "
            "is accepted when that was decided at the time of the merge or after.",
            "decided_at",
        )
    fact = AdultsUnmerged(
        merge_id=said.merge_id,
        adult_id=known.adult_id,
        other_adult_id=known.other_adult_id,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
    changed: dict[UUID, Case] = {said.merge_id: replace(known, taken_back=found)}
    for adult_id in (known.adult_id, known.other_adult_id):
        merges = adult_in(cases, adult_id).merges
        changed[adult_id] = Adult(tuple(each for each in merges if each.merge_id != said.merge_id))
    return Decision(changed, (fact,))


def _finding(said: AdultsFoundOne | AdultsFoundDifferent) -> Finding:
    return Finding(said.grounds, said.decided_by, said.decided_at.astimezone(UTC))
