"""The local policy of the audits. It is data with a version: a change is a new version."""

from datetime import datetime, timedelta
from typing import NamedTuple

from shared.contracts.doors import Support
from shared.kernel.decision import Reason, refused
from shared.kernel.event import Metadata


class Policy(NamedTuple):
    """When concerns repeat and when something drifts, as the council says; and what it leaves open.

    `repeat_after` and `repeat_months`: more than three separate concerns in the previous twelve months (seed
    003:3695). `drift_months`: open over six months (seed 003:3464). `advocates`: who counts as one; family and
    friends do not (seed 003:3049-3055). The rest are local settings, which the sources do not give: how far off the
    next look may be (`longest_next_look_months`), within what a concern is decided (`decision_target`: 48 hours,
    domain 3.3), within what an adult who lacks capacity has an advocate (`advocate_within`), and how far clocks may
    differ.
    """

    version: str
    repeat_after: int
    repeat_months: int
    drift_months: int
    longest_next_look_months: int
    decision_target: timedelta
    advocate_within: timedelta
    advocates: frozenset[Support]
    clocks_differ_by: timedelta


POLICY = Policy(
    version="coventry-2024-2",
    repeat_after=3,
    repeat_months=12,
    drift_months=6,
    longest_next_look_months=6,
    decision_target=timedelta(hours=48),
    advocate_within=timedelta(days=7),
    advocates=frozenset(set(Support) - {Support.FAMILY, Support.FRIEND}),
    clocks_differ_by=timedelta(minutes=5),
)


def from_the_future(reviewed_at: datetime, meta: Metadata, policy: Policy = POLICY) -> tuple[Reason, ...]:
    """A reason when a review's time lies further ahead of when it was recorded than clocks differ."""
    if reviewed_at <= meta.recorded + policy.clocks_differ_by:
        return ()
    minutes = policy.clocks_differ_by // timedelta(minutes=1)
    return refused(
        "reviewed_at_in_the_future",
        f"`reviewed_at` lies more than {minutes} minutes ahead of the council's clock. It is accepted when "
        "it is the time of the review, with its offset from UTC.",
        "reviewed_at",
    ).reasons
