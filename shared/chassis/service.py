"""A service is a value: what it reads and writes, which cases an event is about, and what it decides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.views import View
from shared.contracts import DOORS
from shared.contracts.refusal import Refusal
from shared.contracts.topics import dead_letters_of, journal_of
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Due, Event, Metadata

S = TypeVar("S", bound=msgspec.Struct)


def no_timers(_: object) -> Sequence[Due]:
    """The timers of a case that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Gauge:
    """A practice figure, read from a service's own cases.

    `query` is one SELECT over the table `cases` (columns key, recorded, due, body json) whose columns are the
    labels, in order, and last the number.
    """

    name: str
    says: str
    labels: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Service(Generic[S]):
    """Everything that makes one service differ from another.

    `state` is the case it keeps: a msgspec Struct, or a union of tagged ones. `keys` names the cases an event
    reads and may change, first the one it belongs to; they are locked, in order, before `decide` sees them.
    `follows` names, for a case, others that are always locked and handed over with it, and those that they follow:
    the relation must be mutual, and changing it takes a decision on both its ends.
    `timers` are a function of the case: what it is waiting for the clock to reach. A timer that falls due comes to
    `decide` as a `Due`, whose decision must leave the case without that timer. `refusals` names the answer for
    each event read from a door. `views` are what can be read of it.
    """

    name: str
    reads: tuple[type[Event], ...]
    writes: tuple[type[Event], ...]
    state: Any
    keys: Callable[[Any], tuple[UUID, ...]]
    decide: Callable[[Mapping[UUID, S], Any, Metadata], Decision[S] | Wait | Refused]
    timers: Callable[[S], Sequence[Due]] = no_timers
    follows: Callable[[S], Iterable[UUID]] | None = None
    refusals: Mapping[type[Event], type[Refusal]] = field(default_factory=dict)
    gauges: tuple[Gauge, ...] = ()
    views: tuple[View, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError where a door is read without an answer for what it cannot accept."""
        unanswered = [event.type for event in self.reads if event.topic in DOORS and event not in self.refusals]
        if unanswered:
            raise ValueError(f"{self.name} reads doors without a refusal to answer with: name one for {unanswered}")

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it reads, without the installation's prefix."""
        return tuple(sorted({event.topic for event in self.reads}))

    @property
    def writes_to(self) -> tuple[str, ...]:
        """Every topic it may have to write to, without the installation's prefix."""
        stated = {event.topic for event in self.writes}
        return tuple(sorted(stated | set(map(dead_letters_of, self.topics)) | {journal_of(self.name)}))
