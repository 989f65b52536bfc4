"""What is decided on each concern and when; which concerns convert is left to the quotas.

The day a decider decided is the day an enquiry starts, so a year's conversions are chosen among what was decided in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from deploy.demo.history.distributions import DAYS_TO_DECISION, DECISIONS, HOURS_TO_APPROVAL
from deploy.demo.history.draw import in_office, likely, next_week, on_day, one, span, working_day
from deploy.demo.history.incidents import Concern, Happened, Incident, Merge
from deploy.demo.history.quotas import Quota, part

_LATE_CONVERSIONS = 0.025
_CONVERTED_AGAIN = 0.002
_RESTATED = 0.01
_TAKEN_BACK = 0.012
_SUPERSEDED_UNAPPROVED = 0.01
_MISTAKEN_DUPLICATES = 0.0008
_MISTAKEN_LINKS = 0.001
_CONVERTS_AFTERWARDS = 0.2
_UNDECIDED = 0.0005
_DECLINED = 0.15


@dataclass(slots=True)
class Decided:
    """A decision; one that was superseded before anybody approved it has no approval."""

    kind: str
    at: datetime
    approved: datetime | None
    duplicate_of: Concern | None = None
    answered: datetime | None = None


@dataclass(slots=True, eq=False)
class Case:
    """What becomes of a concern before any enquiry. `linked` and `unlinked` are intake's, apart from decisions."""

    concern: Concern
    decisions: list[Decided] = field(default_factory=list)
    withdrawn: datetime | None = None
    reinstated: datetime | None = None
    linked: tuple[datetime, Concern] | None = None
    unlinked: datetime | None = None
    large_scale: str | None = None

    @property
    def standing(self) -> Decided | None:
        """The decision that stands in the end."""
        return self.decisions[-1] if self.decisions else None

    @property
    def started(self) -> datetime | None:
        """When the section 42 enquiry that stands in the end started: with the first of the unbroken run."""
        start = None
        for decided in self.decisions:
            if decided.approved is not None:
                start = (start or decided.at) if decided.kind == "s42_met" else None
        return start


def seven_days(concern: Concern) -> bool:
    """Whether the team that decides works at weekends: the hospital team does (seed 003:3534)."""
    return concern.sender.code in {"ambulance", "hospital"}


def decide_all(rng: Random, happened: Happened, quotas: tuple[Quota, ...]) -> list[Case]:
    """A case for every concern, with exactly as many conversions starting in each year as the quotas say."""
    merged = {merge.other: merge for merge in happened.merges if merge.back is None}
    firsts = [_first(rng, incident) for incident in happened.incidents]
    open_to_choice = [case for case in firsts if case.decisions]
    _convert(rng, open_to_choice, quotas)
    _leave_undecided(rng, open_to_choice, len(quotas) - 1)
    _mistakes(rng, open_to_choice)
    rest = [
        _again(rng, concern, incident.first, merged)
        for incident in happened.incidents
        for concern in incident.concerns[1:]
    ]
    return [*firsts, *rest]


def _leave_undecided(rng: Random, cases: list[Case], year: int) -> None:
    """A few concerns of the last year that nobody has decided when the clock stops."""
    plain = [
        case for case in cases
        if case.concern.incident.year == year and len(case.decisions) == 1 and case.decisions[0].kind == "not_met"
        and case.withdrawn is None
    ]  # fmt: skip
    for case in rng.sample(plain, max(part(len(plain), _UNDECIDED), 1)):
        case.decisions.clear()


def _first(rng: Random, incident: Incident) -> Case:
    """The case of an incident's first report, decided unless it is withdrawn; nothing is converted yet."""
    concern = incident.first
    case = Case(concern)
    begins = concern.at
    if incident.withdrawn and likely(rng, 0.7 if not incident.reinstated else 1):
        case.withdrawn = in_office(rng, concern.at + timedelta(days=rng.uniform(0.1, 1.9)))
        if not incident.reinstated:
            return case
        case.reinstated = in_office(rng, case.withdrawn + timedelta(days=rng.uniform(1, 9)))
        begins = next_week(rng, case.reinstated)
    case.decisions.append(_decided(rng, concern, one(rng, DECISIONS), begins, span(rng, DAYS_TO_DECISION)))
    if incident.withdrawn and not incident.reinstated:
        case.decisions[0].kind = "not_met"
        case.withdrawn = next_week(rng, case.decisions[0].approved or begins)
    return case


def _decided(rng: Random, concern: Concern, kind: str, after: datetime, days: float) -> Decided:
    at = in_office(rng, after + timedelta(days=days), seven_days=seven_days(concern))
    return Decided(kind, at, _approved(rng, concern, at))


def _approved(rng: Random, concern: Concern, at: datetime) -> datetime:
    return in_office(rng, at + timedelta(hours=span(rng, HOURS_TO_APPROVAL)), seven_days=seven_days(concern))


def _convert(rng: Random, cases: list[Case], quotas: tuple[Quota, ...]) -> None:
    """Choose who converts: different adults first, then further enquiries of adults who have one."""
    may = [case for case in cases if case.withdrawn is None and case.concern.how != "whole_home"]
    order = sorted(may, key=lambda case: rng.random() ** (1 / case.concern.sender.converts), reverse=True)
    taken: set[object] = set()
    early: set[object] = set()
    for year, quota in enumerate(quotas):
        there = [case for case in order if quota.first <= case.decisions[0].at.date() <= quota.last]
        # Hardly anybody has two in the lead-in and the first year, whose 890 adults asked leave no room for it.
        taken = set(early) if year < len(quotas) - 1 else set()
        chosen: list[Case] = []
        for case in there:
            if len(chosen) < quota.base_adults and case.concern.record.group not in taken:
                taken.add(case.concern.record.group)
                chosen.append(case)
        once = set(map(id, chosen))
        further = [case for case in there if id(case) not in once and case.concern.record.group in taken]
        chosen += further[: quota.started - len(chosen)]
        if len(chosen) < quota.started:
            once = set(map(id, chosen))
            chosen += [case for case in there if id(case) not in once][: quota.started - len(chosen)]
        early |= taken
        for case in chosen:
            _conversion(rng, case, quota)
        _taken_back(rng, [case for case in there if case.started is None], part(quota.started, _TAKEN_BACK))
        _large_scale(rng, chosen, quota)
    for case in order:
        if case.decisions[0].at.date() > quotas[-1].last and likely(rng, _CONVERTS_AFTERWARDS):
            case.decisions[0].kind = "s42_met"


def _conversion(rng: Random, case: Case, quota: Quota) -> None:
    """Section 42(1) is met: at once, after all, or in two steps; the enquiry starts in the quota's year either way."""
    first, concern = case.decisions[0], case.concern
    first.kind = "s42_met"
    turn = rng.random()
    later = _decided(rng, concern, "s42_met", first.approved or first.at, rng.uniform(8, 60))
    again = _decided(rng, concern, "s42_met", later.approved or later.at, rng.uniform(8, 60))
    if turn < _LATE_CONVERSIONS and later.at.date() <= quota.last:
        first.kind = "not_met"
        case.decisions.append(later)
    elif turn < _LATE_CONVERSIONS + _CONVERTED_AGAIN and again.at.date() <= quota.last:
        later.kind = "not_met"
        case.decisions += [later, again]
    elif turn > 1 - _RESTATED:
        case.decisions.append(_decided(rng, concern, "s42_met", first.approved or first.at, rng.uniform(1, 6)))


def _taken_back(rng: Random, cases: list[Case], number: int) -> None:
    """Conversions that a correction takes back: they count as if they had never been."""
    for case in rng.sample(cases, min(max(number, 1), len(cases))):
        first = case.decisions[0]
        first.kind = "s42_met"
        case.decisions.append(_decided(rng, case.concern, "not_met", first.approved or first.at, rng.uniform(8, 45)))


def _large_scale(rng: Random, chosen: list[Case], quota: Quota) -> None:
    """Several adults of one home, whose enquiries are made together: one for each adult."""
    ordered = sorted(chosen, key=lambda case: case.decisions[0].at)
    for number in range(1 + len(chosen) // 500):
        size = min(7, 2 + len(chosen) // 20)
        start = rng.randrange(len(ordered) - size) if len(ordered) > size else 0
        together: dict[object, Case] = {}
        for case in ordered[start:]:
            if len(together) < size and case.concern.sender.code in _ABOUT_HOMES and case.large_scale is None:
                together.setdefault(case.concern.record.group, case)
        for case in together.values():
            case.large_scale = f"{quota.name}/{number}"


_ABOUT_HOMES = frozenset({"hospital", "ambulance", "front-door", "contact-centre", "casework"})
"""Whose concerns may be about people in a care home that did not report them itself."""


def _mistakes(rng: Random, cases: list[Case]) -> None:
    """Corrections that leave the counts as they are, and decisions that never were approved."""
    by_record: dict[object, list[Case]] = {}
    for case in cases:
        if case.withdrawn is None and case.decisions:
            by_record.setdefault(case.concern.record, []).append(case)
    plain = [
        case for case in cases
        if case.withdrawn is None and len(case.decisions) == 1 and case.decisions[0].kind == "not_met"
    ]  # fmt: skip
    pairs = []
    for case in plain:
        earlier = [other for other in by_record[case.concern.record] if other.concern.at < case.concern.at]
        if earlier:
            pairs.append((case, earlier[-1].concern))
    rng.shuffle(pairs)
    mistaken = max(part(len(cases), _MISTAKEN_DUPLICATES), 1)
    for case, other in pairs[:mistaken]:
        first = case.decisions[0]
        first.kind, first.duplicate_of = "duplicate", other
        case.decisions.append(_decided(rng, case.concern, "not_met", first.approved or first.at, rng.uniform(3, 30)))
    for case, other in pairs[mistaken : mistaken + max(part(len(cases), _MISTAKEN_LINKS), 1)]:
        case.linked = (on_day(rng, working_day((case.concern.at + timedelta(days=rng.uniform(2, 10))).date())), other)
        case.unlinked = on_day(rng, working_day((case.linked[0] + timedelta(days=rng.uniform(4, 30))).date()))
    for case in cases:
        if len(case.decisions) != 1:
            continue
        only = case.decisions[0]
        if only.kind == "sent_to_other_authority":
            _answered(rng, case, only)
        elif likely(rng, _SUPERSEDED_UNAPPROVED) and only.kind != "not_met":
            case.decisions[0] = Decided("not_met", only.at - (only.at - case.concern.at) / 3, None)
            case.decisions.append(only)


def _answered(rng: Random, case: Case, sent: Decided) -> None:
    """The other authority takes the concern; or declines, and it is decided here."""
    sent.answered = in_office(rng, (sent.approved or sent.at) + timedelta(days=rng.uniform(1, 15)))
    if likely(rng, _DECLINED):
        case.decisions.append(_decided(rng, case.concern, "not_met", next_week(rng, sent.answered), rng.uniform(0, 5)))


def _again(rng: Random, concern: Concern, first: Concern, merged: dict[object, Merge]) -> Case:
    """The case of another report of an incident: a duplicate of the first, once both are known to be one person's."""
    case = Case(concern)
    after = concern.at
    merge = merged.get(concern.record)
    if concern.record is not first.record:
        known = max(concern.at, merge.at) if merge is not None else concern.at
        case.linked = (next_week(rng, known), first)
        after = next_week(rng, case.linked[0])
    elif likely(rng, 0.4):
        case.linked = (in_office(rng, concern.at + timedelta(days=rng.uniform(0.1, 5))), first)
    decided = _decided(rng, concern, "duplicate", after, min(span(rng, DAYS_TO_DECISION), 20))
    decided.duplicate_of = first
    case.decisions.append(decided)
    return case
