"""The coordinator's work: repeat reviews and looks at what drifts, under the ids that audit will have given them.

Nothing here counts for a figure. A review that audit does not find open is refused, so each is put into a week in which
nothing else about the adult happens, after everything it is about.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from deploy.demo.history.concerns import Merge
from deploy.demo.history.deciding import Case
from deploy.demo.history.draw import DAY, likely, on_day, week, working_day
from deploy.demo.history.identities import Record
from deploy.demo.history.quotas import LAST_DAY
from shared.kernel.civil import add_months
from shared.kernel.identity import derived

_MORE_THAN = 3
_MONTHS = 12
_DONE = 0.9
_LOOKED_AT = 0.94


class Review(NamedTuple):
    """A repeat review that the coordinator does."""

    at: datetime
    adult_id: str
    review_id: str


class Look(NamedTuple):
    """A look at something open for over six months."""

    at: datetime
    next_look: date


def review_identity(lead: str, done: Collection[str]) -> str:
    """The id audit gives to a person's next repeat review, after those done: `services.audit.repeat.review_after`.

    It derives from the least adult id of the person and from how many reviews were done; and from those themselves,
    where some were done for another record before the two were found to be one.
    """

    def identity(ordinal: int, others: Iterable[str] = ()) -> str:
        return str(derived("repeat-review", lead, str(ordinal), *sorted(others)))

    own = {identity(ordinal) for ordinal in range(1, len(done) + 1)}
    return identity(len(done) + 1, () if own == set(done) else done)


def looks(rng: Random, started: datetime, ended: datetime | None) -> Iterator[Look]:
    """Looks at something from six months on, each after the flag that asks for it, until it ends or the clock stops."""
    due = add_months(started.date(), 6) + DAY
    while likely(rng, _LOOKED_AT):
        at = on_day(rng, working_day(due + timedelta(days=rng.randint(3, 24))))
        if at.date() > LAST_DAY or (ended is not None and week(at) >= week(ended)):
            return
        due = min(at.date() + timedelta(days=rng.randint(28, 178)), add_months(at.date(), 6))
        yield Look(at, due)


def repeat_reviews(rng: Random, cases: list[Case], merges: list[Merge]) -> list[Review]:
    """The reviews of everybody who is reported more than three times within twelve months."""
    found: list[Review] = []
    for cluster in _clusters(cases, merges):
        if len(cluster.cases) > _MORE_THAN:
            found += cluster.reviews(rng)
    return found


def _clusters(cases: list[Case], merges: list[Merge]) -> list[_Cluster]:
    """Cases by the records that ever were taken for one person."""
    leads: dict[Record, Record] = {}

    def lead(record: Record) -> Record:
        while (up := leads.get(record, record)) is not record:
            record = up
        return record

    for merge in merges:
        leads[lead(merge.one)] = lead(merge.other)
    clusters: dict[Record, _Cluster] = {}
    for case in cases:
        clusters.setdefault(lead(case.concern.record), _Cluster()).cases.append(case)
    for merge in merges:
        clusters[lead(merge.one)].merges.append(merge)
    return list(clusters.values())


class _Cluster:
    """Everything known of some records that are, or were for a time, one person."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.merges: list[Merge] = []
        self._done: dict[Record, set[str]] = {}
        self._covered: dict[Record, set[str]] = {}

    def reviews(self, rng: Random) -> Iterator[Review]:
        self.cases.sort(key=lambda case: (case.concern.at, case.concern.concern_id))
        busy = {week(at) for at in self._changes()}
        planned = sorted(
            ((self._free_time(rng, case, busy), case.concern) for case in self.cases), key=lambda one: one[0]
        )
        for at, concern in planned:
            if at.date() > LAST_DAY or not likely(rng, _DONE):
                continue
            together = self._one_with(concern.record, at)
            asks = self._asks_for(together, at)
            if not asks:
                continue
            lead = min(record.adult_id for record in together)
            done = {review for record in together for review in self._done.get(record, ())}
            review_id = review_identity(lead, done)
            for record in together:
                self._done.setdefault(record, set()).add(review_id)
                self._covered.setdefault(record, set()).update(asks)
            yield Review(at, lead, review_id)

    def _free_time(self, rng: Random, case: Case, busy: set[int]) -> datetime:
        """Some weeks after a concern, in a week in which nothing is learned of the person."""
        at = on_day(rng, working_day(case.concern.at.date() + timedelta(days=rng.randint(9, 32))))
        while week(at) in busy:
            at = on_day(rng, working_day(at.date() + timedelta(days=7)))
        return at

    def _changes(self) -> Iterator[datetime]:
        """Whenever something is learned that bears on what is separate."""
        for case in self.cases:
            yield case.concern.at
            yield from (at for at in (case.withdrawn, case.reinstated, case.unlinked) if at is not None)
            if case.linked is not None:
                yield case.linked[0]
            yield from (decided.approved for decided in case.decisions if decided.approved is not None)
        for merge in self.merges:
            yield merge.at
            if merge.back is not None:
                yield merge.back

    def _one_with(self, record: Record, at: datetime) -> set[Record]:
        together = {record}
        standing = [merge for merge in self.merges if merge.at < at and (merge.back is None or at < merge.back)]
        for _ in standing:
            for merge in standing:
                if merge.one in together or merge.other in together:
                    together |= {merge.one, merge.other}
        return together

    def _asks_for(self, together: set[Record], at: datetime) -> set[str]:
        """The first concerns of the incidents that meet the rule as known at a time, and no review has covered."""
        known = [case for case in self.cases if case.concern.record in together and _counts(case, at)]
        leader = {case.concern.concern_id: case.concern.concern_id for case in known}

        def first(concern_id: str) -> str:
            while leader[concern_id] != concern_id:
                concern_id = leader[concern_id]
            return concern_id

        order = {case.concern.concern_id: number for number, case in enumerate(known)}
        for case in known:
            for other in _same(case, at):
                if other in leader:
                    low, high = sorted((first(case.concern.concern_id), first(other)), key=order.__getitem__)
                    leader[high] = low
        covered = {concern for record in together for concern in self._covered.get(record, ())}
        done = {first(concern) for concern in covered if concern in leader}
        firsts = [case.concern for case in known if leader[case.concern.concern_id] == case.concern.concern_id]
        days = [concern.at.date() for concern in firsts]
        asks = set()
        for concern, day in zip(firsts, days, strict=True):
            if bisect_right(days, day) - bisect_right(days, add_months(day, -_MONTHS)) > _MORE_THAN:
                asks.add(concern.concern_id)
        return asks - done


def _counts(case: Case, at: datetime) -> bool:
    if case.concern.at >= at:
        return False
    return case.withdrawn is None or at < case.withdrawn or (case.reinstated is not None and case.reinstated < at)


def _same(case: Case, at: datetime) -> Iterator[str]:
    """The concerns that are known to report the same incident as this one."""
    if case.linked is not None and case.linked[0] < at and (case.unlinked is None or at < case.unlinked):
        yield case.linked[1].concern_id
    approved = [one for one in case.decisions if one.approved is not None and one.approved < at]
    if approved and approved[-1].duplicate_of is not None:
        yield approved[-1].duplicate_of.concern_id
