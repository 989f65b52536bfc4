"""What happens to whom: incidents, the reports of each, and who has been reported before."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from random import Random

from deploy.demo.history import senders
from deploy.demo.history.concerns import Concern, Happened, Incident, Merge
from deploy.demo.history.distributions import REPEAT_SHARE, SEVERAL_SENDERS
from deploy.demo.history.draw import likely, next_week, on_day, week, working_day
from deploy.demo.history.identities import NHS, Known, Record
from deploy.demo.history.people import person
from deploy.demo.history.quotas import Quota, part
from deploy.demo.history.senders import Sender, any_sender, sent_at
from shared.contracts.doors import concern_id_of
from shared.kernel.identity import derived

_LOOKS_BACK = timedelta(days=330)
_SPLIT = 0.025
_SPLIT_IS_FOUND = 0.6
_UNNAMED = 0.13
_WITHDRAWN = 0.007
_REINSTATED = 0.0015
_UNSURE = 0.3
"""Below this a sender so rarely knows an NHS number that it names nobody by it."""


class World:
    """Makes incidents one after the other, and remembers who has been reported."""

    def __init__(self, rng: Random, quotas: tuple[Quota, ...]) -> None:
        """Begin with nobody known."""
        self._rng = rng
        self._quotas = quotas
        self._happened = Happened()
        self._numbers: dict[tuple[str, int], int] = {}
        self._concerns = 0
        self._times: list[datetime] = []
        self._who: list[Known] = []

    def run(self) -> Happened:
        """Every incident of every year: exactly the quota, and those withdrawn beside it."""
        for year, quota in enumerate(self._quotas):
            withdrawn = part(quota.concerns, _WITHDRAWN)
            drawn = [self._somewhen(quota) for _ in range(quota.concerns + withdrawn)]
            never = set(self._rng.sample(range(len(drawn)), withdrawn))
            again = set(self._rng.sample(sorted(set(range(len(drawn))) - never), part(quota.concerns, _REINSTATED)))
            for number, (at, sender) in sorted(enumerate(drawn), key=lambda each: (each[1][0], each[0])):
                incident = Incident(year, withdrawn=number in never or number in again, reinstated=number in again)
                self._happen(incident, at, sender)
            self._mistaken_merges(quota)
        return self._happened

    def _somewhen(self, quota: Quota) -> tuple[datetime, Sender]:
        sender = any_sender(self._rng)
        return sent_at(self._rng, sender, quota.first, quota.last), sender

    def _happen(self, incident: Incident, at: datetime, sender: Sender) -> None:
        self._happened.incidents.append(incident)
        found = self._again(at, sender) if likely(self._rng, REPEAT_SHARE) else None
        if found is None:
            self._first_heard_of(incident, at, sender)
        else:
            known, sender = found
            self._heard_of_again(incident, at, sender, known)
        known = incident.first.known
        if known.bound:
            self._times.append(at)
            self._who.append(known)
            if not incident.withdrawn and likely(self._rng, SEVERAL_SENDERS):
                self._others_report(incident, at)

    def _first_heard_of(self, incident: Incident, at: datetime, sender: Sender) -> None:
        known = Known(person(self._rng, self._happened.people, at.date()), since=week(at))
        self._happened.people += 1
        identifiers = [NHS] if likely(self._rng, sender.nhs) else []
        if likely(self._rng, sender.reference):
            identifiers.append(sender.code)
        how = "named"
        if not identifiers and likely(self._rng, _UNNAMED * 3):
            how = self._rng.choice(("unnamed", "unnamed", "whole_home"))
        self._report(incident, at, sender, known, identifiers, how)

    def _again(self, at: datetime, sender: Sender) -> tuple[Known, Sender] | None:
        """Somebody reported within the year, likelier the more often; and who can name them."""
        now = week(at)
        oldest = bisect_left(self._times, at - _LOOKS_BACK)
        for _ in range(12):
            if oldest >= len(self._who):
                return None
            known = self._who[self._rng.randrange(oldest, len(self._who))]
            if known.since >= now:
                continue
            by = self._who_names(known, sender, now)
            if by is not None:
                return known, by
        return None

    def _who_names(self, known: Known, sender: Sender, now: int) -> Sender | None:
        """This sender, if it can; else another that has named the person before."""
        stranger = sender.provider is not None and sender.code not in known.senders
        by_number = known.points_to(NHS, now) is not None and sender.nhs >= _UNSURE
        if not stranger and (by_number or known.points_to(sender.code, now) is not None):
            return sender
        others = [code for code in known.senders if known.points_to(code, now) is not None]
        return senders.BY_CODE[self._rng.choice(others)] if others else None

    def _heard_of_again(self, incident: Incident, at: datetime, sender: Sender, known: Known) -> None:
        if likely(self._rng, _SPLIT) and self._second_record(incident, at, known):
            return
        self._report(incident, at, sender, known, self._named_by(sender, known, week(at)))

    def _named_by(self, sender: Sender, known: Known, now: int) -> list[str]:
        """What a sender names somebody known by: at least one thing that was settled before."""
        wanted = [NHS] if sender.nhs >= _UNSURE and (NHS in known.bound or likely(self._rng, sender.nhs)) else []
        if sender.code in known.bound or likely(self._rng, sender.reference):
            wanted.append(sender.code)
        return known.carried(wanted, now)

    def _second_record(self, incident: Incident, at: datetime, known: Known) -> Record | None:
        """Somebody known is reported by one who knows neither number nor reference of theirs that we know."""
        fresh = [one for one in ("police", "ambulance", "housing-association") if one not in known.bound]
        settled = [record for record, since in known.bound.values() if since < week(at)]
        first = incident.first.record if incident.concerns else next(iter(settled), None)
        if not fresh or first is None:
            return None
        sender = senders.BY_CODE[self._rng.choice(fresh)]
        self._report(incident, at, sender, known, [sender.code])
        record = incident.concerns[-1].record
        if incident.first is not incident.concerns[-1] or likely(self._rng, _SPLIT_IS_FOUND):
            self._merge(first, record, at + timedelta(days=self._rng.randint(8, 45)))
        return record

    def _merge(self, one: Record, other: Record, at: datetime) -> None:
        at = on_day(self._rng, working_day(at.date()))
        merge_id = str(derived("history", "merge", one.adult_id, other.adult_id))
        self._happened.merges.append(Merge(merge_id, at, one, other))
        one.join(other)

    def _mistaken_merges(self, quota: Quota) -> None:
        """Two people of one name taken for one, and told apart again."""
        for number in range(max(part(quota.concerns, 0.0005), 1)):
            one, other = self._rng.sample(self._happened.incidents[-quota.concerns :], 2)
            if one.first.known is other.first.known:
                continue
            at = max(one.first.at, other.first.at) + timedelta(days=self._rng.randint(8, 30))
            back = on_day(self._rng, working_day((at + timedelta(days=self._rng.randint(9, 60))).date()))
            at = on_day(self._rng, working_day(at.date()))
            merge_id = str(derived("history", "mistaken-merge", quota.name, str(number)))
            self._happened.merges.append(Merge(merge_id, at, one.first.record, other.first.record, back))

    def _others_report(self, incident: Incident, at: datetime) -> None:
        """One or two others report the same, hours or days later; one in twelve makes a second record of it."""
        known, record = incident.first.known, incident.first.record
        for _ in range(2 if likely(self._rng, 0.22) else 1):
            later = at + timedelta(hours=0.4 + min(self._rng.expovariate(1 / 26), 200))
            if likely(self._rng, 0.08):
                self._second_record(incident, max(later, next_week(self._rng, at)), known)
                continue
            sender = any_sender(self._rng)
            if known.since >= week(later) or not self._named_by_one(sender, known, record, week(later)):
                later = next_week(self._rng, max(at, later))
            if sender.provider is not None and sender.code not in known.senders:
                sender = senders.BY_CODE["front-door"]
            identifiers = self._named_by_one(sender, known, record, week(later))
            if identifiers:
                self._report(incident, later, sender, known, identifiers)

    def _named_by_one(self, sender: Sender, known: Known, record: Record, now: int) -> list[str]:
        """What points to this record and to no other, settled before; and nothing new."""
        able = [NHS] if sender.nhs >= _UNSURE else []
        return [one for one in (*able, sender.code) if known.points_to(one, now) is record]

    def _report(
        self, incident: Incident, at: datetime, sender: Sender, known: Known, identifiers: list[str], how: str = "named"
    ) -> None:
        year = at.year if at.month > 3 else at.year - 1  # noqa: PLR2004  a financial year begins in April
        number = self._numbers[sender.code, year] = self._numbers.get((sender.code, year), 0) + 1
        reference = f"{sender.prefix}-{year % 100}-{number:05d}"
        concern_id = concern_id_of(sender.code, reference)
        now = week(at)
        record = known.resolve(identifiers, now)
        if record is None:
            record = Record(str(derived("adult", str(concern_id))), known, now)
        known.bind(identifiers, record, now)
        if sender.code not in known.senders:
            known.senders.append(sender.code)
        self._concerns += 1
        concern = Concern(self._concerns, at, sender, reference, str(concern_id), record, identifiers, incident, how)
        incident.concerns.append(concern)
        if not isinstance(known.last, Concern) or known.last.at < at:
            known.last = concern
