"""An event: a fact in the past tense, immutable, that says enough for a reader never to ask back."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from shared.kernel.decision import Reason


class Value(BaseModel):
    """A part of an event. Unknown fields of a newer writer are kept, wrong ones are refused without being quoted."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, hide_input_in_errors=True)


class Event(Value):
    """What happened, as its writer published it.

    `type` carries the major version; `topic` is named without the installation's prefix. `key_field` names
    the field whose value keeps events in order (an opaque id or a sender's reference), `subject_field` the
    thing the event is about. `sentence` is what it says to a reader, from its fields by name. `reader` is who reads
    its topic, where no service of ours does. `is_answer` says that it answers whoever sent a record: who sends it again
    is told again. `forgiving` says that what it says makes it what it is: what is wrong with the envelope it comes in
    is remarked on and no more; its door takes no other type.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    key_field: ClassVar[str]
    subject_field: ClassVar[str]
    sentence: ClassVar[str]
    reader: ClassVar[str] = ""
    is_answer: ClassVar[bool] = False
    forgiving: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """The record's key in Kafka: opaque, never a person's."""
        return str(getattr(self, self.key_field))

    @property
    def subject(self) -> str:
        """What the event is about, for the CloudEvents attribute of that name."""
        return str(getattr(self, self.subject_field))


class Metadata(NamedTuple):
    """What is known of an event besides what it says.

    `identity` is the inbox key, a hash of source and id. `occurred` is the sender's word and may be wrong;
    `recorded` is when it was taken down, at a door when the broker took the record, and is carried unchanged by every
    fact that follows; `received`, when the law's clock started, is the same instant. `known_as` is how what follows
    names it as its cause: a fact of ours by its id, what somebody sent by `identity`, lest a header of ours carry words
    of theirs; `correlation` is no word of theirs either. `remarks` say what was wrong with how it came, at a door that
    forgives that. `test_numbers` says that it was received where people are invented, so that NHS numbers which nobody
    has are theirs. `place` is where it lies, of what came through a door.
    """

    identity: str
    id: str
    source: str
    type: str
    occurred: datetime
    received: datetime
    recorded: datetime
    correlation: str
    known_as: str = ""
    remarks: "tuple[Reason, ...]" = ()
    test_numbers: bool = False
    place: str = ""


class Cause(NamedTuple):
    """As much of an event's metadata as is said by what follows from it."""

    identity: str
    recorded: datetime
    correlation: str
    known_as: str


class Due(NamedTuple):
    """A timer of a case that has fallen due: `name` says what for, `subject` about what, `at` when it fell due.

    `turn` tells it from one of the same name and instant that may have fired before, for something that has begun
    again since: a function of what was recorded, empty the first time.
    """

    name: str
    subject: UUID
    at: datetime
    turn: str = ""
