"""Where a concern goes on arrival: the first rule that fits, and the emergency duty team out of hours.

Design section 4, rule 1; seed 003:2516, 003:3457, 003:3534, 003:3657-3661.
"""

from datetime import datetime
from typing import NamedTuple

from services.triage.office_hours import out_of_hours
from services.triage.policy import Policy, Rule
from shared.contracts.doors import Answer, ConcernReported


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
