"""What is decided on each concern and when; which concerns convert is left to the quotas.

The day a decider decided is the day an enquiry starts, so a year's conversions are chosen among what was decided in it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from deploy.demo.history.concerns import Concern, Happened, Incident, Merge
from deploy.demo.history.corrections import correct
from deploy.demo.history.deciding import Case, decided_after
from deploy.demo.history.distributions import DAYS_TO_DECISION, DECISIONS
from deploy.demo.history.draw import in_office, likely, next_week, one, span
from deploy.demo.history.identities import Record
from deploy.demo.history.quotas import Quota, part

_LATE_CONVERSIONS = 0.025
_CONVERTED_AGAIN = 0.002
_RESTATED = 0.01
_TAKEN_BACK = 0.012
_CONVERTS_AFTERWARDS = 0.2
_UNDECIDED = 0.0005


def decide_all(rng: Random, happened: Happened, quotas: tuple[Quota, ...]) -> list[Case]:
    """A case for every concern, with exactly as many conversions starting in each year as the quotas say."""
    merged = {merge.other: merge for merge in happened.merges if merge.back is None}
    firsts = [_first(rng, incident) for incident in happened.incidents]
    open_to_choice = [case for case in firsts if case.decisions]
    _convert(rng, open_to_choice, quotas)
    _leave_undecided(rng, open_to_choice, len(quotas) - 1)
    correct(rng, open_to_choice)
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
    case.decisions.append(decided_after(rng, concern, one(rng, DECISIONS), begins, span(rng, DAYS_TO_DECISION)))
    if incident.withdrawn and not incident.reinstated:
        case.decisions[0].kind = "not_met"
        case.withdrawn = next_week(rng, case.decisions[0].approved or begins)
    return case


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
    later = decided_after(rng, concern, "s42_met", first.approved or first.at, rng.uniform(8, 60))
    again = decided_after(rng, concern, "s42_met", later.approved or later.at, rng.uniform(8, 60))
    if turn < _LATE_CONVERSIONS and later.at.date() <= quota.last:
        first.kind = "not_met"
        case.decisions.append(later)
    elif turn < _LATE_CONVERSIONS + _CONVERTED_AGAIN and again.at.date() <= quota.last:
        later.kind = "not_met"
        case.decisions += [later, again]
    elif turn > 1 - _RESTATED:
        case.decisions.append(decided_after(rng, concern, "s42_met", first.approved or first.at, rng.uniform(1, 6)))


def _taken_back(rng: Random, cases: list[Case], number: int) -> None:
    """Conversions that a correction takes back: they count as if they had never been."""
    for case in rng.sample(cases, min(max(number, 1), len(cases))):
        first = case.decisions[0]
        first.kind = "s42_met"
        case.decisions.append(
            decided_after(rng, case.concern, "not_met", first.approved or first.at, rng.uniform(8, 45))
        )


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


def _again(rng: Random, concern: Concern, first: Concern, merged: dict[Record, Merge]) -> Case:
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
    decided = decided_after(rng, concern, "duplicate", after, min(span(rng, DAYS_TO_DECISION), 20))
    decided.duplicate_of = first
    case.decisions.append(decided)
    return case
