"""How far other people's clocks may be ahead of ours, before what they say lies in the future."""

from datetime import datetime

from shared.contracts.local_policy import LOCAL_POLICY
from shared.kernel.decision import Refused, refused
from shared.kernel.event import Metadata


def in_the_future(at: datetime, meta: Metadata) -> bool:
    """Whether a time that somebody gave lies ahead of when their event was recorded, clocks allowed for."""
    return at > meta.recorded + LOCAL_POLICY.at(meta.recorded).clocks_differ_by


def decided_in_the_future(decided_at: datetime, meta: Metadata) -> Refused | None:
    """The refusal of a decision that is said to be yet to come."""
    if not in_the_future(decided_at, meta):
        return None
    return refused(
        "decided_in_the_future",
        "`decided_at` lies more than five minutes ahead of the council's clock. It is accepted when it "
        "is the time of the decision, with its offset from UTC.",
        "decided_at",
    )
