"""The local policy closures are held against. It is data with a version: a change is a new version."""

from datetime import timedelta
from typing import NamedTuple


class Policy(NamedTuple):
    """Who may approve a closure, and how far a recording system's clock may be ahead of ours.

    That safeguarding needs a manager is the council's rule (seed 003:2943); which roles are managerial is a
    local setting the sources do not give.
    """

    version: str
    approver_roles: frozenset[str]
    clocks_differ_by: timedelta


POLICY = Policy(
    version="coventry-2024-1",
    approver_roles=frozenset(
        {
            "assistant_team_manager",
            "head_of_service",
            "manager",
            "principal_social_worker",
            "service_manager",
            "team_leader",
            "team_manager",
        }
    ),
    clocks_differ_by=timedelta(minutes=5),
)
