"""The answer to what a door could not accept, the same shape from every service."""

from typing import Annotated

from pydantic import Field

from shared.kernel.decision import Reason
from shared.kernel.event import Event


class Refusal(Event):
    """What was sent is not accepted, and why. It names what was sent by its CloudEvents identity only.

    `about` is the thing it was about (the concern that a report is or would be, a concern, enquiry or adult) where that
    could be read, else the identity of the event in our inbox: always an identifier of ours, for it is key and subject.
    """

    refused_source: str
    refused_id: str
    refused_type: str
    about: str
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
