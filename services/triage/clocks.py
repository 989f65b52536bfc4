"""When a concern should have been looked at and decided: local targets, for whoever works the list.

There is no statutory clock (domain 3.1). Coventry's public page promises a decision within 48 hours (domain 3.3), which
are hours that pass, night and weekend included; a first look is due by the close of a working day, which needs a
calendar. The two are not mixed (domain 3.5). Nothing happens here when a time has passed: audit tells the coordinator.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.triage.awaiting import is_undecided
from services.triage.cases import Concern
from services.triage.office_hours import close_of_working_day_after
from services.triage.policy import VERSIONS, Policy


class DueTimes(NamedTuple):
    """When what is still to be done on a concern is due; None where it is done, or has no target."""

    screening: datetime | None
    decision: datetime | None


NOTHING_DUE = DueTimes(None, None)


def due_times(concern: Concern, policy: Policy | None = None) -> DueTimes:
    """The targets of a concern, from when the council received it, by the policy of that time.

    A concern that another authority declined has the target it had before: the adult has waited since receipt.
    """
    if concern.withdrawn or not is_undecided(concern):
        return NOTHING_DUE
    policy = policy or VERSIONS.at(concern.received_at)
    has_target = policy.decision_target_hours is not None
    return DueTimes(_screening_due(concern, policy), decision_due(concern, policy) if has_target else None)


def decision_due(concern: Concern, policy: Policy | None = None) -> datetime:
    """By when it is to be decided, or was: where there is no target, at once, so that the oldest comes first."""
    policy = policy or VERSIONS.at(concern.received_at)
    return concern.received_at + timedelta(hours=policy.decision_target_hours or 0)


def _screening_due(concern: Concern, policy: Policy) -> datetime | None:
    """A decision, approved or not, is a look at the concern too."""
    days = policy.screening_target_working_days
    if days is None or concern.screenings or concern.decisions:
        return None
    return close_of_working_day_after(concern.received_at, days, policy.hours)
