"""The council's local policy as far as several services hold to it: each value is here once, with its version.

What was recorded is held to the version that was in force then, whenever it is decided: a record that waited, or came
again, or is taken from the journal a year later, gets the answer it would have had at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

P = TypeVar("P")


@dataclass(frozen=True)
class Versions(Generic[P]):
    """The versions of a policy: the first, and each later one with the instant from which it is in force, in order."""

    first: P
    later: tuple[tuple[datetime, P], ...] = ()

    def at(self, recorded: datetime) -> P:
        """The version that was in force when something was recorded."""
        in_force = [version for since, version in self.later if since <= recorded]
        return in_force[-1] if in_force else self.first


class LocalPolicy(NamedTuple):
    """One version of what several services hold to alike.

    `clocks_differ_by` is how far a sender's clock may be ahead of ours before what it tells lies in the future.
    `approver_roles` may approve, return and reopen: safeguarding needs a manager (seed 003:2943), and which roles are
    managerial is a local setting that the sources do not give. `decision_target_hours` is within how many hours that
    pass a concern is decided: Coventry's public page says 48 (domain 3.3), which is a local target and no law.
    """

    version: str
    clocks_differ_by: timedelta
    approver_roles: frozenset[str]
    decision_target_hours: int


COVENTRY_2024_1 = LocalPolicy(
    version="coventry-2024-1",
    clocks_differ_by=timedelta(minutes=5),
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
    decision_target_hours=48,
)
LOCAL_POLICY = Versions(COVENTRY_2024_1)
"""Every version there has been. A further one needs one of each service's policy that repeats it, from that instant."""
