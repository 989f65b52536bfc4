"""One separate concern more, where it can be told without going through all of an adult's that nothing else changes.

What a person's concerns warrant is a function of all of them (`repeat`), and to work it out anew costs the more the
more there are. Most concerns come last and join the review that is open, or are too few within their year: then the
days of the incidents say all there is to say. Whatever is not as plain as that is worked out anew.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import BY_RECEIPT, Adult, Concern, Reviewed, SameIncident
from services.audit.incidents import separate_incidents
from services.audit.lookup import Remembered
from services.audit.policy import POLICY, Policy
from services.audit.windows import window_of
from shared.kernel.civil import add_months, london_day

Pairs = tuple[SameIncident, ...]


class _Days:
    """The days of an adult's separate incidents, in order, and the concerns that are named as one with another."""

    def __init__(self, concerns: tuple[Concern, ...], linked: Pairs, triaged: Pairs) -> None:
        self.days = [incident.day for incident in separate_incidents(concerns, linked, triaged)]
        self.named = frozenset(chain.from_iterable((p.concern_id, p.duplicate_of) for p in (*linked, *triaged)))


def _covered(reviewed: tuple[Reviewed, ...]) -> frozenset[UUID]:
    return frozenset(chain.from_iterable(review.covers for review in reviewed))


_DAYS: Remembered[_Days] = Remembered(_Days)
_COVERED: Remembered[frozenset[UUID]] = Remembered(_covered)


def same_days(before: Adult, after: Adult) -> None:
    """A decision on a concern leaves the days of the incidents as they were."""
    _DAYS.holds_for((before.concerns, before.linked, before.triaged), (after.concerns, after.linked, after.triaged))


def with_one_more(before: Adult, after: Adult, concern: Concern, policy: Policy = POLICY) -> tuple[Adult, bool] | None:
    """The adult with a concern more, and whether it joins the open review; None where it has to be worked out anew.

    It has to for adults who are one person with another, for a concern that somebody has named as one with another,
    and where a review opens, or a day on which the rule was not met now meets it.
    """
    if before.merges or concern.withdrawn:
        return None
    about = before.concerns, before.linked, before.triaged
    known, day = _DAYS.of(*about), london_day(concern.received_at)
    if concern.concern_id in known.named or _opens_a_day(known.days, day, policy):
        return None
    first, last = window_of(known.days, day, policy)
    meets = last - first >= policy.repeat_after and concern.concern_id not in _COVERED.of(before.reviewed)
    if meets and not before.review_ends:
        return None
    known = _DAYS.taken(*about)
    insort(known.days, day)
    _DAYS.keep(known, after.concerns, after.linked, after.triaged)
    return (_joined(after, concern), True) if meets else (after, False)


def _opens_a_day(days: Sequence[date], day: date, policy: Policy) -> bool:
    """Whether one incident more on a day makes that day, or a later one, meet the rule that did not before."""
    place = bisect_left(days, day)
    while place < len(days) and add_months(days[place], -policy.repeat_months) < day:
        first, last = window_of(days, days[place], policy)
        if last - first == policy.repeat_after:
            return True
        place = bisect_right(days, days[place])
    return False


def _joined(adult: Adult, concern: Concern) -> Adult:
    """The concern among those the open review is about, in order of receipt."""
    ends = adult.review_ends
    place = len(ends)
    if adult.concerns[-1] is not concern:
        place = bisect_left(ends, BY_RECEIPT(concern), key=lambda end: BY_RECEIPT(adult.concern(end)))
    return replace(adult, review_ends=(*ends[:place], concern.concern_id, *ends[place:]))
