"""The answer to what a door could not accept, the same shape from every service."""

from typing import Annotated

from pydantic import Field

from shared.kernel.decision import Reason
from shared.kernel.event import Event


class Refusal(Event):
    """What was sent is not accepted, and why. It names what was sent by its CloudEvents identity only.

    `subject` is the thing it was about (sender and reference, concern, enquiry or adult) where that could be read,
    else the identity of the event in our inbox.
    """

    refused_source: str
    refused_id: str
    refused_type: str
    about: str
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
