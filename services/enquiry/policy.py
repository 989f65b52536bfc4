"""The local policy enquiries are held against. It is data with a version: a change is a new version."""

from datetime import timedelta
from typing import NamedTuple


class StageTargets(NamedTuple):
    """Within how many calendar days of its start an enquiry should have come so far. Local targets, no law's.

    There is no statutory clock (domain 3.1). The sources suggest three to five working days for planning and 28
    calendar days for the enquiry (domain 3.4), and nothing for the rest. Five working days are seven calendar days
    here: this service keeps no calendar of working days.
    """

    assigned: int
    planned: int
    plan_made: int
    finished: int


class Policy(NamedTuple):
    """Who may approve, return or reopen a closure; and the days and hours that practice goes by.

    That safeguarding needs a manager is the council's rule (seed 003:2943); which roles are managerial is a local
    setting the sources do not give. Nor do they say how long work may be recorded before there is an enquiry
    (seed 003:3697 only that there should be one), or how soon an answer that was sent back is due again.
    `clocks_differ_by` is how far a recording system's clock may be ahead of ours.
    """

    version: str
    approver_roles: frozenset[str]
    clocks_differ_by: timedelta
    early_work_grace: timedelta
    due_again_in_days: int
    targets: StageTargets


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
    early_work_grace=timedelta(hours=24),
    due_again_in_days=7,
    targets=StageTargets(assigned=1, planned=7, plan_made=14, finished=28),
)
