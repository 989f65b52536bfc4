"""Is there any order of what a case heard, each log in its own order, that explains what was stated of it?

Several logs tell a service of one case, and nothing says how they interleave; a driven clock may strike in between. So
orders are tried until one is found whose facts are those that are there, in the order in which they are there. Which
is tried first goes by when each record reached its log: services read about as fast as they are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Protocol, Self, TypeVar

from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.facts import Expected, born_of, compare
from tests.faults.identity import timed
from tests.faults.log import Log, Message, fact

Heard = Message | Knock
Stream = tuple[str, str]
_TRIES = 60_000


class Case(Protocol):
    """What a service knows of one case. Two of one name will say the same ever after."""

    @property
    def name(self) -> Hashable: ...

    @property
    def due(self) -> datetime | None: ...

    def fall_due(self) -> tuple[Self, list[Expected]]: ...

    def hear(self, heard: Heard) -> tuple[Self, list[Expected]]: ...


@dataclass(frozen=True)
class Clock:
    """How far a driven clock came, and when each step was announced; the wall's brings nothing due in a campaign."""

    steps: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, log: Log) -> Clock:
        """The clock of a log."""
        ticks = ((instant(fact(record).data["now"]), record.at) for record in log.records["clock"])
        return cls(tuple(sorted(ticks)))

    def struck(self, due: datetime) -> datetime | None:
        """When it was told that this instant had come; None if never."""
        place = bisect_left(self.steps, (due, datetime.min.replace(tzinfo=UTC)))
        return self.steps[place][1] if place < len(self.steps) else None


@dataclass
class Told:
    """What was heard about a case, log by log, and what was stated, each key of each topic by itself."""

    logs: dict[Hashable, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    stated: dict[Stream, list[Message]] = field(default_factory=lambda: defaultdict(list))

    def state(self, message: Message) -> None:
        """One more fact."""
        self.stated[message.record.topic, (message.record.key or b"").decode()].append(message)


C = TypeVar("C", bound=Case)


def explain(case: C, told: Told, clock: Clock) -> tuple[list[Expected], C] | str:
    """The facts along the first order that explains everything, and the case then; or how far it went."""
    search: _Search[C] = _Search(told, clock)
    return search.run(case) or search.furthest


def timer(service: str, name: str, subject: str, due: datetime, turn: str = "") -> Message:
    """The cause of what a timer states; `turn` tells it from one before, of something that has begun again."""
    identity = timed(due, service, name, subject, *([turn] if turn else []))
    attributes = {"identity": identity, "correlationid": subject}
    return Message(None, identity, f"/section42/{service}", "", due, {}, attributes)  # type: ignore[arg-type]


def recorded_of(heard: Heard) -> datetime:
    """When what was heard was recorded."""
    if isinstance(heard, Knock):
        return heard.recorded
    assert heard.time is not None
    return heard.time


def kinds(messages: Iterable[Message]) -> list[str]:
    """The last words of their types, to speak of them."""
    return [message.type.rpartition(".v")[0].rpartition(".")[2] for message in messages]


class _Search(Generic[C]):
    """Depth first over the orders, never twice from where it has been."""

    def __init__(self, told: Told, clock: Clock) -> None:
        self._logs: Sequence[list[Heard]] = list(told.logs.values())
        self._streams = list(told.stated)
        self._stated = list(told.stated.values())
        self._clock = clock
        self._most = -1
        self.furthest = ""

    def run(self, case: C) -> tuple[list[Expected], C] | None:
        """Try until everything is explained, or nothing is left to try."""
        stack: list[tuple[C, tuple[int, ...], tuple[int, ...], tuple[Expected, ...]]] = [
            (case, (0,) * len(self._logs), (0,) * len(self._stated), ())
        ]
        seen: set[Hashable] = set()
        while stack:
            now, at, said, facts = stack.pop()
            name = at, said, now.name
            if name in seen:
                continue
            seen.add(name)
            if self._done(now, at, said):
                return list(facts), now
            if len(seen) > _TRIES:
                self.furthest = f"too many orders might explain it; {self.furthest}"
                return None
            steps = sorted(self._steps(now, at), key=lambda step: step[0], reverse=True)
            for _, after, next_at, more in steps:
                next_said = self._match(more, said)
                if next_said is not None:
                    stack.append((after, next_at, next_said, (*facts, *more)))
        return None

    def _done(self, case: C, at: tuple[int, ...], said: tuple[int, ...]) -> bool:
        waiting = case.due is not None and self._clock.struck(case.due) is not None
        if sum(at) + sum(said) > self._most:
            self._most = sum(at) + sum(said)
            unsaid = [one for place, of in zip(said, self._stated, strict=True) for one in kinds(of[place:])]
            unheard = [len(log) - place for place, log in zip(at, self._logs, strict=True)]
            self.furthest = f"unexplained {unsaid[:6]}, unheard {unheard}, due {case.due if waiting else None}"
        over = all(place == len(log) for place, log in zip(at, self._logs, strict=True))
        return over and not waiting and all(p == len(of) for p, of in zip(said, self._stated, strict=True))

    def _steps(self, case: C, at: tuple[int, ...]) -> Iterable[tuple[datetime, C, tuple[int, ...], list[Expected]]]:
        due = case.due
        if due is not None and (struck := self._clock.struck(due)) is not None:
            after, facts = case.fall_due()
            yield struck, after, at, facts
        for number, log in enumerate(self._logs):
            if at[number] < len(log):
                heard = log[at[number]]
                next_at = (*at[:number], at[number] + 1, *at[number + 1 :])
                after, facts = _in_time(case, heard)
                yield heard.record.at, after, next_at, facts

    def _match(self, facts: Iterable[Expected], said: tuple[int, ...]) -> tuple[int, ...] | None:
        places = list(said)
        for one in facts:
            stream = one.topic, one.key
            number = self._streams.index(stream) if stream in self._streams else -1
            if number < 0 or places[number] >= len(self._stated[number]):
                return None
            if not _is(one, self._stated[number][places[number]]):
                return None
            places[number] += 1
        return tuple(places)


def _in_time(case: C, heard: Heard) -> tuple[C, list[Expected]]:
    """What fell due before this was recorded comes first."""
    before: list[Expected] = []
    while (due := case.due) is not None and due <= recorded_of(heard):
        case, more = case.fall_due()
        before += more
    case, facts = case.hear(heard)
    return case, before + facts


def _is(expected: Expected, message: Message) -> bool:
    cause = message.attributes.get("causationid")
    if (message.type, message.attributes.get("subject"), cause) != expected.match:
        return False
    return born_of(message, expected) and not any(compare(expected, message))
