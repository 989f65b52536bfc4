"""Events told to a service in some order, with the chassis' rules for what comes too early, and no I/O.

Every step asserts what holds for every decision: it changes only cases it was given, states only facts its
service writes, never two of one type and subject, and its state survives being written down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.known_cases import KnownCases
from shared.chassis.service import Service
from shared.contracts import DOORS
from shared.kernel.decision import Decision, Refused, Wait
from shared.kernel.event import Event, Metadata

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


@dataclass
class Story(Generic[S]):
    """What has become of the events told so far."""

    service: Service[S]
    cases: dict[UUID, S] = field(default_factory=dict)
    facts: list[Event] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: dict[UUID, list[Told]] = field(default_factory=dict)

    @property
    def refused_codes(self) -> tuple[str, ...]:
        """The code of every reason given, in order."""
        return tuple(code for codes in self.refused.values() for code in codes)

    @property
    def held(self) -> list[Told]:
        """What still waits."""
        return [told for held in self.waiting.values() for told in held]

    def tell(self, told: Told) -> None:
        """Decide on an event, then on what waited for the cases it changed, the oldest first, until nothing moves."""
        changed = list(self._decide(told))
        while changed:
            case = changed.pop(0)
            rest = self.waiting.pop(case, [])
            while rest:
                if moved := self._decide(rest.pop(0)):
                    self.waiting[case] = [*self.waiting.get(case, ()), *rest]
                    changed = [case, *moved, *changed]
                    break

    def _decide(self, told: Told) -> Iterable[UUID]:
        keys = self.service.keys(told.event)
        assert len(set(keys)) == len(keys), "a case is named twice"
        known = self._known(keys)
        answer = self.service.decide(known, told.event, told.meta)
        assert answer == self.service.decide(known, told.event, told.meta), "deciding twice differs"
        if isinstance(answer, Wait):
            assert set(answer.cases) <= {*keys, *known}, "a case was changed that was not locked"
            self.cases.update(self._written_down(answer.cases))
            case = next((key for key in keys if key not in known), keys[0])
            self.waiting.setdefault(case, []).append(told)
            return ()
        if isinstance(answer, Refused):
            assert told.event.topic in DOORS, "only what came through a door can be refused"
            assert answer.reasons
            self.refused[told.meta.id] = tuple(reason.code for reason in answer.reasons)
            return ()
        assert set(answer.cases) <= {*keys, *known}, "a case was changed that was not locked"
        self._state(told, answer)
        self.cases.update(self._written_down(answer.cases))
        return answer.cases

    def _known(self, keys: Iterable[UUID]) -> dict[UUID, S]:
        """The cases of an event, with those that follow them."""
        known = KnownCases(service=self.service, states=self.cases)
        return {key: self.cases[key] for key in known.with_followers(keys) if key in self.cases}

    def _state(self, told: Told, answer: Decision[S]) -> None:
        new = []
        for fact in answer.facts:
            assert type(fact) in self.service.writes, "a fact of another service was stated"
            body = fact.model_dump_json()
            assert type(fact).model_validate_json(body) == fact, "a fact does not survive the wire"
            new.append(Stated(told.meta.id, fact.type, fact.subject, body))
        assert len({(fact.type, fact.subject) for fact in new}) == len(new), "two facts would get one id"
        self.facts += answer.facts
        self.stated += new

    def _written_down(self, cases: Mapping[UUID, S]) -> dict[UUID, S]:
        decoder = msgspec.json.Decoder(self.service.state)
        read: dict[UUID, S] = {key: decoder.decode(msgspec.json.encode(case)) for key, case in cases.items()}
        assert read == dict(cases), "a case does not survive being written down"
        return read


def story(service: Service[S], events: Iterable[Told]) -> Story[S]:
    """The story of these events, told in this order."""
    told = Story(service)
    for event in events:
        told.tell(event)
    return told
