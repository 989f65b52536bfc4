"""Where a concern goes on arrival: the first rule that fits, and the emergency duty team out of hours.

Design section 4, rule 1; seed 003:2516, 003:3457, 003:3534, 003:3657-3661.
"""

from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

import holidays

from services.triage.policy import OfficeHours, Policy, Rule
from shared.contracts.doors import Answer, ConcernReported
from shared.kernel.civil import LONDON


class Route(NamedTuple):
    """A team, the rule that chose it, and how quickly somebody has to look."""

    team: str
    rule: str
    fast_track: bool
    out_of_hours: bool
    emergency_duty: bool


def route(report: ConcernReported, received_at: datetime, policy: Policy) -> Route:
    """The route of a concern. Being out of hours changes nobody's team: it decides who looks first.

    Out of hours is about the council's office; the hospital team works seven days. What is urgent, by the
    referrer's or the screener's flag, and arrives out of hours goes to the emergency duty team at once.
    """
    team, rule = _team(report, policy)
    closed = out_of_hours(received_at, policy.hours)
    return Route(team, rule, report.basis in policy.fast_track, closed, report.urgent and closed)


def _team(report: ConcernReported, policy: Policy) -> tuple[str, str]:
    for rule in policy.rules:
        team = rule.team or report.practitioner_team
        if team is not None and _fits(rule, report):
            return team, rule.name
    return policy.otherwise.team or policy.otherwise.name, policy.otherwise.name


def _fits(rule: Rule, report: ConcernReported) -> bool:
    return (
        report.source in rule.sources
        or report.channel in rule.channels
        or (rule.known_to_mental_health_team and report.known_to_mental_health_team is Answer.YES)
    )


def out_of_hours(at: datetime, hours: OfficeHours) -> bool:
    """Whether the office is closed: open from the opening time, closed from the closing time (domain 3.5)."""
    local = at.astimezone(LONDON)
    closes = closing_time(local.date(), hours)
    return closes is None or not hours.opens <= local.time() < closes


@lru_cache(maxsize=4096)
def closing_time(day: date, hours: OfficeHours) -> time | None:
    """When the office closes on a day; None where it does not open at all."""
    if day.weekday() >= len(hours.closes) or day in hours.also_closed:
        return None
    if day in bank_holidays(hours.country, hours.subdivision, day.year):
        return None
    return hours.closes[day.weekday()]


@lru_cache(maxsize=256)
def bank_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The bank holidays of a year, substitute days included."""
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
