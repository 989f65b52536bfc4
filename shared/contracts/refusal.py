"""The answers to what a door could not accept, the same shapes from every service."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.kernel.decision import Reason
from shared.kernel.event import Event
from shared.kernel.fields import Code, Reference


class Refusal(Event):
    """What was sent is not accepted, and why. It names what was sent by its CloudEvents identity only.

    `about` is the thing it was about (the concern that a report is or would be, a concern, enquiry or adult) where that
    could be read, else the identity of the event in our inbox: always an identifier of ours, for it is key and subject.
    """

    is_answer: ClassVar[bool] = True
    sentence: ClassVar[str] = "refused {refused_type} {refused_id} from {refused_source}, about {about}: {reasons}"

    refused_source: str
    refused_id: str
    refused_type: str
    about: str
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class PlaceRefusal(Event):
    """The answer to a record in which not even an id can be read: it names the record by its place in the log.

    Whoever wrote it knows the place: Kafka acknowledged it. `place` is door, partition and offset in one; `size` and
    `sha256` are those of the record's value, left out where it has none; `about` is an identifier of ours (the concern
    that a report would be, a concern, enquiry or adult), where that much could be read.
    """

    sentence: ClassVar[str] = "refused the record at {place}, which says not even which event it is: {reasons}"

    place: Reference
    door: Code
    partition: int
    offset: int
    size: int | None = None
    sha256: Code | None = None
    about: str = ""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
