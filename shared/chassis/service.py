"""A service is a value: what it reads and writes, which cases an event is about, and what it decides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
import structlog

from shared.chassis.due import in_order
from shared.chassis.figures import Gauge
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.views import View
from shared.contracts import DOORS
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.contracts.topics import dead_letters_of, journal_of
from shared.kernel.decision import Decision, LeftAside, Reason, Refused, Wait
from shared.kernel.event import Due, Event, Metadata

S = TypeVar("S", bound=msgspec.Struct)
log = structlog.get_logger()


def no_timers(_: object) -> Sequence[Due]:
    """The timers of a case that has none."""
    return ()


def no_marks(_key: UUID, _state: object) -> Iterable[str]:
    """What a case counts as in a service without figures."""
    return ()


class Careful(NamedTuple):
    """How a report is read that is not in form, at a door that forgives that.

    `fits` says whether one in form says all that its sender meant. `read` takes what was said, the source of the event
    and what tells it from every other; it gives the event and what is remarked on, and raises ValueError without one.
    """

    fits: Callable[[Any], bool]
    read: Callable[[Mapping[str, Any], str, str], tuple[Event, tuple[Reason, ...]]]


class Aside(NamedTuple):
    """How a service remembers what came through its doors and could not be decided on, for a person to look at.

    `key` names the case that remembers it, where one does; `remember` gives that case as it is after it.
    """

    key: Callable[[LeftAside], UUID | None]
    remember: Callable[[Mapping[UUID, Any], LeftAside], Mapping[UUID, Any]]


@dataclass(frozen=True)
class Service(Generic[S]):
    """Everything that makes one service differ from another.

    `state` is the case it keeps: a msgspec Struct, or a union of tagged ones. `keys` names the cases an event
    reads and may change, first the one it belongs to; they are locked, in order, before `decide` sees them.
    `follows` names, for a case, others that are always locked and handed over with it, and those that they follow:
    the relation must be mutual, and changing it takes a decision on both its ends.
    `timers` are a function of the case: what it is waiting for the clock to reach. A timer that falls due comes to
    `decide` as a `Due`, whose decision must leave the case without that timer. `soonest`, where working them all out
    would be dear, is the one of them that falls due first. `refusals` names the answer for each event read from a
    door; a record that says not even which event it is gets the `PlaceRefusal` among what it writes. `views` are what
    can be read of it. `careful` reads what is not in form, at a door that forgives that; `aside` remembers what
    cannot be decided on. `marks` says what a case counts as (`shared.chassis.figures`), and `gauges` are made of that.
    These and the rows of lists are written down with each case, and again for all once `projection`, their version, has
    risen (`shared.chassis.projections`). `port` is where it is looked for unless its settings say otherwise: its own
    for ever, and a place in the order of all (`services.SERVICES`), which reads it from the text of service.py.
    """

    name: str
    reads: tuple[type[Event], ...]
    writes: tuple[type[Event], ...]
    state: Any
    keys: Callable[[Any], tuple[UUID, ...]]
    decide: Callable[[Mapping[UUID, S], Any, Metadata], Decision[S] | Wait | Refused]
    timers: Callable[[S], Sequence[Due]] = no_timers
    soonest: Callable[[S], Due | None] | None = None
    follows: Callable[[S], Iterable[UUID]] | None = None
    refusals: Mapping[type[Event], type[Refusal]] = field(default_factory=dict)
    careful: Mapping[type[Event], Careful] = field(default_factory=dict)
    aside: Aside | None = None
    marks: Callable[[UUID, S], Iterable[str]] = no_marks
    gauges: tuple[Gauge, ...] = ()
    views: tuple[View, ...] = ()
    projection: int = 1
    port: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError where a door is read without an answer for what it cannot accept."""
        unanswered = [event.type for event in self.reads if event.topic in DOORS and event not in self.refusals]
        if unanswered:
            raise ValueError(f"{self.name} reads doors without a refusal to answer with: name one for {unanswered}")
        if any(event.topic in DOORS for event in self.reads) and self.place_refusal is None:
            raise ValueError(f"{self.name} reads doors and writes no PlaceRefusal: declare one, and list it in writes")

    @cached_property
    def stated(self) -> frozenset[type[Event]]:
        """What it may state."""
        return frozenset(self.writes)

    @property
    def place_refusal(self) -> type[PlaceRefusal] | None:
        """What answers a record that says not even which event it is."""
        return next((event for event in self.writes if issubclass(event, PlaceRefusal)), None)

    def cases_of(self, event: Event) -> tuple[UUID, ...] | None:
        """The cases an event is about; none where it is no business of this service, None where the service broke.

        At a door there is nobody else whose business it could be.
        """
        try:
            keys: Any = self.keys(event)
        except MemoryError:
            raise
        except BROKE as error:
            log.error("keys_broke", service=self.name, type=event.type, **blame(error))
            return None
        good = isinstance(keys, tuple) and all(isinstance(key, UUID) for key in keys)
        if good and (keys or event.topic not in DOORS):
            return tuple(keys)
        log.error("keys_broke", service=self.name, type=event.type, reason="not the ids of cases")
        return None

    def first_due(self, state: S) -> Due | None:
        """The timer of a case that falls due first."""
        if self.soonest is not None:
            return self.soonest(state)
        pending = self.timers(state)
        return min(pending, key=in_order) if pending else None

    def still_waits(self, state: S, timer: Due) -> bool:
        """Whether a case has this timer, which was the first to fall due."""
        return timer in self.timers(state) if self.soonest is None else self.soonest(state) == timer

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it reads, without the installation's prefix."""
        return tuple(sorted({event.topic for event in self.reads}))

    @property
    def writes_to(self) -> tuple[str, ...]:
        """Every topic it may have to write to, without the installation's prefix."""
        stated = {event.topic for event in self.writes}
        return tuple(sorted(stated | set(map(dead_letters_of, self.topics)) | {journal_of(self.name)}))
