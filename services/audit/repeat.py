"""Repeat concerns: more than three separate ones within twelve months open a review (seed 003:3695).

The window is (t - 12 months, t] in civil days in London, t being the day an incident's earliest concern was
received (design section 4, rule 9). Windows look both ways: a concern that arrives late, or a duplicate found
late, changes windows that end before and after it (delivery rule 7). So an adult's warranted ends are worked
out anew from all that is known, and never depend on the order in which it became known.

The review's identity derives from the adult and from how many reviews were done before.
"""

from bisect import bisect_right
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult
from services.audit.incidents import Incident, separate_incidents
from services.audit.policy import POLICY, Policy
from shared.contracts.audit import RepeatConcernJoined, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.civil import add_months
from shared.kernel.event import Event
from shared.kernel.identity import derived


class End(NamedTuple):
    """An incident whose window holds more separate incidents than the rule allows without a review."""

    incident: Incident
    counted: tuple[UUID, ...]


def review_identity(adult_id: UUID, ordinal: int) -> UUID:
    """The identity of an adult's first, second, … repeat review."""
    return derived("repeat-review", str(adult_id), str(ordinal))


def warranted_ends(adult: Adult, policy: Policy = POLICY) -> list[End]:
    """Every incident at which the rule is met, in order of receipt."""
    if len(adult.concerns) <= policy.repeat_after:
        return []
    incidents = separate_incidents(adult.concerns, adult.linked, adult.triaged)
    if len(incidents) <= policy.repeat_after:
        return []
    days = [incident.day for incident in incidents]
    ends = []
    for incident in incidents:
        after = bisect_right(days, add_months(incident.day, -policy.repeat_months))
        to = bisect_right(days, incident.day)
        if to - after > policy.repeat_after:
            ends.append(End(incident, tuple(counted.first for counted in incidents[after:to])))
    return ends


def settle(adult: Adult, policy: Policy = POLICY) -> tuple[Adult, tuple[Event, ...]]:
    """The adult with the review the rule asks for, and what changed: opened, joined, withdrawn or nothing.

    What a done review was about asks for no other; the next end that meets the rule does.
    """
    if len(adult.concerns) <= policy.repeat_after:
        return adult, ()
    covered = {concern_id for review in adult.reviewed for concern_id in review.covers}
    ends = [end for end in warranted_ends(adult, policy) if covered.isdisjoint(end.incident.concerns)]
    review_ends = tuple(end.incident.first for end in ends)
    if review_ends == adult.review_ends:
        return adult, ()
    review_id = review_identity(adult.adult_id, len(adult.reviewed) + 1)
    settled = replace(adult, review_ends=review_ends)
    if not ends:
        return settled, (RepeatReviewWithdrawn(review_id=review_id, adult_id=adult.adult_id),)
    if not adult.review_ends:
        return settled, _opened(adult.adult_id, review_id, ends, policy)
    before = set(adult.review_ends)
    new = [end.incident.first for end in ends if before.isdisjoint(end.incident.concerns)]
    return settled, _joined(adult.adult_id, review_id, new)


def _opened(adult_id: UUID, review_id: UUID, ends: list[End], policy: Policy) -> tuple[Event, ...]:
    """The review, opened by the last incident of the first day that meets the rule; later days join."""
    day = ends[0].incident.day
    opening = next(end for end in reversed(ends) if end.incident.day == day)
    opened = RepeatReviewOpened(
        review_id=review_id,
        adult_id=adult_id,
        concern_id=opening.incident.first,
        counted=opening.counted,
        window_after=add_months(day, -policy.repeat_months),
        window_to=day,
    )
    later = [end.incident.first for end in ends if end.incident.day > day]
    return (opened, *_joined(adult_id, review_id, later))


def _joined(adult_id: UUID, review_id: UUID, concern_ids: list[UUID]) -> tuple[Event, ...]:
    return tuple(
        RepeatConcernJoined(review_id=review_id, adult_id=adult_id, concern_id=concern_id) for concern_id in concern_ids
    )
