"""Events told to a service in some order, decided by the chassis itself (`Casework`), and no I/O.

Every step asserts what holds for every decision: it is pure, changes only cases it was given, states only facts its
service writes, no two under one id, each the same when it is read, and its state survives being written down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Arrival, Fact
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.due import in_order
from shared.chassis.promises import see_that_it_may
from shared.chassis.service import Service, no_timers
from shared.contracts import DOORS
from shared.contracts.refusal import Refusal
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Cause, Due, Event, Metadata
from tests.support.casework import begun, drained

S = TypeVar("S", bound=msgspec.Struct)


class Told(NamedTuple):
    """An event and what is known of it besides."""

    event: Event
    meta: Metadata


class Stated(NamedTuple):
    """A fact, as far as its id and its content go: what caused it, its type, its subject and its body."""

    cause: str
    type: str
    subject: str
    body: str


class _Writer(Writer):
    """Remembers what each record says, and what caused it."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.said: dict[int, tuple[Fact, Event, Metadata | Cause]] = {}

    def write(self, fact: Event, cause: Metadata | Cause) -> Fact:
        """A fact as a record."""
        written = super().write(fact, cause)
        self.said[id(written)] = (written, fact, cause)
        return written


@dataclass
class Story(Generic[S]):
    """What has become of the events told so far: one batch that does not end. No timer fires."""

    timed: ClassVar[bool] = False

    service: Service[S]
    facts: list[Event] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    causes: list[Metadata | Cause] = field(default_factory=list)
    """Of each fact, what is known of what caused it."""
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fired: list[Due] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _names: dict[str, str] = field(default_factory=dict)
    _wrong: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with no case."""
        timers = self.service.timers if self.timed else no_timers
        soonest = self._soonest if self.timed and self.service.soonest is not None else None
        watched = replace(self.service, decide=self._watched, timers=timers, soonest=soonest)
        self._writer = _Writer(self.service.name)
        self._work: Casework[S] = begun(watched, writer=self._writer, clamp=False, states={})

    @property
    def cases(self) -> Mapping[UUID, S]:
        """The cases as they are."""
        return self._work.cases.states

    @property
    def refused_codes(self) -> tuple[str, ...]:
        """The code of every reason given, in order."""
        return tuple(code for codes in self.refused.values() for code in codes)

    @property
    def held(self) -> list[Told]:
        """What still waits."""
        found = [held.found for rows in self._work.held.waiting.values() for held in rows]
        return [Told(one.event, one.meta) for one in found if isinstance(one, Arrival)]

    def tell(self, told: Told) -> None:
        """Decide on an event, and on whatever waited for the cases that it changed."""
        event, meta = told
        self._names[meta.identity] = meta.id
        keys = self.service.keys(event)
        assert len(set(keys)) == len(keys), "a case is named twice"
        record = KeptRecord(event.topic, 0, 0, 0, 0, event.key.encode(), b"", ())
        self._work.take(Arrival(record, event.topic, event, meta, b"", keys), claimed=True)
        self._look()

    def _look(self) -> None:
        """What was stated since the last time; an error of the service or of a check, which the chassis survives."""
        for error in self._wrong:
            raise error
        assert not self._work.held.parked, "only what came through a door can be refused"
        new = drained(self._work)
        for written in new:
            _, fact, cause = self._writer.said[id(written)]
            assert type(fact).model_validate_json(written.value) == fact, "a fact does not survive the wire"
            if isinstance(fact, Refusal):
                assert fact.reasons
                self.refused[fact.refused_id] = tuple(reason.code for reason in fact.reasons)
                continue
            name = dict(written.headers)["ce_id"].decode()
            assert name not in self._ids, "two facts have one id"
            self._ids.add(name)
            self.facts.append(fact)
            self.causes.append(cause)
            of = self._names.get(cause.identity, cause.identity)
            self.stated.append(Stated(of, fact.type, fact.subject, fact.model_dump_json()))
        self._writer.said.clear()

    def _watched(self, cases: Mapping[UUID, S], event: Any, meta: Metadata) -> Decision[S] | Wait | Refused:
        """What the service decides, from the cases it may see; asserts what holds for every decision."""
        try:
            own = (event.subject,) if isinstance(event, Due) else self.service.keys(event)
            given = self._work.cases.with_followers(own)
            known = {key: cases[key] for key in given if key in cases}
            answer = self.service.decide(known, event, meta)
            assert answer == self.service.decide(known, event, meta), "deciding twice differs"
            if isinstance(answer, Refused):
                assert event.topic in DOORS, "only what came through a door can be refused"
                return answer
            assert set(answer.cases) <= given, "a case was changed that was not given"
            if isinstance(event, Due):
                assert isinstance(answer, Decision)
                assert set(answer.cases) == {event.subject}, "a timer changed another case, or left its own as it was"
                self.fired.append(event)
            if isinstance(answer, Decision):
                see_that_it_may(self.service, answer.facts)
            return answer._replace(cases=self._written_down(answer.cases))
        except Exception as error:
            self._wrong.append(error)
            raise

    def _soonest(self, state: S) -> Due | None:
        """The timer that falls due first, by the service's short way, which has to find what the long one does."""
        assert self.service.soonest is not None
        found = self.service.soonest(state)
        assert found == min(self.service.timers(state), key=in_order, default=None), "another timer falls due first"
        return found

    def _written_down(self, cases: Mapping[UUID, S]) -> Mapping[UUID, S]:
        decoder = msgspec.json.Decoder(self.service.state)
        read: dict[UUID, S] = {key: decoder.decode(msgspec.json.encode(case)) for key, case in cases.items()}
        assert read == dict(cases), "a case does not survive being written down"
        return read


class TimedStory(Story[S]):
    """A story whose timers fire: before an event recorded after they fell due, and when it is time."""

    timed = True

    def work(self, now: datetime) -> None:
        """What the timer worker does when it runs: fire, in every case, whatever is due by now."""
        for key in list(self.cases):
            self._work.fire(key, now)
        self._look()


def story(service: Service[S], events: Iterable[Told]) -> Story[S]:
    """The story of these events, told in this order."""
    told = Story(service)
    for event in events:
        told.tell(event)
    return told
