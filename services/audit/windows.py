"""The windows of the repeat rule: which incidents have more than three within twelve months, themselves included.

The window is (t - 12 months, t] in civil days in London, t being the day an incident's earliest concern was received
(design section 4, rule 9). A window can be explained: which concerns were looked at, and why each counts or does not.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.audit.cases import BY_RECEIPT, Concern
from services.audit.incidents import Incident, concerns_of, incidents_among, separate_incidents
from services.audit.people import Person
from services.audit.policy import Policy
from shared.contracts.audit import Considered, CountedAs
from shared.kernel.civil import add_months, london_day


class End(NamedTuple):
    """An incident whose window holds more separate incidents than the rule allows without a review.

    The window's are those from `after` up to `to`, of all the person's in order of receipt.
    """

    incident: Incident
    after: int
    to: int


class Window(NamedTuple):
    """A window as it opened a review: its days, what it counted, and everything that was considered."""

    after: date
    to: date
    counted: tuple[UUID, ...]
    considered: tuple[Considered, ...]


def incidents_of(person: Person, policy: Policy) -> list[Incident]:
    """The separate incidents of a person, in order of receipt; none where there are too few concerns to matter."""
    if len(person) == 1:
        (adult,) = person.values()
        if len(adult.concerns) <= policy.repeat_after:
            return []
        return separate_incidents(adult.concerns, adult.linked, adult.triaged)
    adults = person.values()
    if sum(len(adult.concerns) for adult in adults) <= policy.repeat_after:
        return []
    return incidents_among(adults)


def window_of(days: Sequence[date], day: date, policy: Policy) -> tuple[int, int]:
    """The window that ends on a day, as a slice of the days of all incidents in order of receipt."""
    return bisect_right(days, add_months(day, -policy.repeat_months)), bisect_right(days, day)


def ends_of(incidents: list[Incident], policy: Policy) -> list[End]:
    """Every incident at which the rule is met, in order of receipt."""
    if len(incidents) <= policy.repeat_after:
        return []
    days = [incident.day for incident in incidents]
    ends = []
    for incident in incidents:
        after, to = window_of(days, incident.day, policy)
        if to - after > policy.repeat_after:
            ends.append(End(incident, after, to))
    return ends


def explained(person: Person, incidents: list[Incident], end: End, policy: Policy) -> Window:
    """The window of an end, with every concern in it or at its edge, and the other reports of their incidents."""
    window_to = end.incident.day
    window_after = add_months(window_to, -policy.repeat_months)
    first = {concern_id: incident.first.concern_id for incident in incidents for concern_id in incident.concerns}
    received = {concern.concern_id: london_day(concern.received_at) for concern in concerns_of(person.values())}
    near = {concern_id for concern_id, day in received.items() if window_after <= day <= window_to}
    reported = {first[concern_id] for concern_id in near if concern_id in first}
    considered = tuple(
        _considered(adult_id, concern, received[concern.concern_id], first.get(concern.concern_id), window_after)
        for adult_id, concern in _owned(person)
        if concern.concern_id in near or first.get(concern.concern_id) in reported
    )
    counted = tuple(incident.first.concern_id for incident in incidents[end.after : end.to])
    return Window(window_after, window_to, counted, considered)


def _considered(adult_id: UUID, concern: Concern, day: date, first: UUID | None, window_after: date) -> Considered:
    why, same_as = counting(concern.concern_id, first, inside=day > window_after)
    return Considered(concern_id=concern.concern_id, adult_id=adult_id, received_on=day, counted=why, same_as=same_as)


def counting(concern_id: UUID, first: UUID | None, *, inside: bool) -> tuple[CountedAs, UUID | None]:
    """Whether a concern counts in a window, or why not, and for which other it does not.

    `first` is its incident's first concern, None where it is withdrawn; `inside` whether that lies in the window.
    """
    if first is None:
        return CountedAs.WITHDRAWN, None
    if first != concern_id:
        return CountedAs.SAME_INCIDENT, first
    return (CountedAs.COUNTED if inside else CountedAs.OUTSIDE_WINDOW), None


def _owned(person: Person) -> list[tuple[UUID, Concern]]:
    owned = [(adult_id, concern) for adult_id, adult in person.items() for concern in adult.concerns]
    return sorted(owned, key=lambda pair: BY_RECEIPT(pair[1]))
