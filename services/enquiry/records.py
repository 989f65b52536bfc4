"""What holds for every record about an enquiry: it is not from the future, and the enquiry is still open."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.enquiry.policy import POLICY, Policy
from shared.kernel.decision import Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

_MINUTE = timedelta(minutes=1)

NOT_OPENED = Wait("the enquiry to be opened")
"""A record may overtake the conversion of its enquiry, which travels on another topic."""

CONCLUDED: Refused = refused(
    "enquiry_concluded", "The enquiry is concluded; records about it are accepted while it is open."
)
"""What stood when an enquiry was concluded is what is published of it."""


def from_the_future(at: datetime, where: str, meta: Metadata, policy: Policy = POLICY) -> Iterable[Reason]:
    """A reason when a time that was sent lies further ahead of when it was recorded than clocks differ."""
    if at > meta.recorded + policy.clocks_differ_by:
        minutes = policy.clocks_differ_by // _MINUTE
        yield Reason(
            code=f"{where}_in_the_future",
            says=f"`{where}` lies more than {minutes} minutes ahead of the council's clock. It is accepted "
            "when it is the time it happened, with its offset from UTC.",
            where=where,
        )
