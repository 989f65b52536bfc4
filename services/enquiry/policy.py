"""The local policy enquiries are held against. It is data with a version: a change is a new version."""

from datetime import timedelta
from typing import NamedTuple

from shared.contracts.local_policy import COVENTRY_2024_1, Versions


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

    The roles are those of every service. The sources do not say how long work may be recorded before there is an
    enquiry (seed 003:3697 only that there should be one), or how soon an answer that was sent back is due again.
    """

    version: str
    approver_roles: frozenset[str]
    early_work_grace: timedelta
    due_again_in_days: int
    targets: StageTargets


POLICY = Policy(
    version="coventry-2024-1",
    approver_roles=COVENTRY_2024_1.approver_roles,
    early_work_grace=timedelta(hours=24),
    due_again_in_days=7,
    targets=StageTargets(assigned=1, planned=7, plan_made=14, finished=28),
)
VERSIONS = Versions(POLICY)
