"""What a pure decision may answer: the cases as they now are and the facts that follow, or why not yet, or why not."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.kernel.event import Cause, Event, Value

S = TypeVar("S")
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Reason(Value):
    """One thing that is wrong with what was sent, in a sentence that says what would be accepted.

    `where` is the path of the field, empty when it is about the whole. No value that was sent is ever quoted.
    """

    code: str
    says: str
    where: str = ""


class Decision(NamedTuple, Generic[S]):
    """The cases that changed, by key, and the facts that follow from it, in order.

    `causes` names what a fact follows from where that is another event, which was heard of before this one. So a fact
    that two events make so together is the same whichever of them is heard of last (delivery rule 8).
    `again` says that it is about what was accepted before, whatever it adds: it is counted with what came twice.
    """

    cases: Mapping[UUID, S]
    facts: tuple[Event, ...] = ()
    causes: Mapping[Event, Cause] = _NOTHING
    again: bool = False


class Wait(NamedTuple):
    """The event came before something it needs; it is held and decided again when the case it waits at changes.

    That is the first of its cases that does not exist yet, else the first of all; or `at`, one that it may change,
    where what it needs will be known there. `cases` are those that now remember that something waits, so that a timer
    of theirs can tell somebody. Nothing that waits is moved by it.
    """

    for_what: str
    cases: Mapping[UUID, Any] = _NOTHING
    at: UUID | None = None


class Refused(NamedTuple):
    """The event contradicts a rule. Its sender is answered with every reason.

    `cases` are those that now remember it, for a person who looks at what is refused.
    """

    reasons: tuple[Reason, ...]
    cases: Mapping[UUID, Any] = _NOTHING


class LeftAside(NamedTuple):
    """What came through a door and could not be decided on, as far as it is legible.

    `place` says where it lies, `about` what it was about (an identifier of ours, or nothing), `report` are the sender
    and the reference of what was meant as a report.
    """

    door: str
    place: str
    about: str
    report: tuple[str, str] | None
    reasons: tuple[Reason, ...]
    recorded: datetime


def refused(code: str, says: str, where: str = "") -> Refused:
    """A refusal with one reason."""
    return Refused((Reason(code=code, says=says, where=where),))
